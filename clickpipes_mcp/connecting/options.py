"""The options that an entry gives this server, such as that nothing may be changed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from clickpipes_mcp.connecting.client import Client
from clickpipes_mcp.connecting.command import NAME, ServerCommand

_MARKS: Final = ServerCommand("a program", ("an argument",))
_LAUNCHES: Final = (("-m", "clickpipes_mcp"), (NAME,))
"""How Python and `uvx` are told to start this server."""


def options_in(client: Client, entry: object) -> tuple[str, ...] | None:
    """Those that stand in an entry; None where they cannot be told from another program's own."""
    if not isinstance(entry, Mapping):
        return ()
    ours = client.entry(_MARKS)
    program = next((entry.get(key) for key, one in ours.items() if one == _MARKS.program), None)
    held = next((entry.get(key) for key, one in ours.items() if one == [*_MARKS.arguments]), None)
    arguments = tuple(map(str, held)) if isinstance(held, list) else ()
    if not arguments or Path(str(program)).stem == NAME:
        return arguments
    for launch in _LAUNCHES:
        if arguments[: len(launch)] == launch:
            return arguments[len(launch) :]
    return None
