"""Creations whose answer never came: one pipe all the same, and the truth about it."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from clickpipes_mcp.cloud.transport import Timeouts
from clickpipes_mcp.journal import Journal
from clickpipes_mcp.simulator import DEFAULT_SERVICE_ID, Fault
from tests.faults.processes import PATIENCE_S
from tests.serving import KAFKA, PIPES, Served, error, facts, said

pytestmark = pytest.mark.anyio
NAME = KAFKA["name"]


class Unanswering:
    """A control plane whose first creation takes effect and is never answered."""

    def __init__(self, app: Any) -> None:
        self.app, self.state = app, app.state
        self.took_effect = anyio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["method"] == "POST" and not self.took_effect.is_set():
            await self.app(scope, receive, _unheard)
            self.took_effect.set()
            await anyio.sleep_forever()
        await self.app(scope, receive, send)


async def _unheard(_: Any) -> None:
    pass


def silenced(served: Served) -> Unanswering:
    served.plane.app = Unanswering(served.plane.app)
    return served.plane.app


async def until(condition: Callable[[], bool]) -> None:
    with anyio.fail_after(PATIENCE_S):
        while not condition():
            await anyio.lowlevel.checkpoint()


async def cancelled_creation(served: Served) -> None:
    plane = silenced(served)
    async with anyio.create_task_group() as calls:

        async def create() -> None:
            await served.call("create_kafka_clickpipe", **KAFKA)

        calls.start_soon(create)
        await plane.took_effect.wait()
        calls.cancel_scope.cancel()


def outcomes(journal: Any) -> list[str]:
    lines = journal.read_text().splitlines() if journal.exists() else []
    return [json.loads(line).get("outcome", "intent") for line in lines]


async def test_silence_until_the_deadline_makes_no_second_pipe(serve, monkeypatch) -> None:
    served = await serve()
    plane, loop, results = silenced(served), asyncio.get_running_loop(), []

    async def create() -> None:
        results.append(await served.call("create_kafka_clickpipe", **KAFKA))

    async with anyio.create_task_group() as calls:
        calls.start_soon(create)
        await plane.took_effect.wait()
        late = loop.time() + Timeouts().write_s
        monkeypatch.setattr(loop, "time", lambda: late)
    (result,) = results

    assert "It was not sent twice." in said(result)
    assert len(served.plane.writes) == 1
    assert len(await served.pipes()) == 1


async def test_what_is_made_differently_after_a_lost_answer_is_a_conflict_that_was_sent(
    serve,
) -> None:
    silence = Fault(kind="status", method="POST", status=500, times=1)
    served = await serve(simulator={"faults": (silence,)})
    table = KAFKA["destination"] | {"table": "another_table"}
    seen: list[str] = []

    async def somebody_makes_another() -> None:
        if served.plane.writes and not served.plane.arrived[-1].is_write and not seen:
            seen.append("looked")
            await served.plane.by_somebody_else("POST", PIPES, KAFKA | {"destination": table})

    served.plane.before_answering = somebody_makes_another

    refusal = error(await served.call("create_kafka_clickpipe", **KAFKA))

    assert refusal["code"] == "conflict"
    assert refusal["problem"].endswith(
        "is set up differently in: destination.table. The create was sent, its answer was lost, "
        "and it may still take effect."
    )
    assert len(served.plane.writes) == 1


async def test_a_cancelled_creation_leaves_a_line_in_the_journal(serve, tmp_path) -> None:
    journal = tmp_path / "journal.jsonl"
    served = await serve(journal=journal)

    await cancelled_creation(served)

    await until(lambda: outcomes(journal) == ["intent", "unknown"])


async def test_a_creation_repeated_after_it_was_cancelled_is_adopted(serve, tmp_path) -> None:
    journal = tmp_path / "journal.jsonl"
    served = await serve(journal=journal)
    await cancelled_creation(served)

    adopted = facts(await served.call("create_kafka_clickpipe", **KAFKA))

    assert "was adopted" in adopted["summary"]
    assert len(served.plane.writes) == 1
    assert outcomes(journal) == ["intent", "unknown", "adopted"]


async def test_a_cancelled_read_leaves_nothing_behind(serve, tmp_path) -> None:
    journal = tmp_path / "journal.jsonl"
    served = await serve(journal=journal)
    arrived, gone = anyio.Event(), anyio.Event()

    async def hold() -> None:
        arrived.set()
        try:
            await anyio.sleep_forever()
        finally:
            gone.set()

    served.plane.before_answering = hold
    async with anyio.create_task_group() as calls:

        async def read() -> None:
            await served.call("list_clickpipes")

        calls.start_soon(read)
        await arrived.wait()
        calls.cancel_scope.cancel()

    with anyio.fail_after(PATIENCE_S):
        await gone.wait()
    assert not journal.exists()


def interrupted(path: Any, served: Served, *, ago_s: float = 1.0) -> None:
    """The line that a server leaves which is killed after it sent a creation."""
    Journal(path, served.clock).intent(
        tool="create_kafka_clickpipe",
        operation="create",
        service_id=DEFAULT_SERVICE_ID,
        name=NAME,
    )
    served.clock.advance(ago_s)


async def test_a_pipe_that_appears_late_is_waited_for_and_adopted(serve, tmp_path) -> None:
    journal = tmp_path / "journal.jsonl"
    served = await serve(journal=journal)
    served.listens = True
    interrupted(journal, served)
    looks = 0

    async def appears_at_the_third_look() -> None:
        nonlocal looks
        looks += served.plane.arrived[-1].path == PIPES
        if looks == 3:
            looks += 1
            await served.plane.by_somebody_else("POST", PIPES, KAFKA)

    served.plane.before_answering = appears_at_the_third_look

    adopted = facts(await served.call("create_kafka_clickpipe", **KAFKA))

    assert "An earlier attempt, whose answer was lost, had created it." in adopted["warnings"]
    assert served.plane.writes == []
    assert served.progress[0][2] == "looking whether the pipe was created after all"
    assert outcomes(journal) == ["intent", "adopted"]


async def test_nothing_is_sent_while_an_earlier_attempt_may_take_effect(serve, tmp_path) -> None:
    journal = tmp_path / "journal.jsonl"
    served = await serve(journal=journal)
    interrupted(journal, served)

    refusal = error(await served.call("create_kafka_clickpipe", **KAFKA))

    assert (refusal["code"], refusal["retryable"]) == ("temporary", True)
    assert "254 s from now at the latest" in refusal["fix"]
    assert served.plane.writes == []


async def test_a_patience_that_cannot_be_used_up_exactly_ends_all_the_same(serve, tmp_path) -> None:
    journal = tmp_path / "journal.jsonl"
    served = await serve(journal=journal)
    served.clock.advance(128 / 7)  # from here the pauses add up to a hair less than the patience
    interrupted(journal, served)

    with anyio.fail_after(PATIENCE_S):
        refusal = error(await served.call("create_kafka_clickpipe", **KAFKA))

    assert refusal["code"] == "temporary"


async def test_an_earlier_attempt_is_forgotten_when_it_cannot_take_effect_any_more(
    serve, tmp_path
) -> None:
    journal = tmp_path / "journal.jsonl"
    served = await serve(journal=journal)
    interrupted(journal, served, ago_s=301.0)

    facts(await served.call("create_kafka_clickpipe", **KAFKA))

    assert len(served.plane.writes) == 1
    assert outcomes(journal) == ["intent", "absent", "intent", "done"]


async def test_an_attempt_at_another_name_is_nothing_to_wait_for(serve, tmp_path) -> None:
    journal = tmp_path / "journal.jsonl"
    served = await serve(journal=journal)
    interrupted(journal, served)

    facts(await served.call("create_kafka_clickpipe", **KAFKA | {"name": "another"}))

    assert len(served.plane.writes) == 1


async def test_a_dry_run_does_not_wait_for_an_earlier_attempt(serve, tmp_path) -> None:
    journal = tmp_path / "journal.jsonl"
    served = await serve(journal=journal)
    interrupted(journal, served)
    before = served.clock.monotonic()

    facts(await served.call("create_kafka_clickpipe", **KAFKA, dry_run=True))

    assert served.clock.monotonic() == before
    assert outcomes(journal) == ["intent"]
