import errno
import json
import os

import pytest

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.file_lock import lock
from clickpipes_mcp.simulator import (
    DEFAULT_SERVICE_ID,
    DamagedStateError,
    SimulatorOptions,
    build_simulator,
)
from clickpipes_mcp.simulator.http import keeping
from clickpipes_mcp.simulator.world.store import save

pytestmark = pytest.mark.anyio


async def test_everything_acknowledged_is_there_after_a_restart(plane_with, body, tmp_path):
    file = tmp_path / "state.json"
    plane = await plane_with(state_file=file)
    made = [await plane.settled(body(name)) for name in ("kafka", "postgres", "s3")]
    await plane.client.put(
        f"{plane.pipes}/{made[0]}/settings", json={"streaming_max_insert_wait_ms": 700}
    )
    path = f"{plane.service}/clickpipesReversePrivateEndpoints"
    arn = "arn:aws:kafka:x:000000000000:cluster/x"
    endpoint = {"type": "MSK_MULTI_VPC", "mskClusterArn": arn, "mskAuthentication": "SASL_IAM"}
    await plane.client.post(path, json={"description": "d", **endpoint})
    again = await plane_with(state_file=file)
    again.clock.advance(plane.clock.monotonic())
    assert (await again.client.get(again.pipes)).json()["result"] == (
        await plane.client.get(plane.pipes)
    ).json()["result"]
    assert (await again.client.get(path)).json()["result"] == (await plane.client.get(path)).json()[
        "result"
    ]


async def test_new_ids_after_a_restart_are_new(plane_with, body, tmp_path):
    file = tmp_path / "state.json"
    first = await (await plane_with(state_file=file)).create(body("kafka"))
    second = await (await plane_with(state_file=file)).create(body("kinesis"))
    assert first != second


async def test_no_secret_is_in_the_file(plane_with, body, tmp_path):
    file = tmp_path / "state.json"
    plane = await plane_with(state_file=file)
    for name in ("kafka", "confluent", "kinesis", "gcs", "azure", "pubsub", "mysql", "bigquery"):
        await plane.create(body(name))
    kept = file.read_text(encoding="utf-8")
    assert not [
        word
        for word in ("not-a-password", "example-secret", "e30=", "AccountName", "canary")
        if word in kept
    ]


async def test_no_secret_is_in_the_world(plane, body):
    for name in ("kafka", "confluent", "mongodb"):
        await plane.create(body(name))
    assert "not-a-password" not in repr(plane.app.state.world)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 7}', '{"format": 1}'])
def test_a_damaged_file_is_refused_and_kept(tmp_path, content):
    file = tmp_path / "state.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(DamagedStateError, match=r"state\.json.*left untouched"):
        build_simulator(SimulatorOptions(state_file=file), ManualClock())
    assert file.read_text(encoding="utf-8") == content


async def test_a_write_that_fails_leaves_the_old_file_whole(
    plane_with, body, tmp_path, monkeypatch
):
    file = tmp_path / "state.json"
    plane = await plane_with(state_file=file)
    await plane.create(body("kafka"))
    before = file.read_text(encoding="utf-8")

    def full(_descriptor):
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    refused = await plane.client.post(plane.pipes, json=body("kinesis"))
    assert refused.status_code == 500
    assert "state.json cannot be written: no space left on device" in refused.json()["error"]
    assert file.read_text(encoding="utf-8") == before
    assert json.loads(before)["format"] == 1
    listed = (await plane.client.get(plane.pipes)).json()["result"]
    assert [pipe["name"] for pipe in listed] == ["kafka pipe"], "nothing was done"


async def test_a_half_written_copy_of_a_killed_run_is_passed_over(plane_with, body, tmp_path):
    file = tmp_path / "state.json"
    pipe = await (await plane_with(state_file=file)).create(body("kafka"))
    (tmp_path / ".state.json.tmp").write_text('{"format": 1, "servi', encoding="utf-8")
    again = await plane_with(state_file=file)
    assert (await again.get(pipe))["name"] == "kafka pipe"


def test_a_file_of_unknown_troubles_is_refused_and_kept(tmp_path):
    file = tmp_path / "state.json"
    app = build_simulator(SimulatorOptions(scenario="slot-lost"), ManualClock())
    save(app.state.world, file)
    content = file.read_text(encoding="utf-8").replace('"slot-lost"', '"gremlins"')
    file.write_text(content, encoding="utf-8")
    with pytest.raises(DamagedStateError, match="gremlins"):
        build_simulator(SimulatorOptions(state_file=file), ManualClock())
    assert file.read_text(encoding="utf-8") == content


