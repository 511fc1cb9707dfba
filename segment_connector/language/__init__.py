"""Find the YAML, read it strictly, and give it to the rest as frozen records."""
