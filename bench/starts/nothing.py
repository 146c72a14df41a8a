"""The interpreter alone: taken off all others."""
