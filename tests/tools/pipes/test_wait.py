"""Waiting for pipes."""

import pytest

from tests.serving import (
    KAFKA,
    PIPES,
    POSTGRES,
    SERVICE,
    error,
    facts,
)

pytestmark = pytest.mark.anyio


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
