"""The palette: everything that a person can go to, found by words."""
