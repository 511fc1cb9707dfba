"""The page that shows what the sandbox received."""
