"""Creating pipes, each at most once."""
