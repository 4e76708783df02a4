"""Pipes as code: what is there as a file, in the words of several tools."""
