"""The page that says how an agent is connected."""
