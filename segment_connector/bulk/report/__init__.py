"""What became of a run, for people to read."""
