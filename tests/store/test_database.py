"""The way to the store: what happens when it goes, and when it is back."""

import re
import sys
from collections.abc import Iterator

import anyio
import pytest

from clickpipes_mcp import telemetry
from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.consent import StoredLedger
from clickpipes_mcp.consent.ledger import LedgerUnusable
from clickpipes_mcp.errors import InvalidSettings
from clickpipes_mcp.settings import load_settings
from clickpipes_mcp.store import Database, StoreUnavailable, look_at
from clickpipes_mcp.store.database import GIVEN_UP_FOR_S, MOST_CONNECTIONS
from clickpipes_mcp.telemetry.exposition import PrometheusPage
from tests.checks.postgres_server import PASSWORD, store_settings
from tests.serving import SHARED_KEY

pytestmark = pytest.mark.anyio


@pytest.fixture
def figures() -> Iterator[PrometheusPage]:
    telemetry.attach(page := PrometheusPage())
    yield page
    telemetry.detach_all()


async def test_of_many_that_use_one_answer_at_one_time_one_does(opened) -> None:
    replicas = [StoredLedger(opened(), SHARED_KEY) for _ in range(3)]
    used: list[bool] = []

    async def use(replica: StoredLedger) -> None:
        used.append(await replica.use("yes"))

    async with anyio.create_task_group() as group:
        for replica in replicas * MOST_CONNECTIONS:
            group.start_soon(use, replica)
    assert sorted(used) == [False] * (len(used) - 1) + [True]


@pytest.mark.usefixtures("given_up_soon")
async def test_a_store_that_goes_takes_no_yes_and_is_used_again_when_it_is_back(
    opened, store_server, figures
) -> None:
    clock = ManualClock()
    database = opened(clock)
    ledger = StoredLedger(database, SHARED_KEY)
    assert await ledger.use("first")

    store_server.control("stop")
    try:
        for use in (
            lambda: ledger.use("second"),
            lambda: ledger.note_done("orders", 0),
            lambda: ledger.occasion("orders"),
        ):
            with pytest.raises(LedgerUnusable, match="does not answer") as refused:
                await use()
            assert "store check" in refused.value.mend
    finally:
        store_server.control("start")

    with pytest.raises(StoreUnavailable):  # it is told at once, for a moment
        await look_at(database)
    clock.advance(GIVEN_UP_FOR_S)
    assert await ledger.use("second")
    assert not await ledger.use("first"), "what it knew is not lost"
    uses = re.findall(
        r'store_duration_seconds_count\{outcome="(\w+)"\} (\d)', figures.text().decode()
    )
    assert dict(uses) == {"ok": "3", "unavailable": "1"}


async def test_what_it_lacks_is_said(opened, store_server, monkeypatch) -> None:
    """Also the way with a password, which is read where it is kept."""
    store_server.execute(
        "DO $$ BEGIN CREATE ROLE guest LOGIN; EXCEPTION WHEN duplicate_object THEN END $$",
        f"ALTER ROLE guest PASSWORD '{PASSWORD}'",
        "GRANT USAGE ON SCHEMA clickpipes_mcp TO guest",
    )
    monkeypatch.setenv("KEPT_APART", PASSWORD)
    theirs = store_settings(store_server)
    theirs["CLICKPIPES_STORE"] = theirs["CLICKPIPES_STORE"].replace("owner@", "guest@")
    theirs["CLICKPIPES_STORE_PASSWORD"] = "env:KEPT_APART"
    guest = Database(load_settings(theirs), ManualClock())
    try:
        with pytest.raises(LedgerUnusable, match="may not use its tables"):
            await StoredLedger(guest, SHARED_KEY).use("yes")
        store_server.execute("DROP TABLE clickpipes_mcp.used_answers")
        with pytest.raises(LedgerUnusable, match="clickpipes-mcp store init"):
            await StoredLedger(opened(), SHARED_KEY).use("yes")
    finally:
        await guest.aclose()


async def test_beyond_this_machine_the_way_is_always_verified() -> None:
    given = {
        "CLICKPIPES_STORE": "postgresql://clickpipes@db.example.com:6543/team",
        "CLICKPIPES_HTTP_KEY": SHARED_KEY,
    }
    how = await Database(load_settings(given), ManualClock())._how()

    assert (how["host"], how["port"], how["user"], how["dbname"]) == (
        "db.example.com", 6543, "clickpipes", "team",
    )  # fmt: skip
    assert how["sslmode"] == "verify-full"
    assert how["sslrootcert"].endswith(".pem")


def test_a_store_that_cannot_be_used_at_all_is_said_at_once(monkeypatch) -> None:
    given = {
        "CLICKPIPES_STORE": "postgresql://clickpipes@db.example.com/team",
        "CLICKPIPES_HTTP_KEY": SHARED_KEY,
    }
    absent = load_settings(given | {"CLICKPIPES_STORE_PASSWORD": "env:NOWHERE"})
    with pytest.raises(InvalidSettings, match="STORE_PASSWORD names the variable NOWHERE"):
        Database(absent, ManualClock())
    monkeypatch.setitem(sys.modules, "psycopg_pool", None)
    with pytest.raises(InvalidSettings, match="extra `store` is not installed"):
        Database(load_settings(given), ManualClock())
