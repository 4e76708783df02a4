"""A yes is to one operation on the pipe as it was shown; anything else is asked anew."""

from typing import Any

import anyio
import pytest
from mcp_types import CallToolResult, ElicitRequestParams, ElicitResult, InputRequiredResult

from clickpipes_mcp.simulator import Fault
from tests.consent.test_gate import DANGERS
from tests.rounds import answers_to
from tests.serving import (
    KAFKA,
    MONGODB,
    PIPES,
    POSTGRES,
    SERVICE,
    SHARED_KEY,
    Served,
    answering,
    error,
    facts,
    telling,
)

pytestmark = pytest.mark.anyio

NAME = "orders to clickhouse"
NAMED = {"name": NAME}


async def test_consent_goes_stale_when_the_pipe_changes_meanwhile(serve, era) -> None:
    answers = iter(["accept", "decline"])
    messages = []

    async def stops_it_first(asked: ElicitRequestParams) -> ElicitResult:
        messages.append(asked.message)
        if len(messages) == 1:
            await served.command(pipe, "stop")
            served.clock.advance(60)
        return ElicitResult(action=next(answers), content={"name": NAME})

    served = await serve(era=era, person=stops_it_first)
    pipe = await served.pipe(KAFKA | NAMED)

    result = await served.call("delete_clickpipe", clickpipe=pipe)

    assert error(result)["code"] in {"consent_stale", "consent_denied"}
    assert served.plane.writes == []
    assert len(set(messages)) == len(messages), "asked again only because the facts changed"


async def test_a_pipe_renamed_meanwhile_is_not_deleted_under_its_old_name(serve, era) -> None:
    async def renames_it_first(_: ElicitRequestParams) -> ElicitResult:
        await served.plane.by_somebody_else("PATCH", f"{PIPES}/{pipe}", {"name": "another"})
        return ElicitResult(action="accept", content={"name": NAME})

    served = await serve(era=era, person=renames_it_first)
    pipe = await served.pipe(KAFKA | NAMED)

    result = await served.call("delete_clickpipe", clickpipe=pipe)

    assert result.is_error
    assert served.plane.writes == []


async def test_a_pipe_deleted_meanwhile_is_reported_as_such(serve, era) -> None:
    async def deletes_it_first(_: ElicitRequestParams) -> ElicitResult:
        await served.plane.by_somebody_else("DELETE", f"{PIPES}/{pipe}")
        served.clock.advance(60)
        return ElicitResult(action="accept", content={"name": NAME})

    served = await serve(era=era, person=deletes_it_first)
    pipe = await served.pipe(KAFKA | NAMED)

    result = await served.call("delete_clickpipe", clickpipe=pipe)

    assert error(result)["code"] == "unknown_clickpipe"
    assert served.plane.writes == []


async def test_a_pipe_that_runs_by_now_is_not_paused_because_nobody_was_asked(serve, era) -> None:
    async def starts_at_the_second_look() -> None:
        nonlocal looks
        looks += served.plane.arrived[-1].path == PIPES
        if looks == 2:
            looks += 1
            await served.command(pipe, "start")
            served.clock.advance(60)

    served = await serve(era=era)
    pipe = await served.pipe(POSTGRES, state="stopped")
    looks, served.plane.before_answering = 0, starts_at_the_second_look

    refusal = error(
        await served.call(
            "update_clickpipe",
            clickpipe=pipe,
            source={"settings": {"sync_interval_seconds": 30}},
            pause_if_needed=True,
            resume=True,
        )
    )

    assert refusal["code"] == "consent_stale"
    assert "a person has to agree" in refusal["problem"]
    assert served.plane.writes == []


async def _first_round(served: Served, arguments: dict[str, Any]) -> InputRequiredResult:
    asked = await served.client.session.call_tool(
        "stop_clickpipe", arguments, allow_input_required=True
    )
    assert isinstance(asked, InputRequiredResult)
    return asked


async def test_an_answer_replayed_after_the_pipe_was_started_again_does_nothing(serve) -> None:
    served = await serve(person=answering("decline"))
    pipe = await served.pipe(KAFKA | NAMED)
    arguments = {"clickpipe": pipe, "service": SERVICE}
    asked = await _first_round(served, arguments)
    answered = answers_to(asked, choice="stop it")
    await served.client.session.call_tool("stop_clickpipe", arguments, **answered)
    assert len(served.plane.writes) == 1
    served.clock.advance(60)
    await served.command(pipe, "start")
    served.clock.advance(60)

    replayed = await served.client.session.call_tool("stop_clickpipe", arguments, **answered)

    assert isinstance(replayed, InputRequiredResult) or replayed.is_error
    assert len(served.plane.writes) == 1


async def test_an_answer_without_the_question_before_it_is_no_consent(serve) -> None:
    served = await serve(person=answering("decline"))
    pipe = await served.pipe(KAFKA | NAMED)
    arguments = {"clickpipe": pipe, "service": SERVICE}
    asked = await _first_round(served, arguments)
    answered = answers_to(asked, choice="stop it") | {"request_state": None}

    result = await served.client.session.call_tool("stop_clickpipe", arguments, **answered)

    assert isinstance(result, InputRequiredResult)
    assert served.plane.writes == []


