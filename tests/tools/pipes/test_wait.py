"""Waiting for pipes."""

import copy

import pytest

from clickpipes_mcp.simulator import Fault
from tests.serving import (
    KAFKA,
    PIPES,
    POSTGRES,
    S3,
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
    assert 30 <= waited["waited_s"] <= 40
    assert waited["summary"].endswith("and rows arrive.")


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
    served = await serve(consent="dangerously-off")
    pipe = await served.pipe(KAFKA)
    await served.call("delete_clickpipe", clickpipe=pipe)

    waited = facts(await served.call("wait_for_clickpipe", clickpipe=pipe, until="deleted"))

    assert (waited["done"], waited["state"]) == (True, "deleted")
    assert waited["state_means"]


@pytest.mark.parametrize("unknown", ["orders", "6f1bd1c1-1111-4111-8111-111111111111"])
async def test_what_nobody_knows_is_not_said_to_be_deleted(serve, unknown) -> None:
    served = await serve()

    refusal = error(await served.call("wait_for_clickpipe", clickpipe=unknown, until="deleted"))

    assert refusal["code"] == "unknown_clickpipe"
    assert "knows of no deletion" in refusal["problem"]


@pytest.mark.parametrize("by", ["id", "name"])
async def test_what_this_server_deleted_is_known_to_be_deleted(serve, by) -> None:
    served = await serve(consent="dangerously-off")
    pipe = await served.pipe(KAFKA)
    name = facts(await served.call("delete_clickpipe", clickpipe=pipe))["clickpipe"]["name"]
    served.clock.advance(60)
    wanted = pipe if by == "id" else name

    waited = facts(await served.call("wait_for_clickpipe", clickpipe=wanted, until="deleted"))

    assert (waited["done"], waited["state"], waited["id"]) == (True, "deleted", pipe)


@pytest.mark.parametrize("until", ["ready", "stopped"])
async def test_a_pipe_that_was_deleted_cannot_become_anything_else(serve, until) -> None:
    served = await serve(consent="dangerously-off")
    pipe = await served.pipe(KAFKA)
    await served.call("delete_clickpipe", clickpipe=pipe)
    served.clock.advance(60)

    refusal = error(await served.call("wait_for_clickpipe", clickpipe=pipe, until=until))

    assert refusal["code"] == "unknown_clickpipe"


async def test_a_name_that_two_pipes_have_is_not_said_to_be_deleted(serve) -> None:
    served = await serve()
    await served.pipe(KAFKA)
    await served.pipe(KAFKA)

    refusal = error(
        await served.call("wait_for_clickpipe", clickpipe=KAFKA["name"], until="deleted")
    )

    assert len(refusal["candidates"]) == 2
    assert "deletion" not in refusal["problem"]


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


async def failed_pipe(served) -> str:
    return facts(await served.call("list_clickpipes", state="Failed"))["clickpipes"][0]["id"]


async def test_running_is_no_end_for_a_pipe_that_fails_again(serve) -> None:
    served = await serve(simulator={"scenario": "slot-lost"})
    pipe = await failed_pipe(served)
    await served.call("start_clickpipe", clickpipe=pipe)

    first = facts(await served.call("wait_for_clickpipe", clickpipe=pipe))
    second = facts(await served.call("wait_for_clickpipe", clickpipe=pipe))

    assert (first["done"], first["state"]) == (False, "Running")
    assert "no row was seen to arrive yet" in first["summary"]
    assert (second["done"], second["state"]) == (False, "Failed")
    assert "relapsed: it is Failed again" in second["summary"]
    assert second["next_actions"][0]["tool"] == "diagnose_clickpipe"


async def test_a_failure_from_before_the_start_is_not_a_relapse(serve) -> None:
    served = await serve(simulator={"scenario": "slot-lost"})

    waited = facts(await served.call("wait_for_clickpipe", clickpipe=await failed_pipe(served)))

    assert "relapse" not in waited["summary"]


async def test_a_first_failure_is_no_relapse(serve) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA, state="stopped")
    await served.call("start_clickpipe", clickpipe=pipe)

    def fail(_, answered: bytes) -> bytes:
        return answered.replace(b'"Provisioning"', b'"Failed"').replace(b'"Running"', b'"Failed"')

    served.plane.retell = fail
    waited = facts(await served.call("wait_for_clickpipe", clickpipe=pipe))

    assert (waited["done"], waited["state"], waited["waited_s"]) == (False, "Failed", 0)
    assert "relapse" not in waited["summary"]
    assert "again" not in waited["summary"]
    assert "still there" not in waited["summary"]


async def test_a_failure_that_the_api_goes_on_showing_after_a_start_is_not_taken_for_new(
    serve,
) -> None:
    served = await serve(simulator={"scenario": "slot-lost"})
    pipe = await failed_pipe(served)
    await served.call("start_clickpipe", clickpipe=pipe)

    def show_the_old_state(_, answered: bytes) -> bytes:
        for state in (b'"Running"', b'"Provisioning"', b'"Setup"', b'"Snapshot"'):
            answered = answered.replace(state, b'"Failed"')
        return answered

    served.plane.retell = show_the_old_state
    waited = [facts(await served.call("wait_for_clickpipe", clickpipe=pipe)) for _ in range(3)]

    assert "may be the failure from before" in waited[0]["summary"]
    assert waited[0]["next_actions"][0]["tool"] == "wait_for_clickpipe"
    assert "relapsed: it is Failed again" in waited[2]["summary"]


