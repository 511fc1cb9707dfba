"""Tracking plans: what they say, and whether a call is as they say."""
