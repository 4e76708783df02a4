"""Creations of private endpoints whose answer never came: one endpoint, and the truth about it."""

import json
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from clickpipes_mcp.private_endpoints import EXAMPLES
from clickpipes_mcp.simulator import Fault
from tests.serving import Served, error, facts
from tests.tools.network.endpoints import ENDPOINTS, ON, body_of

pytestmark = pytest.mark.anyio

VPC, RESOURCE, _, _ = EXAMPLES.values()
SILENCE = Fault(kind="status", method="POST", status=500, times=1)


def outcomes(journal) -> list[str]:
    lines = journal.read_text().splitlines()
    return [json.loads(line).get("outcome", "intent") for line in lines]


LOST_ANSWERS = {
    "cut": Fault(kind="reset", method="POST", when="after", times=1),
    "server error": Fault(kind="status", method="POST", when="after", status=500, times=1),
    "half an answer": Fault(kind="truncate", method="POST", times=1),
}


@pytest.mark.parametrize("fault", LOST_ANSWERS.values(), ids=LOST_ANSWERS)
async def test_an_endpoint_whose_answer_was_lost_is_found_and_not_sent_twice(serve, fault) -> None:
    served = await serve(**ON, simulator={"faults": (fault,)})

    made = facts(await served.call("create_private_endpoint", **VPC))

    assert "not sent twice" in made["warnings"][0]
    assert len(served.plane.writes) == 1


async def test_an_endpoint_that_cannot_be_found_may_still_appear(serve) -> None:
    fault = Fault(kind="status", method="POST", status=500, times=1)
    served = await serve(**ON, simulator={"faults": (fault,)})

    failure = error(await served.call("create_private_endpoint", **VPC))

    assert failure["code"] == "api_failure"
    assert failure["next_actions"][0]["tool"] == "list_private_endpoints"
    assert len(served.plane.writes) == 1


async def test_when_the_list_cannot_be_read_either_the_first_error_is_told(serve) -> None:
    fault = Fault(kind="status", method="POST", when="after", status=500, times=1)
    served = await serve(**ON, simulator={"faults": (fault,)})

    async def break_down() -> None:
        if served.plane.writes and not served.plane.arrived[-1].is_write:
            raise ConnectionError

    served.plane.before_answering = break_down

    failure = error(await served.call("create_private_endpoint", **VPC))

    assert "could not be read either" in failure["problem"]
    assert "create_private_endpoint" in failure["problem"]
    assert len(served.plane.writes) == 1


class Unanswering:
    """A control plane whose first creation takes effect, if it does, and is never answered."""

    def __init__(self, app: Any, *, acts: bool) -> None:
        self.app, self.state, self._acts = app, app.state, acts
        self.is_silent = anyio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["method"] == "POST" and not self.is_silent.is_set():
            if self._acts:
                await self.app(scope, receive, _unheard)
            self.is_silent.set()
            await anyio.sleep_forever()
        await self.app(scope, receive, send)


async def _unheard(_: Any) -> None:
    pass


async def cancelled_creation(served: Served, *, acts: bool, **arguments: Any) -> None:
    plane = served.plane.app = Unanswering(served.plane.app, acts=acts)
    async with anyio.create_task_group() as calls:

        async def create() -> None:
            await served.call("create_private_endpoint", **arguments)

        calls.start_soon(create)
        await plane.is_silent.wait()
        calls.cancel_scope.cancel()


async def until_journaled(journal) -> None:
    with anyio.fail_after(60.0):
        while outcomes(journal) != ["intent", "unknown"]:
            await anyio.lowlevel.checkpoint()


async def test_a_creation_repeated_after_it_was_cancelled_is_adopted(serve, tmp_path) -> None:
    journal = tmp_path / "journal.jsonl"
    served = await serve(**ON, journal=journal)
    await cancelled_creation(served, acts=True, **VPC)
    await until_journaled(journal)

    adopted = facts(await served.call("create_private_endpoint", **VPC))

    assert "was adopted" in adopted["summary"]
    assert len(served.plane.writes) == 1
    assert outcomes(journal) == ["intent", "unknown", "adopted"]


@pytest.mark.parametrize("change", [{}, {"description": "another"}], ids=["same", "described anew"])
async def test_nothing_is_sent_while_a_cancelled_creation_may_take_effect(
    serve, tmp_path, change
) -> None:
    journal = tmp_path / "journal.jsonl"
    served = await serve(**ON, journal=journal)
    await cancelled_creation(served, acts=False, **RESOURCE)
    await until_journaled(journal)

    refusal = error(await served.call("create_private_endpoint", **(RESOURCE | change)))

    assert (refusal["code"], refusal["retryable"]) == ("temporary", True)
    assert "255 s from now at the latest" in refusal["fix"]
    assert refusal["next_actions"][0]["tool"] == "list_private_endpoints"
    assert len(served.plane.writes) == 1