async def test_a_failure_from_before_a_change_is_not_a_relapse(serve) -> None:
    served = await serve(simulator={"scenario": "postgres-password-rotated"})
    (pipe,) = await served.pipes()
    await served.call("start_clickpipe", clickpipe=pipe)
    served.clock.advance(200.0)
    credentials = {"username": "reader", "password": "example-password"}

    changed = facts(
        await served.call("update_clickpipe", clickpipe=pipe, source={"credentials": credentials})
    )
    waited = facts(await served.call("wait_for_clickpipe", clickpipe=pipe))
    await served.call("start_clickpipe", clickpipe=pipe)
    started = facts(await served.call("wait_for_clickpipe", clickpipe=pipe))

    assert changed["summary"].endswith("that is stored. The pipe is still Failed from before.")
    assert [one["tool"] for one in changed["next_actions"]] == ["start_clickpipe"]
    assert "resume" not in str(changed.get("warnings"))
    assert (waited["state"], waited["waited_s"]) == ("Failed", 0)
    assert "relapse" not in waited["summary"]
    assert "not started it since it was changed" in waited["summary"]
    assert waited["next_actions"][0]["tool"] == "start_clickpipe"
    assert started["state"] != "Failed"


async def test_a_pipe_without_rows_has_to_stay_up_for_a_while(serve) -> None:
    unread = Fault(kind="status", method="GET", path="prometheus", status=403)
    served = await serve(simulator={"faults": (unread,)})
    pipe = await served.pipe(KAFKA, state="stopped")
    await served.call("start_clickpipe", clickpipe=pipe)

    answers = [facts(await served.call("wait_for_clickpipe", clickpipe=pipe)) for _ in range(3)]

    assert [answer["done"] for answer in answers] == [False, False, True]
    assert "no row was seen to arrive yet" in answers[-1]["summary"]
    assert answers[-1]["next_actions"][0]["tool"] == "diagnose_clickpipe"


async def test_in_a_faster_world_it_takes_less_time_to_last(serve) -> None:
    served = await serve(simulator={"speed": 600.0}, simulator_speed=600.0)
    made = await served.plane.by_somebody_else("POST", PIPES, KAFKA)

    waited = facts(await served.call("wait_for_clickpipe", clickpipe=made["id"]))

    assert (waited["done"], waited["state"]) == (True, "Running")
    assert waited["waited_s"] <= 3


async def test_a_pipe_that_has_run_for_long_is_ready_at_once(serve) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA)

    waited = facts(await served.call("wait_for_clickpipe", clickpipe=pipe))

    assert (waited["done"], waited["waited_s"]) == (True, 0)
    assert not any("prometheus" in request.path for request in served.plane.arrived)
    assert waited["summary"].endswith("is Running; whether rows arrive was not read.")
    assert waited["next_actions"][0]["tool"] == "diagnose_clickpipe"


async def test_waiting_until_completed_goes_on_while_it_runs(serve) -> None:
    served = await serve()
    one_shot = copy.deepcopy(S3)
    one_shot["source"]["objectStorage"]["isContinuous"] = False
    one_shot["source"]["objectStorage"].pop("queueUrl", None)
    made = await served.plane.by_somebody_else("POST", PIPES, one_shot)

    waited = facts(await served.call("wait_for_clickpipe", clickpipe=made["id"], until="completed"))

    assert (waited["done"], waited["state"]) == (True, "Completed")


@pytest.mark.parametrize("body", [KAFKA, POSTGRES], ids=["stream", "changes"])
async def test_what_never_completes_is_not_waited_for(serve, body) -> None:
    served = await serve()
    pipe = await served.pipe(body)

    refusal = error(await served.call("wait_for_clickpipe", clickpipe=pipe, until="completed"))

    assert refusal["code"] == "conflict"
    assert refusal["next_actions"][0]["arguments"]["until"] == "ready"


async def test_a_reading_that_is_missing_is_not_zero(serve) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA, state="stopped")
    await served.call("start_clickpipe", clickpipe=pipe)
    served.clock.advance(20)
    read: list[bytes] = []

    def leave_out_at_first(request, answered: bytes) -> bytes:
        if not request.path.endswith("prometheus"):
            return answered
        read.append(answered)
        lines = answered.split(b"\n")
        without = b"\n".join(line for line in lines if pipe.encode() not in line)
        return without if len(read) == 1 else read[1]

    served.plane.retell = leave_out_at_first

    waited = facts(await served.call("wait_for_clickpipe", clickpipe=pipe))

    assert len(read) > 1
    assert "and rows arrive" not in waited["summary"]
