"""Changing a pipe in place."""
