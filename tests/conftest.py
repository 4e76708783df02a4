"""Fixtures every test may use."""

import gc
import hashlib
import json
import logging
import os
import signal
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import httpx2
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.configuration import set_hypothesis_home_dir
from jsonschema import Draft202012Validator

from clickpipes_mcp.clock import Clock, SystemClock
from clickpipes_mcp.journal import Journal
from clickpipes_mcp.redaction import RedactingFilter
from clickpipes_mcp.settings import load_settings
from clickpipes_mcp.store import Database, StoredLines, database, set_up
from tests import attempts_table, diagnosed_table, figures, marks, serving
from tests.checks.postgres_server import PostgresServer, running_store, store_settings
from tests.faults import matrix_sum
from tests.faults.processes import PATIENCE_S
from tests.pages.visitor import Visitor, link_in
from tests.rings import ring
from tests.serving import Served
from tests.walking import MEASURED_EVERY

TESTS = Path(__file__).parent
__all__ = ["ring"]

# Examples are the same in every run, and nothing of them is kept in the repository.
set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "clickpipes-mcp-hypothesis")
settings.register_profile(
    "repeatable",
    database=None,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("repeatable")

# Nor does any write to the state directory of whoever runs it: each test has its own, below.
os.environ["XDG_STATE_HOME"] = str(Path(tempfile.gettempdir()) / "clickpipes-mcp-tests-state")

# Shells have what they start behind something else ignore SIGINT, and what that starts does too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# No test opens the keyring of whoever runs it.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    diagnosed_table.show(terminalreporter)
    matrix_sum.show(terminalreporter)
    attempts_table.show(terminalreporter)
    figures.show(terminalreporter)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what holds none of the tests that are asked for: every process collects anew."""
    if collection_path.suffix != ".py" or not collection_path.is_relative_to(TESTS):
        return None
    chosen = config.getoption("markexpr")
    if collection_path == TESTS / "simulator" / "test_schemathesis.py":  # takes ten seconds
        return True if "not slow" in chosen else None
    return None if not chosen or marks.is_held(chosen, collection_path) else True


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Let no search for garbage walk through what was collected: it stays until the end.

    What the tests leave behind is searched for as ever.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.collect()
        gc.freeze()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Measure coverage in the first of the cases of a test and in every tenth.

    Tracing doubles the time of a case, and the others walk the same lines: what is reported is
    the least that is covered.
    """
    if not config.getoption("cov_source", None):
        return
    cases: Counter[str] = Counter()
    for item in items:
        function = item.nodeid.partition("[")[0]
        if cases[function] % MEASURED_EVERY:
            item.add_marker(pytest.mark.no_cover)
        cases[function] += 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Processes are worth their start for the whole suite, not for files somebody names."""
    return None if config.args_source is pytest.Config.ArgsSource.TESTPATHS else 0


@pytest.fixture(scope="session", autouse=True)
def _every_schema_is_checked_once() -> Iterator[None]:
    """Clients check the output schema of every tool they call, and every test has its client."""
    check, known = Draft202012Validator.check_schema, set()

    def check_new(schema: object, *arguments: object, **options: object) -> None:
        text = json.dumps(schema, sort_keys=True)
        if text not in known:
            check(schema, *arguments, **options)
            known.add(text)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Draft202012Validator, "check_schema", check_new)
        yield


@pytest.fixture(autouse=True)
def _hostile_attempts_are_counted(
    request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> Iterator[None]:
    """The family of a hostile test goes into its reports, and at its end what it has tried."""
    family = attempts_table.family_of(request.node)
    if family is None:
        yield
        return
    record_property(attempts_table.PROPERTY, (family,))
    attempts_table.begin()
    yield
    record_property(attempts_table.PROPERTY, (family, *attempts_table.told()))


@pytest.fixture(scope="session")
def _states(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("states")


@pytest.fixture(autouse=True)
def _nothing_is_kept_among_tests(
    _states: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[None]:
    """What programs keep in the user's state directory is a test's own, and never a person's.

    Nor do the filters stay that commands put on pytest's own handlers: they empty every record.
    """
    own = _states / hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:16]
    monkeypatch.setenv("XDG_STATE_HOME", str(own))
    yield
    for handler in logging.getLogger().handlers:
        handler.filters[:] = [
            kept for kept in handler.filters if not isinstance(kept, RedactingFilter)
        ]


@pytest.fixture(scope="session")
def store_server() -> Iterator[PostgresServer]:
    """A real PostgreSQL for all tests of a store; started by the first that needs it."""
    with running_store() as server:
        yield server


@pytest.fixture
async def opened(store_server, monkeypatch) -> AsyncIterator[Callable[..., Database]]:
    """Opens the store as each replica does, once it is set up anew, and gives it time to answer."""
    monkeypatch.setattr(database, "PATIENCE_S", PATIENCE_S)
    monkeypatch.setattr(database, "_LONGEST_STATEMENT_MS", int(PATIENCE_S * 1000))
    store_server.execute("DROP SCHEMA IF EXISTS clickpipes_mcp CASCADE")
    settings = load_settings(store_settings(store_server))
    async with AsyncExitStack() as stack:

        def opened(clock: Clock | None = None) -> Database:
            one = Database(settings, clock or SystemClock())
            stack.push_async_callback(one.aclose)
            return one

        await set_up(opened())
        yield opened


@pytest.fixture
def given_up_soon(request, monkeypatch) -> None:
    """A store that has gone is not waited for longer than replicas wait."""
    request.getfixturevalue("opened")
    monkeypatch.setattr(database, "PATIENCE_S", 4.0)


@pytest.fixture
def stored_journal(opened) -> Iterator[Callable[[Clock], Journal]]:
    """Opens the journal in the store as each replica does, with a copy of its own."""
    copies = []

    def journal(clock: Clock) -> Journal:
        copies.append(StoredLines(opened(clock)))
        return Journal(None, clock, shared=copies[-1])

    yield journal
    for copy in copies:
        copy.remove_copy()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=["auto", "legacy"])
def era(request) -> str:
    """Both eras of the protocol: questions between rounds, questions from the server."""
    return str(request.param)


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., Awaitable[Served]]]:
    """Starts a server on a fresh simulator and connects to it; keywords as `serving.serve`."""
    async with AsyncExitStack() as stack:
        yield partial(serving.serve, stack)


@pytest.fixture
async def visit() -> AsyncIterator[Callable[..., Visitor]]:
    """Opens the page whose link an answer holds, or a link."""
    # All pages of tests are plain HTTP; reading the authorities takes a tenth of a second.
    async with httpx2.AsyncClient(trust_env=False, timeout=PATIENCE_S, verify=False) as http:

        def at(found) -> Visitor:
            return Visitor(http, found if isinstance(found, str) else link_in(found))

        yield at
