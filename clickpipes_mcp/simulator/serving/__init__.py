"""A simulator put together and served."""
