"""Propose a mapping for a source by its names and its values: profiles of columns, guesses with their reasons, YAML."""
