"""Starting, stopping, resyncing and deleting pipes."""

import pytest
from mcp_types import ElicitResult

from tests.serving import (
    BIGQUERY,
    KAFKA,
    MONGODB,
    MYSQL,
    PIPES,
    POSTGRES,
    S3,
    SERVICE,
    answering,
    error,
    facts,
    said,
)

pytestmark = pytest.mark.anyio

STOP_IT = answering("accept", choice="stop it")


def typing(body):
    """A person who types the name of that pipe."""
    return answering("accept", name=body["name"])


async def test_a_stopped_pipe_is_started(serve) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA, state="stopped")

    started = facts(await served.call("start_clickpipe", clickpipe=pipe))

    assert [write.body for write in served.plane.writes] == [{"command": "start"}]
    assert started["next_actions"][0] == {
        "tool": "wait_for_clickpipe",
        "arguments": {"service": SERVICE, "clickpipe": pipe, "until": "ready"},
        "why": "waits for the end: an acknowledgement is not completion",
    }
    assert (await served.pipes())[pipe]["state"] == "Running"


async def test_starting_a_running_pipe_sends_nothing(serve) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA)

    started = facts(await served.call("start_clickpipe", clickpipe=pipe))

    assert "already" in started["summary"]
    assert served.plane.writes == []


async def test_starting_a_completed_pipe_says_what_to_do_instead(serve) -> None:
    served = await serve()
    pipe = await served.pipe(BIGQUERY)

    refusal = error(await served.call("start_clickpipe", clickpipe=pipe))

    assert refusal["code"] == "conflict"
    assert refusal["fix"] == "To load again, create a new pipe."
    assert served.plane.writes == []


async def test_a_completed_pipe_that_can_be_resynced_is_told_so(serve) -> None:
    once = {**POSTGRES["source"]["postgres"], "settings": {"replicationMode": "snapshot"}}
    served = await serve()
    pipe = await served.pipe(POSTGRES | {"source": {"postgres": once}})

    refusal = error(await served.call("start_clickpipe", clickpipe=pipe))

    assert refusal["fix"] == "To load again, resync this one, or create a new pipe."


@pytest.mark.parametrize("body", [KAFKA, S3, POSTGRES], ids=lambda body: body["name"])
async def test_a_pipe_is_stopped(serve, era, body) -> None:
    served = await serve(era=era, person=STOP_IT)
    source = body["source"]
    if "objectStorage" in source:
        source = {"objectStorage": source["objectStorage"] | {"isContinuous": True}}
    pipe = await served.pipe(body | {"source": source})

    stopped = facts(await served.call("stop_clickpipe", clickpipe=pipe))

    assert stopped["next_actions"][0]["arguments"]["until"] == "stopped"
    assert (await served.pipes())[pipe]["state"] in {"Stopped", "Paused"}


@pytest.mark.parametrize("body", [POSTGRES, MYSQL, MONGODB], ids=lambda body: body["name"])
async def test_a_database_pipe_is_resynced(serve, body) -> None:
    served = await serve(person=typing(body))
    pipe = await served.pipe(body)

    result = await served.call("resync_clickpipe", clickpipe=pipe)

    assert not result.is_error, said(result)
    assert [write.body for write in served.plane.writes] == [{"command": "resync"}]


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("body", [KAFKA, S3, BIGQUERY], ids=lambda body: body["name"])
async def test_what_the_api_cannot_resync_is_refused_and_nobody_is_asked(
    serve, era, body, dry_run
) -> None:
    async def nobody(_):
        raise AssertionError

    served = await serve(era=era, person=nobody)
    pipe = await served.pipe(body)

    refusal = error(await served.call("resync_clickpipe", clickpipe=pipe, dry_run=dry_run))

    assert refusal["code"] == "conflict"
    assert "PostgreSQL, MySQL and MariaDB, MongoDB" in refusal["problem"]
    assert served.plane.writes == []


async def test_a_pipe_is_deleted(serve, era) -> None:
    served = await serve(era=era, person=typing(KAFKA))
    pipe = await served.pipe(KAFKA)

    deleted = facts(await served.call("delete_clickpipe", clickpipe=pipe))

    assert [(write.method, write.path) for write in served.plane.writes] == [
        ("DELETE", f"{PIPES}/{pipe}")
    ]
    assert deleted["next_actions"][0]["arguments"]["until"] == "deleted"
    assert await served.pipes() == {}


@pytest.mark.parametrize("tool", ["start", "stop", "resync", "delete", "wait_for", "update"])
async def test_an_unknown_pipe_is_reported_before_anybody_is_asked(serve, era, tool) -> None:
    async def nobody(_):
        raise AssertionError

    served = await serve(era=era, person=nobody)

    refusal = error(await served.call(f"{tool}_clickpipe", clickpipe="orders"))

    assert refusal["code"] == "unknown_clickpipe"
    assert served.plane.writes == []


@pytest.mark.parametrize("typed", ["name", "name and id"])
async def test_a_name_that_two_pipes_have_is_typed_with_the_first_block_of_the_id(
    serve, typed
) -> None:
    asked = []

    async def person(question):
        asked.append(question)
        block = pipe.partition("-")[0]
        word = KAFKA["name"] if typed == "name" else f"{KAFKA['name']} {block}"
        return ElicitResult(action="accept", content={"name": word})

    served = await serve(person=person)
    pipe = await served.pipe(KAFKA)
    await served.pipe(S3 | {"name": KAFKA["name"]})

    result = await served.call("delete_clickpipe", clickpipe=pipe)

    assert result.is_error is (typed == "name")
    assert "reads my_topic at broker.example.com:9092; fills default.my_table" in asked[0].message
    assert asked[0].message.endswith(f"type the name: {KAFKA['name']} {pipe.partition('-')[0]}")
    assert len(served.plane.writes) == (typed != "name")


async def test_a_name_of_its_own_is_typed_alone(serve) -> None:
    served = await serve(person=typing(KAFKA))
    pipe = await served.pipe(KAFKA)
    await served.pipe(S3)

    result = await served.call("delete_clickpipe", clickpipe=pipe)

    assert not result.is_error, said(result)


async def test_a_name_that_only_looks_like_another_is_typed_with_its_id(serve) -> None:
    served = await serve(person=typing(KAFKA))
    pipe = await served.pipe(KAFKA)
    await served.pipe(S3 | {"name": f"{KAFKA['name']}\u200b"})

    refusal = error(await served.call("delete_clickpipe", clickpipe=pipe))

    assert refusal["code"] == "consent_denied"
    assert served.plane.writes == []
