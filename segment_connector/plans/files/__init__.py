"""A plan as a folder of files that people review: one YAML file an event."""
