"""The pages on which triggers are subscribed to and watched."""
