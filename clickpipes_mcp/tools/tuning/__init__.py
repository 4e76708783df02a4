"""Settings and size of pipes."""
