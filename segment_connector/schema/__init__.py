"""Validation by JSON Schema: a judge that says what is wrong, a quick yes before it, and the formats both know."""
