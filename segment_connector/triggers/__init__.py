"""Triggers: what the service tells, received or asked for, as items that a workflow starts with."""
