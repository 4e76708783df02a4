"""What the hostile tests share: calls that need a person, and what came of an attempt."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests import attempts_table
from tests.guides.losses import PERFORMED, Line, lines
from tests.serving import PIPES, Arrived, Served

ASKING = [line for line in lines() if line.asks and (line.tool, line.head) in PERFORMED]
"""A call for every kind of loss, of every tool that asks."""

UNDO = "undo_last_change"
REPEATED = [line for line in ASKING if line.tool != UNDO]
"""Those whose second call is about the same; a second undo takes back the first."""

OF_A_PIPE = [
    line for line in ASKING if line.tool.endswith("_clickpipe") and "create" not in line.tool
]
"""Those about one pipe that is there."""

Called = tuple[str, dict[str, Any]]


async def perform(served: Served, line: Line) -> tuple[Any, Called]:
    """Make the call of a line; its result, and how it was called."""
    called: list[Called] = []
    call = served.call

    async def remembering(tool: str, /, **arguments: Any) -> Any:
        called.append((tool, arguments))
        return await call(tool, **arguments)

    served.call = remembering  # type: ignore[method-assign] # an instance of ours, for one call
    try:
        result = await PERFORMED[line.tool, line.head](served)
    finally:
        served.call = call  # type: ignore[method-assign]
    return result, called[-1]


def effects(served: Served) -> list[Arrived]:
    """What arrived at the control plane and is more than reading; a query only reads."""
    return [
        one
        for one in served.plane.arrived
        if one.method != "GET" and one.path.startswith(PIPES.removesuffix("/clickpipes"))
    ]


@contextmanager
def without_effect(served: Served, allowed: int = 0) -> Iterator[None]:
    """Nothing but `allowed` requests that are more than reading may arrive meanwhile."""
    before = len(effects(served))
    yield
    more = effects(served)[before + allowed :]
    attempts_table.count(0, effects=len(more))
    assert more == []
