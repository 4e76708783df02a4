"""Waiting for a state ends at once where nobody asked the pipe to reach it."""

import pytest

from clickpipes_mcp.simulator import Fault
from tests.serving import KAFKA, PIPES, POSTGRES, facts

pytestmark = pytest.mark.anyio

NOBODY = [
    ("stopped", "ready", "start_clickpipe"),
    ("settled", "stopped", "stop_clickpipe"),
    ("settled", "deleted", "delete_clickpipe"),
    ("stopped", "deleted", "delete_clickpipe"),
]


@pytest.mark.parametrize("body", [KAFKA, POSTGRES], ids=["stream", "changes"])
@pytest.mark.parametrize(("state", "until", "tool"), NOBODY)
async def test_what_nobody_asked_for_is_not_waited_for(serve, body, state, until, tool) -> None:
    served = await serve()
    pipe = await served.pipe(body, state=state)

    waited = facts(await served.call("wait_for_clickpipe", clickpipe=pipe, until=until))

    assert (waited["done"], waited["waited_s"]) == (False, 0)
    assert "Waiting will not bring it there" in waited["summary"]
    assert [action["tool"] for action in waited["next_actions"]] == [tool]


async def test_the_last_command_decides(serve) -> None:
    served = await serve(consent="dangerously-off")
    pipe = await served.pipe(KAFKA)
    await served.call("stop_clickpipe", clickpipe=pipe)
    down = facts(await served.call("wait_for_clickpipe", clickpipe=pipe, until="stopped"))
    up = facts(await served.call("wait_for_clickpipe", clickpipe=pipe))
    await served.call("start_clickpipe", clickpipe=pipe)
    again = facts(await served.call("wait_for_clickpipe", clickpipe=pipe))

    assert (down["done"], down["state"]) == (True, "Stopped")
    assert (up["done"], up["waited_s"], up["next_actions"][0]["tool"]) == (
        False,
        0,
        "start_clickpipe",
    )
    assert again["state"] == "Running"


async def test_a_command_whose_answer_was_lost_may_still_come_true(serve) -> None:
    lost = Fault("status", method="PATCH", status=500)
    served = await serve(consent="dangerously-off", simulator={"faults": (lost,)})
    pipe = await served.pipe(KAFKA)
    await served.call("stop_clickpipe", clickpipe=pipe)

    waited = facts(
        await served.call("wait_for_clickpipe", clickpipe=pipe, until="stopped", timeout_s=3)
    )

    assert waited["waited_s"] == 3


async def test_what_this_server_deletes_is_waited_for(serve) -> None:
    served = await serve(consent="dangerously-off")
    pipe = await served.pipe(KAFKA)
    await served.call("delete_clickpipe", clickpipe=pipe)

    waited = facts(await served.call("wait_for_clickpipe", clickpipe=pipe, until="deleted"))

    assert (waited["done"], waited["state"]) == (True, "deleted")
    assert waited["state_means"]


async def test_a_stop_by_somebody_else_shows_in_the_state(serve) -> None:
    served = await serve()
    pipe = await served.pipe(POSTGRES)
    await served.plane.by_somebody_else("PATCH", f"{PIPES}/{pipe}/state", {"command": "stop"})

    waited = facts(await served.call("wait_for_clickpipe", clickpipe=pipe, until="stopped"))

    assert (waited["done"], waited["state"]) == (True, "Paused")
