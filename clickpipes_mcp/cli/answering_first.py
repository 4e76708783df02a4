"""Serving over standard input and output with what every client asks first answered at once.

Where that cannot be, nothing happens, and the server is made before it answers anything.
"""

import gc
import os
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from clickpipes_mcp.cli.opening import chosen, made

if TYPE_CHECKING:  # start-up time
    from clickpipes_mcp.front import HandedOver
    from clickpipes_mcp.server import ClickPipesServer
    from clickpipes_mcp.settings import Settings


def answer_first(overrides: Mapping[str, str | bool | None]) -> None:
    """Serve to the end and leave the program; return where the front has to stand aside."""
    if not _is_spoken_to():
        return
    from clickpipes_mcp.announcement import announcement
    from clickpipes_mcp.errors import ClickPipesError
    from clickpipes_mcp.front import Answers, Conversation, is_suitable, stand_in

    # Collecting garbage while thousands of classes are imported only costs time.
    gc.disable()
    try:
        settings, others = chosen(**overrides)
    except ClickPipesError:
        return
    if not is_suitable(settings, others):
        return
    sys.stderr.write(f"{announcement(settings, named=others)}\n")
    sys.stderr.flush()
    answers = Answers(settings, others)
    session = stand_in(Conversation(answers), partial(_made_to_serve, settings, others))
    if session is None:
        os._exit(0)  # the server may be half made
    _go_on(session)


def _is_spoken_to() -> bool:
    """Whether a program speaks over the process's own input, which can be waited for."""
    if os.name != "posix" or sys.stdin is None or sys.stdin.isatty():
        return False
    try:
        return sys.stdin.fileno() == 0 and sys.stdout.fileno() == 1
    except (AttributeError, OSError, ValueError):
        return False


def _made_to_serve(settings: "Settings", others: "Sequence[Settings]") -> "ClickPipesServer":
    from clickpipes_mcp.sdk_import import import_sdk

    import_sdk()
    # Imported beside the front: nobody begins with another call than one that reads.
    from clickpipes_mcp import serving  # noqa: F401
    from clickpipes_mcp.cloud import wire  # noqa: F401
    from clickpipes_mcp.tools.pipes import inventory, listing  # noqa: F401

    return made(settings, others)


def _go_on(session: "HandedOver[ClickPipesServer]") -> None:
    made_now = session.made
    lines = {"heard": session.heard, "waiting": session.waiting}
    from clickpipes_mcp.cli.refusal import answering_what_is_wrong
    from clickpipes_mcp.cli.reporting import Unusable, explained

    try:
        with answering_what_is_wrong(is_for_http=False, **lines), explained():
            server = made_now()
    except Unusable as unusable:
        unusable.show()
        sys.exit(unusable.exit_code)
    gc.freeze()
    gc.enable()
    import anyio

    from clickpipes_mcp.serving import serve_stdio

    sys.exit(anyio.run(partial(serve_stdio, server, **lines)))