async def interrupted(serve, tmp_path, *, acts: bool, ago_s: float = 1.0):
    """A server that finds the line of one which was killed after it sent a creation.

    The line is left as the killed server wrote it: an intent without an outcome.
    """
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    killed = await serve(**ON, journal=first)
    await killed.call("create_private_endpoint", **VPC)
    second.write_text(first.read_text().splitlines()[0] + "\n")
    served = await serve(**ON, journal=second)
    if acts:
        await served.plane.by_somebody_else("POST", ENDPOINTS, body_of(VPC))
    served.clock.advance(ago_s)
    return served, second


async def test_an_endpoint_that_a_killed_server_made_is_adopted(serve, tmp_path) -> None:
    served, journal = await interrupted(serve, tmp_path, acts=True)

    adopted = facts(await served.call("create_private_endpoint", **VPC))

    assert "was adopted" in adopted["summary"]
    assert served.plane.writes == []
    assert outcomes(journal) == ["intent", "adopted"]


async def test_an_endpoint_that_appears_late_is_waited_for_and_adopted(serve, tmp_path) -> None:
    served, journal = await interrupted(serve, tmp_path, acts=False)
    served.listens = True
    looks = 0

    async def appears_at_the_third_look() -> None:
        nonlocal looks
        looks += served.plane.arrived[-1].path == ENDPOINTS
        if looks == 3:
            looks += 1
            await served.plane.by_somebody_else("POST", ENDPOINTS, body_of(VPC))

    served.plane.before_answering = appears_at_the_third_look

    adopted = facts(await served.call("create_private_endpoint", **VPC))

    assert "An earlier attempt, whose answer was lost, had created it." in adopted["warnings"]
    assert served.progress[0][2] == "looking whether the endpoint was created after all"
    assert served.plane.writes == []
    assert outcomes(journal) == ["intent", "adopted"]


async def test_nothing_is_sent_while_a_killed_servers_attempt_may_take_effect(
    serve, tmp_path
) -> None:
    served, journal = await interrupted(serve, tmp_path, acts=False)

    refusal = error(await served.call("create_private_endpoint", **VPC))

    assert refusal["code"] == "temporary"
    assert "254 s from now at the latest" in refusal["fix"]
    assert served.plane.writes == []
    assert outcomes(journal) == ["intent"]


async def test_an_attempt_is_forgotten_when_it_cannot_take_effect_any_more(serve, tmp_path) -> None:
    served, journal = await interrupted(serve, tmp_path, acts=False, ago_s=301.0)

    facts(await served.call("create_private_endpoint", **VPC))

    assert len(served.plane.writes) == 1
    assert outcomes(journal) == ["intent", "absent", "intent", "done"]


async def test_an_attempt_at_another_place_is_nothing_to_wait_for(serve, tmp_path) -> None:
    served, _ = await interrupted(serve, tmp_path, acts=False)
    name = "com.amazonaws.vpce.us-east-1.vpce-svc-76543210987654321"

    facts(await served.call("create_private_endpoint", **VPC | {"vpc_endpoint_service_name": name}))

    assert len(served.plane.writes) == 1


async def test_a_dry_run_does_not_wait_for_an_earlier_attempt(serve, tmp_path) -> None:
    served, journal = await interrupted(serve, tmp_path, acts=False)
    before = served.clock.monotonic()

    facts(await served.call("create_private_endpoint", **VPC, dry_run=True))

    assert served.clock.monotonic() == before
    assert outcomes(journal) == ["intent"]


def at_the_first_look_after_the_creation(served: Served, happens: Any) -> None:
    seen: list[str] = []

    async def look() -> None:
        if served.plane.writes and not served.plane.arrived[-1].is_write and not seen:
            seen.append("looked")
            await happens()

    served.plane.before_answering = look


async def test_what_is_made_differently_after_a_lost_answer_is_a_conflict_that_was_sent(
    serve,
) -> None:
    served = await serve(**ON, simulator={"faults": (SILENCE,)})
    other = body_of(RESOURCE | {"description": "of somebody else"})
    at_the_first_look_after_the_creation(
        served, lambda: served.plane.by_somebody_else("POST", ENDPOINTS, other)
    )

    refusal = error(await served.call("create_private_endpoint", **RESOURCE))

    assert refusal["code"] == "conflict"
    assert refusal["problem"].endswith(
        "is set up differently in: description. The create was sent, its answer was lost, and it "
        "may still take effect."
    )
    assert len(served.plane.writes) == 1


async def test_an_endpoint_that_failed_before_it_was_found_is_told_of(serve) -> None:
    served = await serve(**ON, simulator={"faults": (LOST_ANSWERS["server error"],)})

    async def an_hour_passes() -> None:
        served.clock.advance(3600)

    at_the_first_look_after_the_creation(served, an_hour_passes)

    made = facts(
        await served.call("create_private_endpoint", **VPC | {"description": "failed broker"})
    )

    assert made["endpoint"]["status"] == "Failed"
    assert "could not be set up" in made["summary"]


async def test_what_the_api_answered_with_an_error_is_sent_again_soon(serve) -> None:
    served = await serve(**ON, simulator={"faults": (SILENCE,)})
    error(await served.call("create_private_endpoint", **VPC))
    before = served.clock.monotonic()

    facts(await served.call("create_private_endpoint", **VPC))

    assert len(served.plane.writes) == 2
    assert 0 < served.clock.monotonic() - before <= 30
