"""Forms drawn from JSON Schemas."""
