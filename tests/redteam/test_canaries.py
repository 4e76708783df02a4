"""A secret of every kind, by every kind of reference, shows nowhere but in the request it is for.

The walk goes through success, refusal and timeout, over stdio's session and HTTP, in both eras.
"""

import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio.lowlevel
import httpx2
import pytest

from clickpipes_mcp.secret_keyring import SERVICE as KEYRING
from clickpipes_mcp.simulator import Fault
from tests import attempts_table
from tests.examples import BODY_OF
from tests.http.served import application
from tests.pages.visitor import Visitor, link_in
from tests.redteam.canaries import KINDS, SENDINGS, Kind, Sending
from tests.serving import Served, said

pytestmark = pytest.mark.anyio

REFERENCES = ("env", "file", "keyring", "ask")
ENDINGS: dict[str, Callable[[Kind], tuple[Fault, ...]]] = {
    "success": lambda _: (),
    "refusal": lambda kind: tuple(
        Fault("status", method, status=400, text=f"wrong: {kind.value!r}", times=1)
        for method in ("POST", "PATCH")
    ),
    "timeout": lambda _: (),
}
BOUND = "http://127.0.0.1:8000"
WAYS = [(transport, era) for transport in ("stdio", "http") for era in ("auto", "legacy")]


def walk() -> list[Any]:
    """Every sending by every way; in the default run every second sending by one way."""
    return [
        pytest.param(
            sending,
            *way,
            id=f"{sending}-{'-'.join(way)}",
            marks=()
            if at % 2 == 0 and (at // 2 + beside) % len(WAYS) == 0
            else pytest.mark.redteam("canaries"),
        )
        for at, sending in enumerate(SENDINGS)
        for beside, way in enumerate(WAYS)
    ]


Give = Callable[[Any, str, str], Awaitable[list[str]]]
"""Fills in the form whose link an answer holds; what its pages then show."""


@asynccontextmanager
async def reached(
    serve: Any, visit: Any, transport: str, era: str, **settings: Any
) -> AsyncIterator[tuple[Served, Give]]:
    async def fill_in(page: Visitor, label: str, value: str, **headers: str) -> list[str]:
        answered = await page.give({label: value}, **headers)
        assert answered.status_code == 200, page.seen
        return [one.text for one in page.pages]

    if transport == "stdio":
        served = await serve(era=era, patience_s=0.0, **settings)
        yield served, lambda asked, label, value: fill_in(visit(asked), label, value)
        return
    async with (
        application(**settings) as running,
        running.client(era) as served,
        running.http() as http,
    ):

        async def give(asked: Any, label: str, value: str) -> list[str]:
            page = Visitor(http, link_in(asked).replace(BOUND, running.root))
            return await fill_in(page, label, value, origin=BOUND)

        yield served, give


def timing_out(served: Served) -> Callable[[], Awaitable[None]]:
    """What the control plane does with a write: it takes it, and does not answer in time."""

    async def keep_silent() -> None:
        await anyio.lowlevel.checkpoint()
        if served.plane.arrived[-1].method != "GET":
            raise httpx2.ReadTimeout("no answer in time")

    return keep_silent


def placed(kind: Kind, reference: str, name: str, place: Any) -> str:
    """A reference that leads to a secret of this kind, wherever such references lead."""
    monkeypatch, directory, ring = place
    if reference == "env":
        name = f"CLICKPIPES_SECRET_{name.upper().replace('-', '_')}"
        monkeypatch.setenv(name, kind.value)
    elif reference == "file":
        (directory / name).write_text(kind.value)
    elif reference == "keyring":
        ring.held[KEYRING, name] = kind.value
    return f"${{{reference}:{name}}}"


def told_by(result: Any) -> str:
    return said(result) + json.dumps(result.structured_content) + repr(result)


@pytest.mark.parametrize(("sending", "transport", "era"), walk())
async def test_a_secret_shows_in_the_one_request_only(
    serve, visit, monkeypatch, tmp_path, caplog, ring, sending: Sending, transport, era
) -> None:
    caplog.set_level(logging.DEBUG)
    kind = KINDS[sending.kind]
    secrets, kept = tmp_path / "secrets", tmp_path / "state"
    secrets.mkdir()
    kept.mkdir(0o700)
    journal = kept / "journal.jsonl"
    seen: dict[str, str] = {}
    ends: dict[str, set[bool]] = {}
    async with reached(
        serve,
        visit,
        transport,
        era,
        consent="dangerously-off",
        journal=journal,
        secrets_dir=secrets,
        state_directory=kept,
    ) as (served, give):
        served.listens = True
        target = {}
        if sending.is_update:
            target = {"clickpipe": await served.pipe(BODY_OF[sending.key])}
        for reference in REFERENCES:
            for ending, faults in ENDINGS.items():
                name = f"{reference}-{ending}"
                written = placed(kind, reference, name, (monkeypatch, secrets, ring))
                arguments = {**sending.arguments(written, name), **target}
                before = len(served.plane.arrived)
                if reference == "ask":
                    first = await served.call(sending.tool, **arguments)
                    seen[f"{name} pages"] = "".join(await give(first, name, kind.value))
                    seen[f"{name} asked"] = told_by(first)
                served.plane.app.state.faults.replace(faults(kind))
                served.plane.before_answering = (
                    timing_out(served) if ending == "timeout" else anyio.lowlevel.checkpoint
                )
                result = await served.call(sending.tool, **arguments)
                seen[name] = told_by(result)
                bodies = [json.dumps(one.body) for one in served.plane.arrived[before:]]
                # A read that was not answered is repeated as it was.
                sent = {body for body in bodies if any(sign in body for sign in kind.signs)}
                assert len(sent) == 1, (name, said(result))
                ends.setdefault(ending, set()).add(bool(result.is_error))
                served.plane.app.state.faults.replace(())
                served.clock.advance(60)
    seen["log"] = caplog.text + "".join(str(record.__dict__) for record in caplog.records)
    seen["progress"] = repr(served.progress)
    seen |= files(kept)
    found = [place for place, text in seen.items() if any(sign in text for sign in kind.signs)]
    attempts_table.count(0, sightings=len(found))
    assert found == []
    assert ends["success"] == {False}
    assert ends["refusal"] == {True}
    assert ends["timeout"] == {True}
    assert journal.exists() or sending.tool == "discover_source_schema"


def files(directory: Path) -> dict[str, str]:
    """What stands below a directory, names included."""
    return {
        str(one): f"{one}\n{one.read_bytes().decode(errors='replace')}"
        for one in directory.rglob("*")
        if one.is_file()
    }
