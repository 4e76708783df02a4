"""Running the server, or the simulator, until its client or a signal ends it."""

import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import anyio
from anyio.abc import TaskStatus

from clickpipes_mcp import __version__
from clickpipes_mcp.settings import DEFAULT_API_URL, Settings

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer  # the simulator does without the SDK

CLOSING_TAKES_AT_MOST_S = 3.0
_SIGNALLED = 128
"""What shells add to the number of the signal that ended a program."""


def announcement(settings: Settings) -> str:
    """What the operator reads at start-up: version, world, and every lowered guard."""
    if settings.environment == "simulator":
        world = "SIMULATOR, nothing real is created"
        if settings.key_id is None:
            world += " (set an API key to act on ClickHouse Cloud)"
    else:
        is_public = settings.api_url == DEFAULT_API_URL
        world = f"{'ClickHouse Cloud' if is_public else 'API'} at {settings.api_url}"
    notes = [f"clickpipes-mcp {__version__}: {world}"]
    if settings.read_only:
        notes.append("read-only")
    if settings.consent == "off":
        notes.append("CONSENT IS OFF, nobody is asked before pipes are stopped or deleted")
    elif settings.consent == "chat":
        notes.append("consent may be given in the chat")
    return "; ".join(notes)


async def serve_stdio(server: "MCPServer[None]") -> int:
    """Serve until the client closes the input; the exit code.

    On SIGINT and SIGTERM calls in progress are cancelled, the server's resources are closed, and
    the process ends with 130 or 143.
    """
    closed = anyio.Event()
    async with anyio.create_task_group() as tasks:

        async def leave(code: int) -> None:
            with anyio.move_on_after(CLOSING_TAKES_AT_MOST_S, shield=True):
                await closed.wait()
            # The thread that waits for input cannot be cancelled and would hold the process
            # until the client says something (modelcontextprotocol/python-sdk#3551).
            os._exit(code)

        await tasks.start(_on_signal, tasks.cancel_scope, leave)
        await _converse(server, closed)
        tasks.cancel_scope.cancel()
    return 0


async def _converse(server: "MCPServer[None]", closed: anyio.Event) -> None:
    from mcp.server.stdio import stdio_server  # the simulator does without the SDK

    # run_stdio_async() does the same, but does not tell when the lifespan has ended.
    lowlevel = server._lowlevel_server  # noqa: SLF001
    async with stdio_server() as (incoming, outgoing):
        try:
            await lowlevel.run(incoming, outgoing, lowlevel.create_initialization_options())
        finally:
            closed.set()


async def until_signalled(work: Callable[[], Awaitable[None]]) -> int:
    """Do the work until it is done or a signal cancels it; the exit code, 0, 130 or 143."""
    codes = [0]
    async with anyio.create_task_group() as tasks:

        async def note(code: int) -> None:
            codes.append(code)

        await tasks.start(_on_signal, tasks.cancel_scope, note)
        await work()
        tasks.cancel_scope.cancel()
    return codes[-1]


async def _on_signal(
    scope: anyio.CancelScope,
    then: Callable[[int], Awaitable[None]],
    *,
    task_status: TaskStatus[None],
) -> None:
    if sys.platform == "win32":  # event loops there cannot receive signals
        task_status.started()
        return
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as received:
        task_status.started()
        async for number in received:
            scope.cancel()
            await then(_SIGNALLED + number)
            return
