"""The clocks of replicas and of their store go together, or somebody is told."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest

from clickpipes_mcp.clock import SystemClock
from clickpipes_mcp.store import Deviation, compare_clocks
from tests.checks.postgres_server import PostgresServer, store_settings
from tests.cli.test_commands import run_here
from tests.http.served import application

pytestmark = pytest.mark.anyio
SEVERAL_S = 5.0
"""Far more than any answer of the store takes, and far less than the clocks may be apart."""


class SetWrong(SystemClock):
    """The clock of this machine, set wrong by so many seconds."""

    def __init__(self, ahead_s: float) -> None:
        self._ahead = timedelta(seconds=ahead_s)

    def now(self) -> datetime:
        return super().now() + self._ahead


@contextmanager
def ahead(server: PostgresServer, seconds: float) -> Iterator[None]:
    """Set the store's own clock, as far as whoever asks it for the time can tell."""
    server.execute(
        "CREATE SCHEMA shifted",
        "CREATE FUNCTION shifted.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS "
        f"'SELECT pg_catalog.clock_timestamp() + make_interval(secs => {seconds})'",
        "ALTER ROLE owner SET search_path = shifted, pg_catalog",
    )
    try:
        yield
    finally:
        server.execute("ALTER ROLE owner RESET search_path", "DROP SCHEMA shifted CASCADE")


@pytest.mark.parametrize("off_s", [-3_600.0, -40.0, 40.0, 3_600.0])
async def test_how_far_they_are_apart_is_told_with_its_direction(opened, off_s) -> None:
    clock = SetWrong(off_s)

    found = await compare_clocks(opened(clock), clock)

    assert abs(found.ahead_s - off_s) < SEVERAL_S
    assert found.is_noticed
    assert found.is_too_much
    assert (" ahead of " if off_s > 0 else " behind ") in str(found)


@pytest.mark.parametrize(
    ("ahead_s", "is_noticed", "is_too_much"),
    [(0.0, False, False), (-1.0, False, False), (1.5, True, False), (-31.0, True, True)],
)
def test_a_second_is_told_and_half_a_minute_is_too_much(ahead_s, is_noticed, is_too_much) -> None:
    found = Deviation(ahead_s)
    assert (found.is_noticed, found.is_too_much) == (is_noticed, is_too_much)


@pytest.fixture
def chosen(store_server) -> dict[str, str]:
    """The settings of a replica whose store is set up."""
    settings = store_settings(store_server)
    assert run_here("store", "init", **settings).exit_code == 0
    return settings


def test_the_time_that_an_answer_takes_is_no_deviation(chosen) -> None:
    told = run_here("store", "check", "--json", **chosen)

    assert json.loads(told.stdout)["clock_ahead_s"] == 0
    assert "clock" not in run_here("store", "check", **chosen).stdout


def test_the_check_tells_of_clocks_that_are_apart(chosen, store_server) -> None:
    with ahead(store_server, 10):
        little = run_here("store", "check", **chosen)
    with ahead(store_server, 100):
        much = run_here("store", "check", **chosen)

    assert (little.exit_code, much.exit_code) == (0, 3)
    assert "s behind the store's. Replicas tell by it what is over" in little.stdout
    assert "This machine's clock is " in much.stdout


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize(("off_s", "status"), [(0, 200), (SEVERAL_S, 200), (-100, 503)])
async def test_a_replica_whose_clock_is_far_off_is_not_ready(
    store_server, off_s, status, caplog
) -> None:
    clock = SetWrong(off_s)
    stored = store_settings(store_server)
    chosen = {"store": stored["CLICKPIPES_STORE"], "http_key": stored["CLICKPIPES_HTTP_KEY"]}
    async with application(clock, **chosen) as running, running.http() as client:
        answer = await client.get("/readyz")

    assert answer.status_code == status
    assert ("clock is " in caplog.text) is bool(off_s)
    if status == 503:
        assert answer.json()["status"] == "not ready"
        assert answer.json()["reason"].startswith("This machine's clock is ")


async def test_a_replica_is_ready_while_the_store_does_not_answer(store_server) -> None:
    stored = store_settings(store_server)
    nowhere = stored["CLICKPIPES_STORE"].replace("/shop", "/nowhere")
    chosen = {"store": nowhere, "http_key": stored["CLICKPIPES_HTTP_KEY"]}
    async with application(**chosen) as running, running.http() as client:
        assert (await client.get("/readyz")).status_code == 200
