"""Which addresses a look may go to, for how long it lasts, and what it may tell."""

import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from clickpipes_mcp.checks import (
    CHECKS,
    Checked,
    Outcome,
    Place,
    Seen,
    SourceCheck,
    run_check,
    running,
)
from clickpipes_mcp.checks.names import identifier, listed
from clickpipes_mcp.clock import SystemClock
from clickpipes_mcp.source_facts import Address
from clickpipes_mcp.sources import SOURCES, source_named
from tests.faults.processes import PATIENCE_S

pytestmark = pytest.mark.anyio


def looking(look: Callable[[Place], Seen]) -> SourceCheck:
    return SourceCheck("a_kind", "checks-kind", "json", (), look, "https://example.com")


class Visits:
    """Remembers where a look was led to."""

    def __init__(self, seen: Seen | None = None, *turning_up: str) -> None:
        self.hosts = ["db.example.com", *turning_up]
        self.pinned: list[dict[str, str]] = []
        self.seen = seen or Seen((Checked("version", Outcome.OK, "It is new."),))

    def __call__(self, place: Place) -> Seen:
        self.pinned.append({host: place.pin(host) for host in self.hosts})
        return self.seen


async def run(
    visits: Callable[[Place], Seen],
    *hosts: str,
    allow_private: bool = False,
    show_sample: bool = False,
) -> Seen:
    return await run_check(
        looking(visits),
        {},
        [Address(host) for host in hosts],
        allow_private=allow_private,
        secrets={"a long password of nobody"},
        clock=SystemClock(),
        show_sample=show_sample,
    )


def resolve_to(monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
    """The resolver answers these, one after another: a name that is bound anew."""
    left = list(answers)

    def answer(*_: object, **__: object) -> list[Any]:
        address = left.pop(0) if len(left) > 1 else left[0]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, 0))]

    monkeypatch.setattr(socket, "getaddrinfo", answer)


async def test_a_public_address_is_looked_at_and_pinned(monkeypatch) -> None:
    resolve_to(monkeypatch, "8.8.8.8", "127.0.0.1")
    visits = Visits()

    seen = await run(visits, "db.example.com")

    assert visits.pinned == [{"db.example.com": "8.8.8.8"}]
    assert seen.checked[0].outcome is Outcome.OK


@pytest.mark.parametrize("address", ["10.0.0.1", "127.0.0.1", "fd12::1"])
async def test_a_private_address_takes_the_operator_s_word(monkeypatch, address) -> None:
    resolve_to(monkeypatch, address)
    visits = Visits()

    refused = await run(visits, "db.example.com")
    assert visits.pinned == []
    assert "CLICKPIPES_CHECKS=private" in refused.checked[0].mend
    await run(visits, "db.example.com", allow_private=True)
    assert visits.pinned == [{"db.example.com": address}]


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "fd00:ec2::254", "100.100.100.200", "168.63.129.16", "fe80::1"]
)
async def test_metadata_and_link_local_addresses_are_never_connected_to(
    monkeypatch, address
) -> None:
    resolve_to(monkeypatch, address)
    visits = Visits()

    seen = await run(visits, "db.example.com", allow_private=True)

    assert visits.pinned == []
    assert "never connected to" in seen.checked[0].evidence


async def test_a_host_that_turns_up_later_is_judged_once_and_in_any_thread(monkeypatch) -> None:
    resolve_to(monkeypatch, "8.8.8.8", "9.9.9.9", "10.0.0.1")
    answers: list[str] = []

    def look(place: Place) -> Seen:
        with ThreadPoolExecutor(1) as others:
            answers.extend(others.map(place.pin, ["db.example.com", "b2.example.com"] * 2))
            others.submit(place.pin, "b3.example.com").result()
        return Seen(())

    seen = await run(look, "db.example.com")

    assert answers == ["8.8.8.8", "9.9.9.9"] * 2
    assert [one.outcome for one in seen.checked] == [Outcome.UNSEEN]
    assert "b3.example.com" in seen.checked[0].evidence


