"""What a client is served where the settings cannot be used."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from clickpipes_mcp.cli.reporting import Unusable


@contextmanager
def answering_what_is_wrong(
    *, is_for_http: bool, heard: Sequence[bytes] = (), waiting: Sequence[bytes] = ()
) -> Iterator[None]:
    """Where the settings cannot be used, serve whoever waits with that until it leaves.

    A client shows nothing of a process that died. Whoever wanted HTTP reads standard error.
    `heard` and `waiting` are the lines that the front has read.
    """
    try:
        yield
    except Unusable as unusable:
        wrong = unusable.__cause__
        from clickpipes_mcp.errors import InvalidSettings

        if is_for_http or not isinstance(wrong, InvalidSettings):
            raise
        unusable.show()
        import anyio

        from clickpipes_mcp.refusing import RefusingServer
        from clickpipes_mcp.serving import serve_stdio

        anyio.run(serve_stdio, RefusingServer(wrong), heard, waiting)
        sys.exit(unusable.exit_code)
