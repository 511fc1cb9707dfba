"""The page of an action: its form, the call, and what came of it."""
