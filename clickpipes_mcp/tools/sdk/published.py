"""The schemas of tools as clients see them.

Making them from the models takes a tenth of a start. Those of the usual settings are read from the
files of this version instead, which are checked against the models.
"""

import json
from collections.abc import Callable, Collection, Hashable
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

from clickpipes_mcp.app import CONNECTION, Apps
from clickpipes_mcp.contract import Request
from clickpipes_mcp.schema_shape import JsonObject, input_schema, output_schema
from clickpipes_mcp.settings import load_settings
from clickpipes_mcp.tools.offering import absence, hidden_fields
from clickpipes_mcp.tools.record import ToolSpec

_PACKAGE: Final = Path(__file__).parents[2]
_WITHIN: Final = _PACKAGE / "tool_schemas"
PUBLISHED: Final = _WITHIN if _WITHIN.is_dir() else _PACKAGE.parent / "tool_schemas"
"""The files of this version: a wheel has them in the package, a clone beside it."""


def published_input(
    tool: ToolSpec[Any],
    hidden: Collection[str] = (),
    sources: Collection[str] = (),
    apps: Apps | None = None,
) -> JsonObject:
    """The input schema clients see; `sources` are the keys the operator chose, none means all.

    Where there are several connections, a call may name one.
    """
    is_usual = not sources and frozenset(hidden) == usually_hidden()
    kept = _kept(tool.name) if is_usual else None
    schema = made_input(tool, hidden, sources) if kept is None else kept["inputSchema"]
    if apps is None or not apps.named:
        return schema
    able = [name for name, app in apps.named.items() if absence(tool, app.settings) is None]
    default = apps.default.settings.called
    usual = f"; {default} if left out" if default in able else ""
    choice = {"type": "string", "enum": able, "description": f"Connection to act through{usual}."}
    required = schema.get("required", []) + ([] if default in able else [CONNECTION])
    with_it = {**schema, "properties": {**schema["properties"], CONNECTION: choice}}
    return with_it | ({"required": required} if required else {})


def published_output(tool: ToolSpec[Any]) -> JsonObject:
    """The schema of its answers."""
    kept = _kept(tool.name)
    return output_schema(tool.view) if kept is None else cast("JsonObject", kept["outputSchema"])


def made_input(
    tool: ToolSpec[Any], hidden: Collection[str] = (), sources: Collection[str] = ()
) -> JsonObject:
    """The same made from the models, which is what the files are written from."""
    arguments: type[Request] = tool.arguments
    return _made_alone(arguments, tool.schema, frozenset(hidden), tuple(sources))


@cache
def usually_hidden() -> frozenset[str]:
    """The arguments that are hidden where nothing is set."""
    return hidden_fields(load_settings({}))


@cache
def _made_alone(
    arguments: Hashable,
    finish: Callable[[JsonObject, Collection[str]], JsonObject],
    hidden: frozenset[str],
    sources: tuple[str, ...],
) -> JsonObject:
    """Made once for all servers of a process; never to be changed."""
    return finish(input_schema(cast("type[Request]", arguments), hidden), sources)


@cache
def _kept(tool: str) -> JsonObject | None:
    """What the file of a tool says, never to be changed; None where there is none to read."""
    try:
        return cast("JsonObject", json.loads((PUBLISHED / f"{tool}.json").read_bytes()))
    except (OSError, ValueError):
        return None
