"""The page that lists every action."""
