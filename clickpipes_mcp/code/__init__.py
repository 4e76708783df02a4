"""Pipes as code: what is there as a file, in the words of several tools."""

from typing import Final, Literal, TypeAlias, get_args

Format: TypeAlias = Literal["terraform", "clickhousectl", "curl", "arguments", "yaml"]
FORMATS: Final[tuple[str, ...]] = get_args(Format)
"""The names of all targets."""
