"""Pipes as code: written down, compared, carried out, undone."""
