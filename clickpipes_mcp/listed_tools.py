"""What is known of tools before their code is imported, in a file of this version."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

from clickpipes_mcp.offering import Effect

LISTED: Final = Path(__file__).parent / "front" / "listed.json"
"""What is listed besides the schemas of tools: written by `clickpipes-mcp schemas --write`."""


@dataclass(frozen=True)
class ListedTool:
    """One tool. `module` is where its record stands among the tools.

    `is_gated` says that a person may be asked before it runs, `concerns_a_service` that a call of
    it may name one.
    """

    name: str
    toolset: str
    effect: Effect
    source: str | None
    connects_itself: bool
    is_idempotent: bool
    is_gated: bool
    concerns_a_service: bool
    module: str


@cache
def listed() -> Mapping[str, Any]:
    """The whole file, never to be changed.

    Raises:
        OSError: There is none to read.
        ValueError: It is none of ours.
    """
    return cast("Mapping[str, Any]", json.loads(LISTED.read_bytes()))


def listed_tools() -> tuple[ListedTool, ...]:
    """Every tool, in the order in which clients list them.

    Raises:
        OSError: There is no file to read.
        ValueError: It is none of ours, or of another version.
    """
    try:
        return tuple(
            ListedTool(**{**one, "effect": Effect(one["effect"])}) for one in listed()["tools"]
        )
    except (KeyError, TypeError) as error:
        raise ValueError(LISTED.name) from error
