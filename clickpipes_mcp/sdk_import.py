"""Importing the MCP SDK without what this server never uses of it: start-up time and memory."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, PydanticUserError, TypeAdapter

_HANDLER_NEEDS: Final = "rich.console"


def import_sdk() -> None:
    """Import it with the validators of its messages left to be built when each is first used.

    They are of every version of the protocol, two thirds of the import, and a session uses a few.
    """
    with _built_at_first_use():
        import mcp.server.mcpserver  # noqa: F401


@contextmanager
def _built_at_first_use() -> Iterator[None]:
    """Models and adapters that are made meanwhile get their validators later.

    Models inherit that. The SDK's adapters of unions of them have nobody to inherit it from.
    """
    inherited, make = BaseModel.model_config, TypeAdapter.__init__

    def make_late(
        adapter: TypeAdapter[Any],
        kind: Any,  # noqa: ANN401 # as pydantic has it
        *,
        config: ConfigDict | None = None,
        **others: Any,  # noqa: ANN401
    ) -> None:
        late: ConfigDict = {**(config or {}), "defer_build": True}
        try:
            make(adapter, kind, config=late, **others)
        except PydanticUserError:  # it is of one model, which has a configuration of its own
            make(adapter, kind, config=config, **others)

    inherited["defer_build"] = True
    TypeAdapter.__init__ = make_late  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        TypeAdapter.__init__ = make  # type: ignore[method-assign]
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
