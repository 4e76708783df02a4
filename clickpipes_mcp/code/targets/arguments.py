"""Pipes as calls of this server's own create tools."""

import json

from clickpipes_mcp.code.declaration import Declaration
from clickpipes_mcp.code.target import STOPPED, Loss, Selection, Written


def write_arguments(selection: Selection) -> Written:
    """A JSON list of calls."""
    calls = [_call(pipe) for pipe in selection.pipes]
    losses = tuple(
        Loss(pipe.name, STOPPED) for pipe in selection.pipes if pipe.rests and pipe.is_database
    )
    return Written(json.dumps(calls, indent=1, ensure_ascii=False) + "\n", losses)


def _call(pipe: Declaration) -> dict[str, object]:
    paused = {"start_paused": True} if pipe.rests and not pipe.is_database else {}
    service = {"service": pipe.service_id}
    return {
        "tool": f"create_{pipe.spec.key}_clickpipe",
        "arguments": {**service, **pipe.arguments, **paused},
    }
