"""Editing a database pipe that runs: paused, changed and left as it was, each step told."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from mcp_types import ElicitRequestFormParams, ElicitRequestParams, ElicitResult

from clickpipes_mcp.simulator import Fault
from clickpipes_mcp.tools.updating.plans import MAY_FOLLOW
from tests.serving import (
    BIGQUERY,
    MONGODB,
    MYSQL,
    PIPES,
    POSTGRES,
    SERVICE,
    Served,
    answering,
    error,
    facts,
    said,
)

pytestmark = pytest.mark.anyio

CHANGE_IT = answering("accept", choice="make the change")
TYPES_THE_NAME = answering("accept", name=POSTGRES["name"])
ADDED = {"sourceSchemaName": "public", "sourceTable": "items", "targetTable": "public_items"}
SYNC = {"source": {"settings": {"sync_interval_seconds": 30}}}
UNREACHABLE = {
    "source": {
        "host": "unreachable.example.com",
        "credentials": {"username": "reader", "password": "${env:CLICKPIPES_SECRET_PG}"},
        "settings": {"sync_interval_seconds": 30},
    }
}
STOP = {"command": "stop"}


@dataclass
class Watched:
    """A person who remembers the questions and answers them by what they ask for."""

    name: str = ""
    questions: list[str] = field(default_factory=list)

    async def __call__(self, asked: ElicitRequestParams) -> ElicitResult:
        assert isinstance(asked, ElicitRequestFormParams)
        self.questions.append(asked.message)
        typed = "name" in asked.requested_schema["properties"]
        content = {"name": self.name} if typed else {"choice": "make the change"}
        return ElicitResult(action="accept", content=content)


async def edited(served: Served, pipe: str, change: dict[str, Any], **more: Any) -> Any:
    """The result of an edit that may pause the pipe."""
    return await served.call(
        "update_clickpipe", clickpipe=pipe, pause_if_needed=True, **change, **more
    )


def sent(served: Served) -> list[Any]:
    """The bodies of what was sent, state commands as their word."""
    return [
        write.body["command"] if write.path.endswith("/state") else write.body
        for write in served.plane.writes
    ]


BODIES = [POSTGRES, MYSQL, MONGODB]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body["name"])
async def test_a_running_pipe_is_paused_changed_and_runs_again(serve, era, body) -> None:
    served = await serve(era=era, person=CHANGE_IT)
    pipe = await served.pipe(body)

    changed = facts(await edited(served, pipe, SYNC))

    arm = next(iter(body["source"]))
    patch = {"source": {arm: {"settings": {"syncIntervalSeconds": 30}}}}
    assert sent(served) == ["stop", patch]
    assert [row["step"] for row in changed["steps"]] == [
        "pause",
        "wait for Paused",
        "update",
        "run again",
    ]
    assert changed["clickpipe"]["state"] == "Modifying"
    assert (await served.pipes())[pipe]["state"] == "Running"
    assert (await served.pipes())[pipe]["source"][arm]["settings"]["syncIntervalSeconds"] == 30


async def test_a_paused_pipe_is_paused_again_after_the_api_resumed_it(serve, era) -> None:
    served = await serve(era=era, person=CHANGE_IT)
    pipe = await served.pipe(POSTGRES, state="stopped")

    changed = facts(await edited(served, pipe, SYNC))

    assert sent(served)[-1] == "stop"
    assert changed["steps"][-1] == {"step": "wait for Paused", "outcome": "Paused"}
    assert changed["clickpipe"]["state"] == "Paused"
    assert (await served.pipes())[pipe]["state"] == "Paused"


async def test_it_is_left_running_where_that_is_wanted_and_nobody_is_asked(serve, era) -> None:
    async def nobody(_: ElicitRequestParams) -> ElicitResult:
        raise AssertionError

    served = await serve(era=era, person=nobody)
    pipe = await served.pipe(POSTGRES, state="stopped")

    await edited(served, pipe, SYNC, resume=True)

    assert [body for body in sent(served) if isinstance(body, str)] == []
    assert (await served.pipes())[pipe]["state"] == "Running"


async def test_a_running_pipe_is_left_paused_where_that_is_wanted(serve) -> None:
    served = await serve(person=CHANGE_IT)
    pipe = await served.pipe(POSTGRES)

    await edited(served, pipe, SYNC, resume=False)

    assert (await served.pipes())[pipe]["state"] == "Paused"


async def test_resume_without_pausing_is_refused(serve) -> None:
    served = await serve()
    pipe = await served.pipe(POSTGRES)

    refusal = error(await served.call("update_clickpipe", clickpipe=pipe, name="x", resume=True))

    assert refusal["problems"][0]["field"] == "resume"


async def test_the_question_names_the_pause_and_how_it_ends(serve, era) -> None:
    person = Watched()
    served = await serve(era=era, person=person)

    await edited(served, await served.pipe(POSTGRES), SYNC)

    assert len(person.questions) == 1
    assert person.questions[0].startswith("Pause and change the ClickPipe")
    assert "Changes: source.settings.sync_interval_seconds" in person.questions[0]
    assert "the pipe is paused; afterwards it runs again" in person.questions[0]


async def test_one_question_names_the_removed_tables_and_the_pause(serve, era) -> None:
    person = Watched(POSTGRES["name"])
    served = await serve(era=era, person=person)
    removed = POSTGRES["source"]["postgres"]["tableMappings"][:1]
    source = POSTGRES["source"]["postgres"] | {"tableMappings": [*removed, ADDED]}
    pipe = await served.pipe(POSTGRES | {"source": {"postgres": source}})

    result = await edited(served, pipe, {"source": {"table_mappings_to_remove": removed}})

    assert not result.is_error, said(result)
    assert len(person.questions) == 1
    assert person.questions[0].startswith("Remove tables from the ClickPipe")
    assert removed[0]["targetTable"] in person.questions[0]
    assert "the pipe is paused" in person.questions[0]
    assert "the replication slot makes grow" in person.questions[0]


async def test_the_question_about_an_added_table_tells_the_table_its_costs_and_the_undoing(
    serve, era
) -> None:
    person = Watched()
    served = await serve(era=era, person=person)

    await edited(
        served, await served.pipe(POSTGRES), {"source": {"table_mappings_to_add": [ADDED]}}
    )

    (asked,) = person.questions
    assert "Tables added: public.items → public_items. They are loaded in full." in asked
    assert "Costs: loading the added tables: $0.10/GB; List prices: " in asked
    assert "the pipe is paused; afterwards it runs again." in asked
    assert "To undo this, remove the added tables again." in asked
    assert "start the pipe again" not in asked
    assert asked.count("To undo this") == 1


async def test_a_pipe_that_is_left_paused_is_started_to_undo_that(serve) -> None:
    person = Watched()
    served = await serve(person=person)

    await edited(served, await served.pipe(POSTGRES), SYNC, resume=False)

    assert "To undo this, set the former value again; start the pipe again." in person.questions[0]


@pytest.mark.parametrize("choice", ["stop it", "make the change.", "leave it as it is", "yes"])
async def test_only_the_exact_choice_makes_the_change(serve, era, choice) -> None:
    served = await serve(era=era, person=answering("accept", choice=choice))

    refusal = error(await edited(served, await served.pipe(POSTGRES), SYNC))

    assert refusal["code"] == "consent_denied"
    assert served.plane.writes == []


@pytest.mark.parametrize("state", ["settled", "stopped"])
async def test_without_a_yes_nothing_is_sent(serve, era, state) -> None:
    served = await serve(era=era, person=answering("accept", choice="leave it as it is"))
    pipe = await served.pipe(POSTGRES, state=state)

    refusal = error(await edited(served, pipe, SYNC))

    assert refusal["code"] == "consent_denied"
    assert served.plane.writes == []


async def test_where_nobody_can_be_asked_nothing_is_sent(serve, era) -> None:
    served = await serve(era=era)
    pipe = await served.pipe(POSTGRES)

    assert error(await edited(served, pipe, SYNC))["code"] == "consent_required"
    assert served.plane.writes == []


async def test_a_token_of_the_chat_pauses_once(serve, era) -> None:
    served = await serve(era=era, consent="chat")
    pipe = await served.pipe(POSTGRES)
    offered = facts(await edited(served, pipe, SYNC))
    token = offered["summary"].partition("confirmation_token=")[2].split()[0]

    result = await edited(served, pipe, SYNC, confirmation_token=token)

    assert not result.is_error, said(result)
    assert sent(served)[0] == "stop"
    assert "already" in facts(await edited(served, pipe, SYNC))["summary"]
    other = {"source": {"settings": {"sync_interval_seconds": 90}}}
    stale = error(await edited(served, pipe, other, confirmation_token=token))
    assert stale["code"] == "consent_stale"


async def test_a_pipe_that_starts_after_nobody_had_to_be_asked_is_not_stopped(serve) -> None:
    """Between the last look and the first step somebody else starts the pipe."""
    served = await serve(consent="ask")
    pipe = await served.pipe(POSTGRES, state="stopped")
    is_started = False

    async def somebody_starts_it() -> None:
        nonlocal is_started
        looks = [one for one in served.plane.arrived if one.path == PIPES]
        if len(looks) == 2 and not is_started:
            is_started = True
            await served.command(pipe, "start")
            served.clock.advance(60)

    served.plane.before_answering = somebody_starts_it
    refusal = error(await edited(served, pipe, SYNC, resume=True))

    assert refusal["code"] == "consent_stale"
    assert served.plane.writes == []


async def test_a_change_of_nothing_pauses_nothing(serve, era) -> None:
    async def nobody(_: ElicitRequestParams) -> ElicitResult:
        raise AssertionError

    served = await serve(era=era, person=nobody)
    body = POSTGRES["source"]["postgres"]
    settings = {"replicationMode": "cdc", "syncIntervalSeconds": 30}
    pipe = await served.pipe(POSTGRES | {"source": {"postgres": body | {"settings": settings}}})

    same = facts(await edited(served, pipe, SYNC))

    assert "already" in same["summary"]
    assert served.plane.writes == []


async def test_a_change_made_already_still_says_how_to_end_as_meant(serve) -> None:
    served = await serve()
    body = POSTGRES["source"]["postgres"]
    settings = {"replicationMode": "cdc", "syncIntervalSeconds": 30}
    pipe = await served.pipe(
        POSTGRES | {"source": {"postgres": body | {"settings": settings}}}, state="stopped"
    )

    same = facts(await edited(served, pipe, SYNC, resume=True))

    assert [action["tool"] for action in same["next_actions"]] == ["start_clickpipe"]
    assert served.plane.writes == []


async def test_a_rename_pauses_nothing(serve) -> None:
    served = await serve()
    pipe = await served.pipe(POSTGRES)

    await edited(served, pipe, {"name": "new"})

    assert sent(served) == [{"name": "new"}]


async def test_a_new_address_is_set_while_the_pipe_is_paused(serve) -> None:
    served = await serve(person=answering("accept", name=POSTGRES["name"]))
    pipe = await served.pipe(POSTGRES)

    await edited(served, pipe, {"source": {"tls_host": "db.example.com"}})

    assert sent(served) == ["stop", {"source": {"postgres": {"tlsHost": "db.example.com"}}}]


async def test_a_completed_pipe_cannot_be_edited_and_nobody_is_asked(serve) -> None:
    async def nobody(_: ElicitRequestParams) -> ElicitResult:
        raise AssertionError

    served = await serve(person=nobody)
    body = POSTGRES["source"]["postgres"] | {"settings": {"replicationMode": "snapshot"}}
    pipe = await served.pipe(POSTGRES | {"source": {"postgres": body}})

    refusal = error(await edited(served, pipe, SYNC))

    assert "Completed" in refusal["problem"]
    assert served.plane.writes == []


async def test_a_source_that_cannot_change_pauses_nothing(serve) -> None:
    served = await serve()
    pipe = await served.pipe(BIGQUERY)

    assert error(await edited(served, pipe, {"source": {"credentials": {}}}))["code"] == "conflict"
    assert served.plane.writes == []


async def test_when_the_api_refuses_the_edit_the_pipe_runs_again(serve, monkeypatch) -> None:
    monkeypatch.setenv("CLICKPIPES_SECRET_PG", "example-password")
    served = await serve(person=TYPES_THE_NAME)
    pipe = await served.pipe(POSTGRES)

    failure = error(await edited(served, pipe, UNREACHABLE))

    assert failure["code"] == "refused_by_api"
    assert sent(served)[0] == "stop"
    assert sent(served)[-1] == "start"
    assert "update: failed: refused_by_api; run again:" in failure["problem"]
    assert (await served.pipes())[pipe]["state"] == "Running"


@pytest.mark.parametrize("change", [SYNC, UNREACHABLE], ids=["done", "refused"])
@pytest.mark.parametrize("state", ["settled", "stopped"])
async def test_every_request_of_an_update_was_shown_by_its_dry_run(
    serve, monkeypatch, change, state
) -> None:
    monkeypatch.setenv("CLICKPIPES_SECRET_PG", "example-password")
    served = await serve(person=TYPES_THE_NAME if change is UNREACHABLE else CHANGE_IT)
    pipe = await served.pipe(POSTGRES, state=state)

    told = facts(await edited(served, pipe, change, dry_run=True, resume=True))
    await edited(served, pipe, change, resume=True)

    shown = [(one["method"], one["path"]) for one in told["requests"]]
    words = {(one["body"] or {}).get("command") for one in told["requests"]}
    assert told["requests"][-1]["body"] == {"command": "start"}
    assert told["requests"][-1]["note"] == MAY_FOLLOW
    assert {(write.method, write.path) for write in served.plane.writes} <= set(shown)
    assert {word for word in sent(served) if isinstance(word, str)} <= words


async def test_when_it_cannot_run_again_the_answer_says_the_next_call(serve, monkeypatch) -> None:
    monkeypatch.setenv("CLICKPIPES_SECRET_PG", "example-password")
    served = await serve(person=TYPES_THE_NAME)
    pipe = await served.pipe(POSTGRES)
    await refuse_commands_after(served, 1)

    failure = error(await edited(served, pipe, UNREACHABLE))

    assert "run again: failed" in failure["problem"]
    assert [action["tool"] for action in failure["next_actions"]] == [
        "update_clickpipe",
        "start_clickpipe",
    ]
    assert (await served.pipes())[pipe]["state"] == "Paused"


async def refuse_commands_after(served: Served, allowed: int) -> None:
    """From then on, every start and stop is answered with a server error."""
    board = served.plane.app.state.faults

    async def spoil() -> None:
        commands = [one for one in served.plane.arrived if one.path.endswith("/state")]
        if len(commands) > allowed:
            board.replace((Fault("status", path="/state", status=500),))

    served.plane.before_answering = spoil


async def test_an_edit_that_took_effect_is_told_even_if_the_way_back_failed(serve) -> None:
    served = await serve(person=CHANGE_IT)
    pipe = await served.pipe(POSTGRES, state="stopped")
    await refuse_commands_after(served, 0)

    changed = facts(await edited(served, pipe, SYNC))

    assert changed["steps"][-1] == {"step": "pause again", "outcome": "failed: api_failure"}
    assert changed["next_actions"][0]["tool"] == "stop_clickpipe"
    assert "not yet" in changed["warnings"][-1]


async def test_a_pause_that_takes_too_long_ends_with_the_exact_next_call(serve, era) -> None:
    served = await serve(era=era, person=CHANGE_IT, simulator={"speed": 0.05})
    pipe = await settled(served)

    waiting = facts(await edited(served, pipe, SYNC))

    assert "Not done yet" in waiting["summary"]
    assert sent(served) == ["stop"]
    assert waiting["clickpipe"]["state"] == "Pausing"
    again = waiting["next_actions"][-1]
    assert again["arguments"] == {
        "service": SERVICE,
        "clickpipe": pipe,
        "pause_if_needed": True,
        "resume": True,
        **SYNC,
    }
    served.clock.advance(3600)
    changed = facts(await served.client.call_tool(again["tool"], again["arguments"]))
    assert [row["step"] for row in changed["steps"]] == ["update", "run again"]
    assert [write.body for write in served.plane.writes].count(STOP) == 1
    served.clock.advance(36_000)
    assert (await served.pipes())[pipe]["state"] == "Running"


async def settled(served: Served) -> str:
    """A running pipe on a simulator that is slow."""
    made = await served.plane.by_somebody_else("POST", PIPES, POSTGRES)
    served.clock.advance(1_000_000)
    return str(made["id"])


async def test_a_whole_call_waits_no_longer_than_a_slice(serve) -> None:
    served = await serve(person=CHANGE_IT, simulator={"speed": 0.05})
    pipe = await settled(served)
    before = served.clock.monotonic()

    await edited(served, pipe, SYNC)

    assert served.clock.monotonic() - before <= 45


async def test_progress_is_told_while_it_pauses(serve) -> None:
    served = await serve(person=CHANGE_IT)
    served.listens = True
    pipe = await served.pipe(POSTGRES)

    await edited(served, pipe, SYNC)

    told = [heard[0] for heard in served.progress]
    assert len(told) > 3
    assert told == sorted(told)
    assert {heard[1] for heard in served.progress} == {45}


async def test_a_literal_secret_is_not_repeated_in_the_next_call(serve) -> None:
    served = await serve(person=CHANGE_IT, simulator={"speed": 0.05})
    pipe = await settled(served)
    credentials = {"username": "reader", "password": "canary-of-the-next-call"}

    result = await edited(served, pipe, {"source": {"credentials": credentials}})

    assert "canary-of-the-next-call" not in said(result)
    assert "canary-of-the-next-call" not in str(result.structured_content)
    assert facts(result)["next_actions"][-1]["arguments"] == {
        "service": SERVICE,
        "clickpipe": pipe,
        "pause_if_needed": True,
        "resume": True,
    }


async def test_when_the_stop_fails_nothing_else_is_sent(serve) -> None:
    served = await serve(person=CHANGE_IT)
    pipe = await served.pipe(POSTGRES)
    served.plane.app.state.faults.replace((Fault("status", path="/state", status=400, times=1),))

    failure = error(await edited(served, pipe, SYNC))

    assert sent(served) == ["stop"]
    assert "pause: failed" in failure["problem"]
    assert (await served.pipes())[pipe]["state"] == "Running"


async def test_a_pipe_that_somebody_else_started_first_is_no_failure(serve, monkeypatch) -> None:
    monkeypatch.setenv("CLICKPIPES_SECRET_PG", "example-password")
    served = await serve(person=TYPES_THE_NAME)
    pipe = await served.pipe(POSTGRES)

    async def somebody_is_faster() -> None:
        if served.plane.arrived[-1].body == {"command": "start"}:
            await served.command(pipe, "start")

    served.plane.before_answering = somebody_is_faster
    failure = error(await edited(served, pipe, UNREACHABLE))

    assert failure["code"] == "refused_by_api"
    assert "run again: it runs already" in failure["problem"]


async def test_a_failed_pipe_is_paused_and_edited_like_a_running_one(serve) -> None:
    served = await serve(person=CHANGE_IT, simulator={"scenario": "slot-lost"})
    listed = facts(await served.call("list_clickpipes", state="Failed"))
    pipe = listed["clickpipes"][0]["id"]

    result = await edited(served, pipe, SYNC)

    assert not result.is_error, said(result)
    assert sent(served)[0] == "stop"
