"""Lists that actions give, as tables."""
