"""Millions of events: read, checked, packed, delivered, and none lost."""
