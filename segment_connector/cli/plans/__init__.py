"""The commands of ``segment-connector plan``."""
