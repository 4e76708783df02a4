"""Scopes of OAuth, and the levels that they stand for: a higher one holds the lower ones."""

from collections.abc import Collection
from typing import Final

from clickpipes_mcp.settings import LEVELS, Level

_PREFIX: Final = "clickpipes:"
ALL_SCOPES: Final = tuple(f"{_PREFIX}{level}" for level in LEVELS)


def level_of(scopes: Collection[str]) -> Level | None:
    """The highest level that a token's scopes reach; None where it holds none of ours."""
    held = [level for level, scope in zip(LEVELS, ALL_SCOPES, strict=True) if scope in scopes]
    return held[-1] if held else None


def scope_of(level: Level) -> str:
    """The scope that a level takes."""
    return f"{_PREFIX}{level}"


def scopes_up_to(level: Level) -> tuple[str, ...]:
    """What a client asks for to reach a level, the least first."""
    return ALL_SCOPES[: LEVELS.index(level) + 1]
