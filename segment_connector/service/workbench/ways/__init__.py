"""The page of investigations: what they ask, and the way with each gate."""
