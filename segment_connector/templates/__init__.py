"""Templates in YAML: what one may say, how it is compiled, and how text becomes a value."""
