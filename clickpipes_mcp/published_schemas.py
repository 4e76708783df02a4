"""The schemas of tools in the files of this version, and what settings change about them.

A wheel has the files in the package, a clone beside it. They are checked against the models.
"""

import json
from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias, cast

from clickpipes_mcp.offering import CONNECTION, hidden_fields
from clickpipes_mcp.settings import load_settings

Schema: TypeAlias = dict[str, Any]

_PACKAGE: Final = Path(__file__).parent
_WITHIN: Final = _PACKAGE / "tool_schemas"
PUBLISHED: Final = _WITHIN if _WITHIN.is_dir() else _PACKAGE.parent / "tool_schemas"


@cache
def kept(tool: str) -> Schema | None:
    """What the file of a tool says, never to be changed; None where there is none to read."""
    try:
        return cast("Schema", json.loads((PUBLISHED / f"{tool}.json").read_bytes()))
    except (OSError, ValueError):
        return None


def kept_input(tool: str, hidden: Collection[str], sources: Collection[str]) -> Schema | None:
    """The input schema of a tool by its file; None where the file does not know it.

    It knows all arguments that are shown where nothing is set, for all sources.
    """
    file = kept(tool)
    if file is None or sources or not usually_hidden() <= frozenset(hidden):
        return None
    return _without(cast("Schema", file["inputSchema"]), hidden)


@cache
def usually_hidden() -> frozenset[str]:
    """The arguments that are hidden where nothing is set."""
    return hidden_fields(load_settings({}))


def with_connection(schema: Schema, able: Sequence[str], default: str | None) -> Schema:
    """The schema with the connections that a call may name: those that offer the tool."""
    usual = f"; {default} if left out" if default in able else ""
    choice = {
        "type": "string",
        "enum": list(able),
        "description": f"Connection to act through{usual}.",
    }
    required = schema.get("required", []) + ([] if default in able else [CONNECTION])
    with_it = {**schema, "properties": {**schema["properties"], CONNECTION: choice}}
    return with_it | ({"required": required} if required else {})


def _without(schema: Schema, hidden: Collection[str]) -> Schema:
    if not any(name in schema["properties"] for name in hidden):
        return schema
    left = {name: told for name, told in schema["properties"].items() if name not in hidden}
    required = [name for name in schema.get("required", []) if name in left]
    rest = {key: told for key, told in schema.items() if key != "required"}
    return {**rest, "properties": left, **({"required": required} if required else {})}
