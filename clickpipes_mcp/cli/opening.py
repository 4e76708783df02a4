"""What the settings of a command open: the server, or what its tools reach."""

import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:  # everything else is imported when a command runs: start-up time
    from clickpipes_mcp.app import App
    from clickpipes_mcp.server import ClickPipesServer
    from clickpipes_mcp.settings import Settings

Done = TypeVar("Done")


def opened(
    **overrides: str | bool | None,
) -> "tuple[ClickPipesServer, Settings, Sequence[Settings]]":
    """The server, the settings of its default connection, and those of the named ones.

    Raises:
        InvalidSettings: The settings cannot be used.
    """
    settings, others = chosen(**overrides)
    return made(settings, others), settings, others


def chosen(**overrides: str | bool | None) -> "tuple[Settings, Sequence[Settings]]":
    """The settings of the default connection, and those of the named ones.

    Raises:
        InvalidSettings: The settings cannot be used.
    """
    from clickpipes_mcp.journal_file import journal_file
    from clickpipes_mcp.settings import connections, load_settings

    found = connections(load_settings(None, **overrides), os.environ)
    settings, *others = (
        one.model_copy(update={"journal": journal_file(one)})
        for one in (found.default, *found.named.values())
    )
    return settings, others


def made(settings: "Settings", others: "Sequence[Settings]") -> "ClickPipesServer":
    """The server of these settings, with its log.

    Raises:
        InvalidSettings: What they name cannot be used.
    """
    from clickpipes_mcp.cloud import redactor_of
    from clickpipes_mcp.redaction import configure_logging
    from clickpipes_mcp.sdk_import import import_sdk, without_rich_logging

    import_sdk()
    named = {one.called: one for one in others if one.called}
    configure_logging(settings.log_level, redactor_of(settings, *others))

    from clickpipes_mcp.server import build_server
    from clickpipes_mcp.state_directory import state_directory

    with without_rich_logging():
        return build_server(settings, named=named, state_directory=state_directory())


def run_with_app(work: "Callable[[App], Awaitable[Done]]", connection: str | None = None) -> Done:
    """What work comes to with an open connection, the default one where none is named.

    Raises:
        InvalidSettings: The settings cannot be used.
    """
    import anyio

    from clickpipes_mcp.app_opening import open_app
    from clickpipes_mcp.clock import SystemClock
    from clickpipes_mcp.journal_file import journal_file
    from clickpipes_mcp.redaction import configure_logging
    from clickpipes_mcp.settings import connections, load_settings
    from clickpipes_mcp.state_directory import state_directory
    from clickpipes_mcp.store import Store

    configure_logging("error")
    chosen = connections(load_settings(None, connection=connection), os.environ).default
    chosen = chosen.model_copy(update={"journal": journal_file(chosen)})
    clock = SystemClock()
    store = Store.of(chosen, clock)
    app = open_app(chosen, clock, state_directory=state_directory(), store=store)

    async def run() -> Done:
        async with AsyncExitStack() as open_until_the_end:
            if store is not None:
                open_until_the_end.push_async_callback(store.aclose)
                await app.journal.catch_up()
            await open_until_the_end.enter_async_context(app.client)
            return await work(app)

    return anyio.run(run)
