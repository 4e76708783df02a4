"""The schemas of tools as clients see them.

Making them from the models takes a tenth of a start. Those of the usual settings are read from the
files of this version instead, which are checked against the models.
"""

from collections.abc import Callable, Collection, Hashable
from functools import cache
from typing import Any, cast

from clickpipes_mcp.app import Apps
from clickpipes_mcp.contract import Request
from clickpipes_mcp.offering import absence
from clickpipes_mcp.published_schemas import kept, kept_input, with_connection
from clickpipes_mcp.schema_shape import JsonObject, input_schema, output_schema
from clickpipes_mcp.tools.known import KnownTool
from clickpipes_mcp.tools.record import ToolSpec


def published_input(
    tool: ToolSpec[Any] | KnownTool,
    hidden: Collection[str] = (),
    sources: Collection[str] = (),
    apps: Apps | None = None,
) -> JsonObject:
    """The input schema clients see; `sources` are the keys the operator chose, none means all.

    Where there are several connections, a call may name one.
    """
    from_file = kept_input(tool.name, hidden, sources)
    schema = made_input(_spec(tool), hidden, sources) if from_file is None else from_file
    if apps is None or not apps.named:
        return schema
    able = [name for name, app in apps.named.items() if absence(tool, app.settings) is None]
    return with_connection(schema, able, apps.default.settings.called)


def published_output(tool: ToolSpec[Any] | KnownTool) -> JsonObject:
    """The schema of its answers."""
    file = kept(tool.name)
    if file is None:
        return output_schema(_spec(tool).view)
    return cast("JsonObject", file["outputSchema"])


def _spec(tool: ToolSpec[Any] | KnownTool) -> ToolSpec[Any]:
    return tool.spec if isinstance(tool, KnownTool) else tool


def made_input(
    tool: ToolSpec[Any], hidden: Collection[str] = (), sources: Collection[str] = ()
) -> JsonObject:
    """The same made from the models, which is what the files are written from."""
    arguments: type[Request] = tool.arguments
    return _made_alone(arguments, tool.schema, frozenset(hidden), tuple(sources))


@cache
def _made_alone(
    arguments: Hashable,
    finish: Callable[[JsonObject, Collection[str]], JsonObject],
    hidden: frozenset[str],
    sources: tuple[str, ...],
) -> JsonObject:
    """Made once for all servers of a process; never to be changed."""
    return finish(input_schema(cast("type[Request]", arguments), hidden), sources)
