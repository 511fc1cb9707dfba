"""The page of named connections."""
