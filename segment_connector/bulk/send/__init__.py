"""Checked events in requests: packed, paced, sent, and what became of each."""
