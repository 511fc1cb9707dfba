"""Judge a plan's files before anybody relies on them, and what a change of them breaks."""
