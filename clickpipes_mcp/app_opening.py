"""Opening what tools reach through a connection: its client, its journal, what people gave."""

from collections.abc import Callable
from pathlib import Path

from clickpipes_mcp.app import App
from clickpipes_mcp.clock import Clock, SystemClock
from clickpipes_mcp.cloud import AsgiApp, CloudClient, open_client
from clickpipes_mcp.cloud.asgi import Message, Receive, Send
from clickpipes_mcp.consent import Desk, Ledger, LedgerFiles, StoredLedger, principal
from clickpipes_mcp.embedded import embedded_simulator
from clickpipes_mcp.journal import Journal
from clickpipes_mcp.journal_lines import MEGABYTE
from clickpipes_mcp.secret_bindings import read_bindings
from clickpipes_mcp.settings import Settings
from clickpipes_mcp.sources import SOURCE_KEYS
from clickpipes_mcp.store import Store


def open_app(
    settings: Settings,
    clock: Clock | None = None,
    desk: Desk | None = None,
    control_plane: AsgiApp | None = None,
    state_directory: Path | None = None,
    store: Store | None = None,
) -> App:
    """What tools reach through one connection; without a desk nobody can be asked on a page.

    Without a `state_directory` the simulated pipes end with this process.

    Raises:
        InvalidSettings: The secret bindings cannot be used.
    """
    clock = clock or SystemClock()
    asked = _asked_of(desk) if desk else _nothing
    client = _client(settings, clock, control_plane, asked, state_directory, store)
    bindings = read_bindings(settings.secrets_bindings, SOURCE_KEYS)
    return App(settings, client, clock, _journal(settings, clock, store), bindings, desk)


def _nothing(_: str) -> None:
    """What a person gave where none can be asked."""


def _journal(settings: Settings, clock: Clock, store: Store | None) -> Journal:
    most_bytes, kept = settings.journal_max_mb * MEGABYTE, settings.journal_kept
    path = settings.journal_path
    shared = None if store is None else store.lines
    return Journal(path, clock, most_bytes=most_bytes, kept=kept, shared=shared)


def kept_ledger(
    settings: Settings, clock: Clock, store: Store | None, state_directory: Path | None
) -> Ledger | None:
    """Where it is kept what was confirmed: in the store, in files, or by each replica for itself.

    Files are of one machine: replicas, which share a key, may stand on several.
    """
    key = shared_key(settings)
    if store is not None:
        return StoredLedger(store.database, key or "")
    return None if key or state_directory is None else LedgerFiles(state_directory, clock)


def shared_key(settings: Settings) -> str | None:
    """What all replicas seal with, if there are several."""
    return settings.http_key.get_secret_value() if settings.http_key else None


def _asked_of(desk: Desk) -> Callable[[str], str | None]:
    """What the person of the present call gave, by label."""
    return lambda label: desk.forms.vault.value(principal(), label)


def _client(
    settings: Settings,
    clock: Clock,
    control_plane: AsgiApp | None,
    asked: Callable[[str], str | None],
    state_directory: Path | None,
    store: Store | None,
) -> CloudClient:
    if control_plane is not None or settings.environment == "cloud":
        database = None if store is None else store.database
        return open_client(settings, clock, asgi_app=control_plane, asked=asked, database=database)

    def build(*, looks: bool = False) -> AsgiApp:
        return embedded_simulator(settings, clock, state_directory, looks=looks)

    # What the operator wants it to begin with may be refused, which has to be said at start-up.
    is_checked = settings.simulator_scenario is not None or settings.simulator_state is not None
    app = build(looks=True) if is_checked else _built_later(build)
    return open_client(settings, clock, asgi_app=app, asked=asked)


def _built_later(build: Callable[[], AsgiApp]) -> AsgiApp:
    """An application that is made when the first request arrives: start-up cost."""
    built: list[AsgiApp] = []

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if not built:
            built.append(build())
        await built[0](scope, receive, send)

    return app
