"""Starting, stopping, resyncing, deleting and waiting for pipes."""

import pytest

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
        "why": "an acknowledgement is not completion",
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
    assert "create a new pipe" in refusal["fix"]
    assert served.plane.writes == []


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


@pytest.mark.parametrize("body", [KAFKA, S3], ids=lambda body: body["name"])
async def test_what_is_no_database_is_not_resynced_and_nobody_is_asked(serve, era, body) -> None:
    async def nobody(_):
        raise AssertionError

    served = await serve(era=era, person=nobody)
    pipe = await served.pipe(body)

    refusal = error(await served.call("resync_clickpipe", clickpipe=pipe))

    assert refusal["code"] == "conflict"
    assert "Only database pipes" in refusal["problem"]
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


async def test_waiting_ends_when_the_pipe_is_ready(serve, era) -> None:
    served = await serve(era=era)
    made = await served.plane.by_somebody_else("POST", PIPES, KAFKA)

    waited = facts(await served.call("wait_for_clickpipe", clickpipe=made["id"]))

    assert (waited["done"], waited["state"]) == (True, "Running")
    assert 20 <= waited["waited_s"] <= 26


async def test_waiting_reports_progress(serve, era) -> None:
    served = await serve(era=era)
    served.listens = True
    made = await served.plane.by_somebody_else("POST", PIPES, KAFKA)

    await served.call("wait_for_clickpipe", clickpipe=made["id"])

    progress = [heard[0] for heard in served.progress]
    assert len(progress) > 3
    assert progress == sorted(progress)
    assert {heard[1] for heard in served.progress} == {45}
    assert served.progress[0][2].startswith("Provisioning")
    assert served.progress[-1][2].startswith("Running")


async def test_waiting_ends_with_its_slice_and_says_how_to_go_on(serve) -> None:
    served = await serve()
    made = await served.plane.by_somebody_else("POST", PIPES, POSTGRES)

    waited = facts(await served.call("wait_for_clickpipe", clickpipe=made["id"]))

    assert (waited["done"], waited["waited_s"]) == (False, 45)
    assert waited["next_actions"][0]["arguments"] == {
        "service": SERVICE,
        "clickpipe": made["id"],
        "until": "ready",
    }
    again = waited["next_actions"][0]
    for _ in range(5):
        waited = facts(await served.client.call_tool(again["tool"], again["arguments"]))
    assert waited["done"] is True


async def test_waiting_no_longer_than_asked(serve) -> None:
    served = await serve()
    made = await served.plane.by_somebody_else("POST", PIPES, KAFKA)

    waited = facts(await served.call("wait_for_clickpipe", clickpipe=made["id"], timeout_s=3))

    assert (waited["done"], waited["waited_s"]) == (False, 3)


@pytest.mark.parametrize("timeout_s", [0, 46, 3600])
async def test_a_slice_is_at_most_45_seconds(serve, timeout_s) -> None:
    served = await serve()

    refusal = error(
        await served.call("wait_for_clickpipe", clickpipe="orders", timeout_s=timeout_s)
    )

    assert refusal["problems"][0]["field"] == "timeout_s"


async def test_waiting_until_stopped(serve) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA)
    await served.command(pipe, "stop")

    waited = facts(await served.call("wait_for_clickpipe", clickpipe=pipe, until="stopped"))

    assert (waited["done"], waited["state"]) == (True, "Stopped")


async def test_waiting_until_deleted_ends_when_it_is_gone(serve) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA)
    await served.plane.by_somebody_else("DELETE", f"{PIPES}/{pipe}")

    waited = facts(await served.call("wait_for_clickpipe", clickpipe=pipe, until="deleted"))

    assert (waited["done"], waited["state"]) == (True, "deleted")


async def test_waiting_until_deleted_for_what_never_was_is_done(serve) -> None:
    served = await serve()

    waited = facts(await served.call("wait_for_clickpipe", clickpipe="orders", until="deleted"))

    assert waited["done"] is True


async def test_a_pipe_deleted_while_waiting_for_it_is_reported(serve) -> None:
    served = await serve()
    made = await served.plane.by_somebody_else("POST", PIPES, POSTGRES)
    await served.plane.by_somebody_else("DELETE", f"{PIPES}/{made['id']}")

    waited = facts(await served.call("wait_for_clickpipe", clickpipe=made["id"]))

    assert (waited["done"], waited["state"]) == (False, "deleted")


async def test_waiting_for_a_broken_pipe_ends_at_once(serve) -> None:
    served = await serve(simulator={"scenario": "slot-lost"})
    listed = facts(await served.call("list_clickpipes", state="Failed"))

    waited = facts(await served.call("wait_for_clickpipe", clickpipe=listed["clickpipes"][0]["id"]))

    assert (waited["done"], waited["waited_s"]) == (False, 0)
    assert "waiting longer does not help" in waited["summary"]