async def test_a_read_writes_nothing_once_the_world_has_begun(plane_with, tmp_path):
    file = tmp_path / "deep" / "state.json"
    plane = await plane_with(state_file=file, pipes=2)
    first = await plane.client.get(plane.pipes)
    kept = file.stat()
    plane.clock.advance(60)
    other = await plane_with(state_file=file, pipes=2)
    assert (await other.client.get(other.pipes)).json()["result"] == first.json()["result"]
    assert file.stat() == kept
    assert sorted(one.name for one in file.parent.iterdir()) == [".state.json.lock", "state.json"]


async def test_processes_at_one_time_see_what_the_others_did(plane_with, body, tmp_path):
    file = tmp_path / "state.json"
    one, other = [await plane_with(state_file=file) for _ in range(2)]

    async def names(plane):
        listed = (await plane.client.get(plane.pipes)).json()["result"]
        return [pipe["name"] for pipe in listed]

    made = []
    for turn in range(6):
        plane = (one, other)[turn % 2]
        made.append(await plane.create({**body("kafka"), "name": f"pipe {turn}"}))
    assert len(set(made)) == len(made), "no id is given twice"
    assert await names(one) == await names(other) == [f"pipe {turn}" for turn in range(6)]
    await other.client.delete(f"{other.pipes}/{made[0]}")
    assert (await one.client.patch(f"{one.pipes}/{made[1]}", json={"name": "b"})).is_success
    assert (await other.get(made[1]))["name"] == "b"


async def test_a_world_that_somebody_forgets_begins_anew(plane_with, body, tmp_path):
    file = tmp_path / "state.json"
    plane = await plane_with(state_file=file, pipes=1)
    await plane.create(body("kafka"))
    file.unlink()
    listed = (await plane.client.get(plane.pipes)).json()["result"]
    assert [pipe["name"] for pipe in listed] == ["kafka-simulated-1"]
    await plane.create(body("kafka"))
    assert file.exists()


@pytest.mark.parametrize("content", ["", "{", '{"format": 7}'])
async def test_a_world_that_is_damaged_meanwhile_is_left_as_it_is(
    plane_with, body, tmp_path, content
):
    file = tmp_path / "state.json"
    plane = await plane_with(state_file=file)
    await plane.create(body("kafka"))
    kept = file.read_bytes()
    file.write_text(content)
    for request in (
        plane.client.get(plane.pipes), plane.client.post(plane.pipes, json=body("kinesis")),
    ):  # fmt: skip
        refused = await request
        assert refused.status_code == 500
        assert "left untouched" in refused.json()["error"]
        assert file.read_text() == content
    file.write_bytes(kept)
    assert len((await plane.client.get(plane.pipes)).json()["result"]) == 1


async def test_a_world_that_another_process_holds_is_waited_for_and_then_left(
    plane_with, body, tmp_path, monkeypatch
):
    file = tmp_path / "state.json"
    plane = await plane_with(state_file=file)
    await plane.create(body("kafka"))
    monkeypatch.setattr(keeping, "LONGEST_TURN_S", 0.02)
    with (tmp_path / ".state.json.lock").open("rb") as held:
        lock(held.fileno())
        refused = await plane.client.post(plane.pipes, json=body("kinesis"))
        assert "Another process has held" in refused.json()["error"]
        assert len((await plane.client.get(plane.pipes)).json()["result"]) == 1, "reading goes on"
    assert (await plane.client.post(plane.pipes, json=body("kinesis"))).is_success


async def test_another_speed_finds_nothing_later_than_now(plane_with, body, tmp_path):
    file = tmp_path / "state.json"
    fast = await plane_with(state_file=file, speed=60)
    fast.clock.advance(3600)
    pipe = await fast.create(body("kafka"))
    slow = await plane_with(state_file=file, speed=1)
    slow.clock.advance(3600)
    world = slow.app.state.world
    assert (await slow.get(pipe))["state"] == "Provisioning"
    assert world.now() >= world.services[DEFAULT_SERVICE_ID].pipes[pipe].created_at


async def test_two_worlds_of_one_seed_make_the_same_ids(plane_with, body):
    ids = [await (await plane_with(seed=7)).create(body("kafka")) for _ in range(2)]
    assert ids[0] == ids[1]
