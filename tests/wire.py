"""Standard input and output of a server in this process: lines in, and the octets that leave."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import anyio
from mcp.server.stdio import stdio_server

from clickpipes_mcp.late_handshake import converse
from clickpipes_mcp.resuming import Resumed
from clickpipes_mcp.server import ClickPipesServer, build_server
from clickpipes_mcp.settings import Settings, connections, load_settings
from clickpipes_mcp.unreadable_lines import AnsweredLines
from tests.faults.processes import PATIENCE_S


def chosen(environ: Mapping[str, str]) -> tuple[Settings, list[Settings]]:
    """The settings of the default connection, and those of the named ones."""
    found = connections(load_settings(environ), environ)
    return found.default, list(found.named.values())


def made(environ: Mapping[str, str]) -> ClickPipesServer:
    """The server of these settings."""
    settings, others = chosen(environ)
    return build_server(settings, named={one.called: one for one in others if one.called})


def line(method: str, number: object = None, params: object = None) -> bytes:
    """A message as clients write it, without what is None."""
    said = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
    told = {name: one for name, one in said.items() if one is not None}
    return json.dumps(told, ensure_ascii=False).encode()


async def written(
    server: ClickPipesServer,
    lines: Sequence[bytes],
    heard: Sequence[bytes] = (),
    *,
    answers: int,
    at_once: bool = False,
) -> list[bytes]:
    """What a server writes that reads `lines`, each when the one before was answered.

    `heard` were answered by somebody else; `at_once`, and no line waits for an answer.
    """
    wire = _Wire(() if at_once else lines, answers)
    lowlevel = server._lowlevel_server
    with anyio.fail_after(PATIENCE_S):
        async with stdio_server(wire, wire) as (incoming, outgoing):  # type: ignore[arg-type]
            session = Resumed(incoming, outgoing, heard, lines if at_once else ())
            await converse(lowlevel, AnsweredLines(session, session), session)
    return wire.written


class _Wire:
    """Both files of a client: it writes a line, and the next when nothing else comes."""

    def __init__(self, lines: Sequence[bytes], answers: int) -> None:
        self._lines = list(lines)
        self._answers = answers
        self._news = anyio.Event()
        self._owed = 0
        self.written: list[bytes] = []

    def __aiter__(self) -> "_Wire":
        return self

    async def __anext__(self) -> str:
        wanted = self._owed if self._lines else self._answers
        while len(self.written) < wanted:
            await self._news.wait()
        if not self._lines:
            raise StopAsyncIteration
        said = self._lines.pop(0)
        self._owed += _wants_answer(said)
        return said.decode("utf-8", errors="replace") + "\n"

    async def write(self, text: str) -> None:
        self.written.append(text.encode())
        self._news.set()
        self._news = anyio.Event()

    async def flush(self) -> None:
        pass


def _wants_answer(said: bytes) -> bool:
    try:
        message: Any = json.loads(said)
    except ValueError:
        return True
    return not isinstance(message, dict) or "id" in message