async def test_only_so_many_hosts_can_turn_up(monkeypatch) -> None:
    resolve_to(monkeypatch, "8.8.8.8")
    hosts = [f"b{number}.example.com" for number in range(101)]

    seen = await run(Visits(None, *hosts), "db.example.com")

    assert "More than 100 hosts" in seen.checked[0].evidence


async def test_one_host_that_may_not_be_asked_keeps_all_from_being_asked(monkeypatch) -> None:
    resolve_to(monkeypatch, "8.8.8.8", "10.0.0.1")
    visits = Visits()

    await run(visits, "b1.example.com", "b2.example.com")

    assert visits.pinned == []


@pytest.mark.parametrize("host", ["nowhere.invalid", "a b; rm -rf", ""])
async def test_what_has_no_address_is_told(host) -> None:
    visits = Visits()

    seen = await run(visits, host)

    assert visits.pinned == []
    assert seen.checked[0].outcome is Outcome.UNSEEN


async def test_secrets_and_what_cannot_be_seen_stay_inside(monkeypatch) -> None:
    resolve_to(monkeypatch, "8.8.8.8")
    told = "It said a long password of nobody\u202e\nto me"
    row = {"source_table": "a long password of nobody", "columns": [told], "port": 1}
    visits = Visits(
        Seen((Checked("login", Outcome.NOT_OK, told, told),), (told,), row, row, told)  # type: ignore[arg-type]
    )

    seen = await run(visits, "db.example.com")

    assert "a long password" not in repr(seen)
    assert "\\u202e" not in repr((seen.checked, seen.notes, seen.called))


async def test_records_are_told_where_somebody_asks_and_without_their_secrets(monkeypatch) -> None:
    resolve_to(monkeypatch, "8.8.8.8")
    key = "-----BEGIN " + "PRIVATE KEY-----" + "a" * 64 + "-----END " + "PRIVATE KEY-----"
    records = (
        '{"id": 1, "password": "quiet4711"}', "a long password of nobody", f"a {key}",
        "note\u202e\nof two lines\x1b[31m", "long " * 2_000_000,
    )  # fmt: skip
    visits = Visits(Seen((), sample=records))

    untold = await run(visits, "db.example.com")
    told = await run(visits, "db.example.com", show_sample=True)

    assert untold.sample == ()
    assert len(told.sample) == len(records)
    assert told.sample[0].startswith('{"id": 1')
    assert all(len(one) <= 200 and one.isprintable() for one in told.sample)
    for hidden in ("quiet4711", "of nobody", "a" * 64):
        assert hidden not in "".join(told.sample)
    assert "quiet4711" not in repr(visits.seen)


async def test_a_look_that_lasts_too_long_is_given_up(monkeypatch) -> None:
    resolve_to(monkeypatch, "8.8.8.8")
    monkeypatch.setattr(running, "LONGEST_S", 0.05)
    end = threading.Event()

    def wait(_: Place) -> Seen:
        end.wait(PATIENCE_S)
        return Seen(())

    try:
        seen = await run_check(
            looking(wait), {}, [Address("db.example.com")],
            allow_private=False, secrets=(), clock=SystemClock(),
        )  # fmt: skip
    finally:
        end.set()

    assert "not done answering" in seen.checked[0].evidence


@pytest.mark.parametrize("check", CHECKS, ids=lambda one: one.source)
def test_a_check_is_of_a_source_and_names_its_extra(check) -> None:
    spec = source_named(check.source)

    assert spec in SOURCES
    assert check.extra.startswith("checks-")
    assert check.is_installed
    assert not replace(check, module="no_such.library").is_installed
    assert set(check.optional) <= spec.source_fields
    assert "credentials" not in repr(Place({"credentials": "x"}, str, lambda: 1.0))


def test_names_are_written_as_statements_take_them() -> None:
    assert identifier("orders") == "orders"
    assert identifier("Orders") == '"Orders"'
    assert identifier("Orders", "`") == "`Orders`"
    assert identifier('a"; --') == "<its name>"
    assert listed(map(str, range(7))) == "0, 1, 2, 3, 4 and 2 more"
