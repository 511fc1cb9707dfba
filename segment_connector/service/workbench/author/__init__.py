"""The page on which an author edits an action's file."""
