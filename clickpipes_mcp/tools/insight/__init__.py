"""Seeing what a source offers and what goes wrong with a pipe."""
