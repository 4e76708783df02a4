"""What a look at a real PostgreSQL finds: each fault, and nothing else."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic.alias_generators import to_camel

from clickpipes_mcp.checks import CHECKS, Outcome, Seen, run_check
from clickpipes_mcp.checks.postgres import statements
from clickpipes_mcp.checks.postgres.prerequisites import version_of
from clickpipes_mcp.clock import SystemClock
from clickpipes_mcp.source_facts import Address
from clickpipes_mcp.sources import source_named
from tests import diagnosed_table
from tests.checks.certificates import signed_for
from tests.checks.postgres.faults import FAULTS, KEPT, MAPPINGS, READY, SETTINGS, Fault, mapping
from tests.checks.postgres_server import PASSWORD, PostgresServer, running_postgres
from tests.checks.tls_front import tls_before

pytestmark = pytest.mark.anyio
SPEC = source_named("postgres")
(CHECK,) = (check for check in CHECKS if check.source == SPEC.key)


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with running_postgres() as running:
        running.execute(*READY)
        yield running


def to_wire(given: dict[str, Any]) -> dict[str, Any]:
    """The arguments under the API's keys, as a check gets them."""
    return {to_camel(name): _to_wire(value) for name, value in given.items() if value is not None}


def _to_wire(value: Any) -> Any:
    if isinstance(value, list):
        return [_to_wire(inner) for inner in value]
    return to_wire(value) if isinstance(value, dict) else value


async def look(server: PostgresServer, **changes: Any) -> Seen:
    given = {
        "host": "127.0.0.1",
        "port": server.port,
        "database": "shop",
        "credentials": {"username": "clickpipes", "password": PASSWORD},
        "disable_tls": True,
        "settings": SETTINGS,
        "table_mappings": MAPPINGS,
        **changes,
    }
    return await run_check(
        CHECK,
        to_wire(given),
        [Address("127.0.0.1")],
        allow_private=True,
        secrets={PASSWORD},
        clock=SystemClock(),
    )


def not_ok(seen: Seen) -> list[str]:
    return [one.prerequisite for one in seen.checked if one.outcome is not Outcome.OK]


async def looked_at(server: PostgresServer, fault: Fault, record_property, wanted: str) -> Seen:
    """What a look finds while the fault is there, told in the table of the run."""
    fault.happen(server)
    try:
        began = time.perf_counter()
        seen = await look(server, **fault.source)
        took_ms = f"{(time.perf_counter() - began) * 1000:.0f}"
    finally:
        fault.end(server)
    false = [one for one in not_ok(seen) if one != wanted]
    found = "yes" if wanted in not_ok(seen) else "no" if wanted else "-"
    name = fault.finding if wanted else f"nothing: {fault.finding}"
    record_property(diagnosed_table.CHECKED, (SPEC.title, name, found, len(false), took_ms))
    return seen


@pytest.mark.parametrize("kept", KEPT, ids=lambda one: one.finding)
async def test_a_source_that_has_everything_is_clean(server, record_property, kept: Fault):
    seen = await looked_at(server, kept, record_property, "")

    assert not_ok(seen) == []
    assert len(seen.checked) >= 4


@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: one.finding)
async def test_a_fault_is_found_and_nothing_else(server, record_property, fault: Fault):
    seen = await looked_at(server, fault, record_property, fault.finding)

    assert not_ok(seen) == [fault.finding]
    (found,) = (one for one in seen.checked if one.outcome is not Outcome.OK)
    assert found.evidence
    assert found.mend


async def test_a_server_without_tls_is_not_given_the_password_by_another_way(server):
    server.execute(
        "SET password_encryption = 'md5'",
        f"CREATE ROLE md5_user LOGIN PASSWORD '{PASSWORD}'",
    )

    seen = await look(server, credentials={"username": "md5_user", "password": PASSWORD})

    (one,) = seen.checked
    assert (one.prerequisite, one.outcome) == ("login", Outcome.UNSEEN)
    assert "SCRAM" in one.mend


async def test_a_name_that_a_person_would_not_give_is_no_part_of_a_statement(server):
    server.execute('CREATE TABLE "x""; DROP TABLE orders; --" (id int)')
    try:
        seen = await look(server, table_mappings=[mapping('x"; DROP TABLE orders; --')])
    finally:
        server.execute('DROP TABLE "x""; DROP TABLE orders; --"')

    assert "DROP TABLE" not in repr(seen.checked)
    assert "<its name>" in repr(seen.checked)


async def test_without_tables_those_that_can_be_replicated_are_proposed(server):
    seen = await look(server, table_mappings=None)

    mappings = {one["source_table"]: one for one in seen.proposal["table_mappings"]}
    assert mappings.keys() == {"orders", "visits"}
    assert mappings["orders"]["excluded_columns"] == ["twice"]
    assert mappings["visits"]["sorting_keys"] == ["at", "page"]
    assert any("The first copy reads" in note for note in seen.notes)


async def test_nothing_can_be_written(server):
    seen = await look(server)

    assert not_ok(seen) == []
    assert statements_that_write() == []


def statements_that_write() -> list[str]:
    texts = [text for text in vars(statements).values() if isinstance(text, str)]
    fixed = [text.split()[0] for text in texts if text.isupper() or "SELECT" in text]
    return [verb for verb in fixed if verb not in ("SELECT", "SET")]


async def test_without_a_password_nothing_is_tried(server):
    seen = await look(server, credentials={"username": "clickpipes"})

    assert [one.outcome for one in seen.checked] == [Outcome.UNSEEN]


async def test_a_closed_port_is_told_as_such(server):
    seen = await look(server, port=1)

    assert [one.prerequisite for one in seen.checked] == ["reachable"]
    assert "own addresses" in seen.checked[0].mend


async def test_an_older_server_and_a_newer_one_are_told_apart():
    assert version_of(110000).outcome is Outcome.NOT_OK
    assert version_of(180004).outcome is Outcome.OK


async def test_with_tls_the_name_in_the_certificate_counts(server):
    authority, certificate = signed_for("db.example.com")
    with tls_before(server.port, certificate) as port:
        base = {"port": port, "disable_tls": None}
        trusted = base | {"ca_certificate": authority, "tls_host": "db.example.com"}
        clean = await look(server, **trusted)
        misnamed = await look(server, **trusted | {"tls_host": "other.example.com"})
        untrusted = await look(server, **trusted | {"ca_certificate": None})
        unverified = await look(server, **base, skip_cert_verification=True)

    assert not_ok(clean) == not_ok(unverified) == []
    assert [one.outcome for one in misnamed.checked] == [Outcome.UNSEEN]
    assert [one.outcome for one in untrusted.checked] == [Outcome.UNSEEN]
    assert "ca_certificate" in untrusted.checked[0].mend


async def test_failover_slots_are_there_from_17_on():
    with running_postgres("pginstall18") as newer:
        newer.execute(*READY)
        seen = await look(newer, settings=SETTINGS | {"enable_failover_slots": True})

    assert not_ok(seen) == []