async def test_an_answer_that_arrives_twice_at_once_does_it_once(serve) -> None:
    served = await serve(person=answering("decline"))
    pipe = await served.pipe(KAFKA | NAMED)
    arguments = {"clickpipe": pipe, "service": SERVICE}
    asked = await _first_round(served, arguments)
    answered = answers_to(asked, choice="stop it")
    codes = []

    async def arrive() -> None:
        result = await served.client.session.call_tool("stop_clickpipe", arguments, **answered)
        if isinstance(result, InputRequiredResult):
            codes.append("asked anew")
        else:
            codes.append(error(result)["code"] if result.is_error else "done")

    async with anyio.create_task_group() as both:
        both.start_soon(arrive)
        both.start_soon(arrive)

    assert sorted(codes) in (["asked anew", "done"], ["consent_stale", "done"])
    assert len(served.plane.writes) == 1


SHARED = {"http_key": SHARED_KEY}


@pytest.mark.parametrize("keys", [{}, SHARED], ids=["own key", "shared key"])
async def test_a_yes_to_what_then_failed_can_be_given_again_at_once(serve, era, keys) -> None:
    refused = Fault(kind="status", status=403, method="PATCH", times=1)
    person = answering("accept", choice="stop it")
    served = await serve(era=era, person=person, simulator={"faults": (refused,)}, **keys)
    pipe = await served.pipe(KAFKA | NAMED)

    assert error(await served.call("stop_clickpipe", clickpipe=pipe))["code"] == "not_authorized"
    facts(await served.call("stop_clickpipe", clickpipe=pipe))


async def test_a_yes_to_what_may_have_happened_is_not_given_back(serve) -> None:
    lost = Fault(kind="reset", method="PATCH", times=1, when="after")
    served = await serve(person=answering("decline"), simulator={"faults": (lost,)}, **SHARED)
    pipe = await served.pipe(KAFKA | NAMED)
    arguments = {"clickpipe": pipe, "service": SERVICE}
    answered = answers_to(await _first_round(served, arguments), choice="stop it")

    first = await served.client.session.call_tool("stop_clickpipe", arguments, **answered)
    second = await served.client.session.call_tool("stop_clickpipe", arguments, **answered)

    assert isinstance(first, CallToolResult)
    assert isinstance(second, InputRequiredResult) or second.is_error
    assert len(served.plane.writes) == 1


BEHIND_A_MASK = {
    "the host": {"uri": "mongodb://h2.example.com:27017/?retryWrites&appName=me@corp"},
    "a mark that cannot be seen": {"uri": "mongodb://h1\u200b.example.com:27017/"},
    "a secret parameter": {"uri": "mongodb://h1/?authMechanismProperties=AWS_SESSION_TOKEN:b"},
    "a login": {"uri": "mongodb://reader:other@h1.example.com/"},
    "what is cut": {"uri": f"mongodb://h1.example.com/?{'a' * 5000}b"},
    "a secret": {"credentials": {"username": "reader", "password": "other"}},
}
AS_ASKED = {
    **BEHIND_A_MASK,
    "the host": {"uri": "mongodb://h1.example.com:27017/?retryWrites&appName=me@corp"},
    "a mark that cannot be seen": {"uri": "mongodb://h1.example.com:27017/"},
    "a secret parameter": {"uri": "mongodb://h1/?authMechanismProperties=AWS_SESSION_TOKEN:a"},
    "a login": {"uri": "mongodb://reader:word@h1.example.com/"},
    "what is cut": {"uri": f"mongodb://h1.example.com/?{'a' * 5000}"},
    "a secret": {"credentials": {"username": "reader", "password": "word"}},
}


@pytest.mark.parametrize("what", BEHIND_A_MASK)
async def test_a_yes_does_not_outlive_a_change_that_no_answer_shows(serve, era, what) -> None:
    """Nothing else of the pipe changes, not even the time of its last change."""

    async def changes_it_first(asked: ElicitRequestParams) -> ElicitResult:
        messages.append(asked.message)
        held.update(BEHIND_A_MASK[what])
        return ElicitResult(action=next(answers), content={"name": MONGODB["name"]})

    answers, messages, held = iter(["accept", "decline"]), list[str](), dict(AS_ASKED[what])
    served = await serve(era=era, person=changes_it_first)
    pipe = await served.pipe(MONGODB)
    served.plane.retell = telling({"mongodb": held})

    result = await served.call("delete_clickpipe", clickpipe=pipe)

    assert error(result)["code"] in {"consent_stale", "consent_denied"}
    assert served.plane.writes == []
    assert not any(word in " ".join(messages) for word in ("reader:", "TOKEN:", "other", "word"))


@pytest.mark.parametrize("nth", range(1, 6))
@pytest.mark.parametrize("danger", DANGERS.values(), ids=DANGERS)
async def test_a_yes_makes_one_write_at_most_wherever_its_call_is_cancelled(
    serve, visit, era, danger, nth
) -> None:
    served = await serve(era=era, patience_s=0.0)
    pipe = await served.pipe(danger.body, state=danger.state)

    async def call() -> CallToolResult:
        return await served.call(danger.tool, clickpipe=pipe, **danger.arguments)

    await visit(await call()).agree(**danger.right)
    before = len(served.plane.arrived)
    with anyio.CancelScope() as cancelled:

        async def cancel_in_time() -> None:
            if len(served.plane.arrived) == before + nth:
                cancelled.cancel()
                await anyio.wait_all_tasks_blocked()

        served.plane.before_answering = cancel_in_time
        await call()
    served.plane.before_answering = anyio.lowlevel.checkpoint
    for _ in range(2):
        await call()
    assert cancelled.cancelled_caught
    assert len(served.plane.writes) <= 1
