"""Importing the MCP SDK without what this server never uses of it: start-up time and memory."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_HANDLER_NEEDS: Final = "rich.console"


def import_sdk() -> None:
    """Import it with the models of its messages left to be built when each is first used.

    They are of every version of the protocol, two thirds of the import, and a session uses a few.
    """
    from pydantic import BaseModel

    inherited = BaseModel.model_config
    inherited["defer_build"] = True
    try:
        import mcp.server.mcpserver  # noqa: F401
    finally:
        del inherited["defer_build"]


@contextmanager
def without_rich_logging() -> Iterator[None]:
    """Make servers of the SDK as if `rich` were missing.

    It makes a handler for logs with rich for each of them, and drops it where logs have one.
    """
    if sys.modules.get(_HANDLER_NEEDS) is not None:
        yield
        return
    sys.modules[_HANDLER_NEEDS] = None  # type: ignore[assignment] # as the import system documents
    try:
        yield
    finally:
        del sys.modules[_HANDLER_NEEDS]
