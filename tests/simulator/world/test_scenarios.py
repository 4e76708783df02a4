"""Every scenario tells one story, whichever way one looks at it."""

import re

import pytest

from clickpipes_mcp.simulator import DEFAULT_SERVICE_ID, SCENARIOS
from clickpipes_mcp.simulator.arms import BY_KEY
from clickpipes_mcp.simulator.troubles import TROUBLES, Cure
from clickpipes_mcp.simulator.world.scenarios import Sight

pytestmark = pytest.mark.anyio
RUN = f"/service/{DEFAULT_SERVICE_ID}/run"
COMMON = {
    "broker-down", "schema-registry-down", "malformed-records", "too-many-parts", "memory-limit",
    "undersized", "access-denied", "destination-access-denied", "source-credentials-rotated",
    "slot-lost", "slot-growing", "publication-missing", "binlog-purged", "oplog-rolled-over",
    "completed-snapshot", "snapshot-stuck", "new-files-ignored", "queue-shared",
    "pubsub-permission-denied", "kinesis-throttled", "idle-service", "stopped-service",
    "throttled", "private-endpoint-pending",
}  # fmt: skip
LOGIN = {"username": "u", "password": "p"}


def new_secret(arm):
    """A patch of the first secret of an arm: a login, or one text."""
    (name,) = BY_KEY[arm].secrets[0]
    return {arm: {name: LOGIN if name == "credentials" else "an invented secret"}}


def by_cure(cure):
    return [name for name, trouble in TROUBLES.items() if cure in trouble.cures]


async def metrics(plane):
    """Values by metric name, for a world of one pipe."""
    text = (await plane.client.get(f"{plane.service}/prometheus")).text
    found = re.findall(r"^(\w+)\{.*\} (\S+)$", text, re.MULTILINE)
    return {name: float(value) for name, value in found}


async def rows(plane, sql):
    response = await plane.client.post(RUN, json={"sql": sql}, params={"format": "JSON"})
    assert response.status_code == 200, response.text
    return response.json()["data"]


async def only_pipe(plane):
    (pipe,) = (await plane.client.get(plane.pipes)).json()["result"]
    return pipe


async def errors_told(plane, pipe):
    """How many rows the log and the error table hold."""
    log = await rows(plane, "SELECT count() AS n FROM system.clickpipes_log")
    table = pipe["destination"].get("table")
    records = [{"n": 0}]
    if table:
        name = f"default.{table}_clickpipes_error"
        records = await rows(plane, f"SELECT count() AS n FROM {name}")
    return log[0]["n"], records[0]["n"]


def test_the_named_and_the_common_troubles_have_a_scenario():
    assert set(SCENARIOS) >= COMMON


def test_every_scenario_says_what_it_comes_from_and_where_it_shows():
    assert all(one.cause and one.sights and one.name == name for name, one in SCENARIOS.items())


@pytest.mark.parametrize("name", SCENARIOS)
async def test_every_scenario_can_be_looked_at(plane_with, name):
    plane = await plane_with(scenario=name)
    assert (await plane.client.get(plane.service)).status_code == 200
    assert (await plane.client.get(plane.pipes)).status_code == 200
    assert (await plane.client.get(f"{plane.service}/prometheus")).status_code == 200


@pytest.mark.parametrize("name", TROUBLES)
async def test_the_state_is_the_one_of_the_trouble(plane_with, name):
    plane = await plane_with(scenario=name)
    plane.clock.advance(600)
    assert (await only_pipe(plane))["state"] == TROUBLES[name].steps[-1].state


@pytest.mark.parametrize("name", TROUBLES)
async def test_the_error_counter_counts_the_rows_of_log_and_error_table(plane_with, name):
    plane = await plane_with(scenario=name)
    trouble, pipe = TROUBLES[name], await only_pipe(plane)
    in_log, in_records = await errors_told(plane, pipe)
    counted = (await metrics(plane))["ClickPipes_Errors_Total"]
    if BY_KEY[trouble.arms[0]].database:
        assert (in_log, counted > 0) == (0, bool(trouble.says))
    else:
        assert counted == in_log + in_records
    assert bool(in_records) is (trouble.record is not None)


@pytest.mark.parametrize("name", TROUBLES)
async def test_the_log_says_what_the_trouble_says(plane_with, name):
    plane = await plane_with(scenario=name)
    log = await rows(plane, "SELECT message FROM system.clickpipes_log")
    told = {TROUBLES[name].says} if Sight.LOG in SCENARIOS[name].sights else set()
    assert {row["message"] for row in log} == told


@pytest.mark.parametrize("name", TROUBLES)
async def test_every_sight_shows_something(plane_with, name):
    plane = await plane_with(scenario=name)
    plane.clock.advance(600)
    scenario, pipe = SCENARIOS[name], await only_pipe(plane)
    seen = await metrics(plane)
    in_log, in_records = await errors_told(plane, pipe)
    crowded = await rows(plane, "SELECT count() AS n FROM system.parts WHERE table LIKE '%orders%'")
    path = f"{plane.service}/clickpipesReversePrivateEndpoints"
    waiting = (await plane.client.get(path)).json()["result"]
    keys = (await plane.client.get(f"{plane.service}/clickpipesSshKeyResources")).json()["result"]
    assert {
        Sight.STATE: pipe["state"] != "Running",
        Sight.LOG: in_log > 0,
        Sight.RECORDS: in_records > 0,
        Sight.PARTS: crowded[0]["n"] > 3000,
        Sight.ENDPOINT: [one["status"] for one in waiting] == ["PendingAcceptance"],
        Sight.SSH_KEY: [one["status"] for one in keys] == ["failed"],
        Sight.CONSOLE: bool(scenario.console),
    } == {
        sight: sight in scenario.sights
        for sight in (Sight.STATE, Sight.LOG, Sight.RECORDS, Sight.PARTS, Sight.ENDPOINT,
                      Sight.SSH_KEY, Sight.CONSOLE)
    }  # fmt: skip
    assert seen["ClickPipes_Info"] == 1


@pytest.mark.parametrize("name", TROUBLES)
async def test_counters_never_run_backwards_through_trouble_and_cure(plane_with, name):
    plane = await plane_with(scenario=name)
    pipe = (await only_pipe(plane))["id"]
    before = await metrics(plane)
    for command in ("stop", "start"):
        await plane.command(pipe, command)
        plane.clock.advance(120)
        after = await metrics(plane)
        lower = {key for key in before if key.endswith("_Total") and after[key] < before[key]}
        assert lower == set()
        before = after


@pytest.mark.parametrize("name", by_cure(Cure.START))
async def test_a_start_ends_a_trouble_that_was_mended_elsewhere(plane_with, name):
    plane = await plane_with(scenario=name)
    pipe = (await only_pipe(plane))["id"]
    await plane.command(pipe, "stop")
    plane.clock.advance(30)
    await plane.command(pipe, "start")
    plane.clock.advance(120)
    assert await plane.state(pipe) in ("Running", "Completed")


@pytest.mark.parametrize("name", sorted(set(TROUBLES) - set(by_cure(Cure.START))))
async def test_a_start_alone_does_not_end_other_troubles(plane_with, name):
    plane = await plane_with(scenario=name)
    plane.clock.advance(600)
    pipe = (await only_pipe(plane))["id"]
    errors = (await metrics(plane))["ClickPipes_Errors_Total"]
    await plane.command(pipe, "stop")
    plane.clock.advance(30)
    await plane.command(pipe, "start")
    plane.clock.advance(1000)
    again = await metrics(plane)
    assert await plane.state(pipe) == TROUBLES[name].steps[-1].state
    assert bool(again["ClickPipes_Errors_Total"] > errors) is bool(TROUBLES[name].says)


@pytest.mark.parametrize("name", by_cure(Cure.RESYNC))
async def test_a_resync_ends_what_needs_one(plane_with, name):
    plane = await plane_with(scenario=name)
    pipe = (await only_pipe(plane))["id"]
    await plane.command(pipe, "resync")
    plane.clock.advance(120)
    assert await plane.state(pipe) == "Running"


@pytest.mark.parametrize("name", by_cure(Cure.CREDENTIALS))
async def test_new_credentials_and_a_start_end_a_rotation(plane_with, name):
    plane = await plane_with(scenario=name)
    plane.clock.advance(600)
    pipe = (await only_pipe(plane))["id"]
    patch = {"source": new_secret(TROUBLES[name].arms[0])}
    assert (await plane.patch(pipe, patch)).status_code == 200
    assert await plane.state(pipe) == "Failed"
    await plane.command(pipe, "start")
    plane.clock.advance(1000)
    assert await plane.state(pipe) == "Running"


async def test_too_few_replicas_stay_too_few_until_they_are_enough(plane_with):
    plane = await plane_with(scenario="undersized")
    pipe = (await only_pipe(plane))["id"]
    shares = []
    for replicas in (1, 2, 8):
        await plane.client.patch(f"{plane.pipes}/{pipe}/scaling", json={"replicas": replicas})
        seen = await metrics(plane)
        used = seen["ClickPipes_Replica_CPUUsage"] / seen["ClickPipes_Replica_CPULimit"]
        shares.append((used > 0.9, seen["ClickPipes_Latency"] > 60_000))
    assert shares == [(True, True), (True, True), (False, False)]


async def test_larger_batches_end_too_many_parts(plane_with):
    plane = await plane_with(scenario="too-many-parts")
    pipe = (await only_pipe(plane))["id"]
    path = f"{plane.pipes}/{pipe}/settings"
    await plane.client.put(path, json={"streaming_max_insert_wait_ms": 30_000})
    parts = await rows(plane, "SELECT count() AS n FROM system.parts WHERE table LIKE '%orders%'")
    assert (await plane.state(pipe), parts[0]["n"] < 100) == ("Running", True)


async def test_a_change_of_sync_settings_ends_a_growing_slot(plane_with):
    plane = await plane_with(scenario="slot-growing")
    pipe = (await only_pipe(plane))["id"]
    grown = (await metrics(plane))["ClickPipes_SourceReplicationLatency_MiB"]
    await plane.command(pipe, "stop")
    plane.clock.advance(10)
    settings = {"syncIntervalSeconds": 300, "pullBatchSize": 1_000_000}
    await plane.patch(pipe, {"source": {"postgres": {"settings": settings}}})
    plane.clock.advance(60)
    shrunk = (await metrics(plane))["ClickPipes_SourceReplicationLatency_MiB"]
    assert (grown > 5000, shrunk < 100) == (True, True)


async def test_rows_of_a_trouble_that_is_over_stay(plane_with):
    plane = await plane_with(scenario="access-denied")
    pipe = (await only_pipe(plane))["id"]
    before = await errors_told(plane, await only_pipe(plane))
    await plane.command(pipe, "start")
    plane.clock.advance(100)
    assert await errors_told(plane, await only_pipe(plane)) == before
    assert before[0] > 0


async def test_a_story_survives_a_restart(plane_with, tmp_path):
    file = tmp_path / "state.json"
    plane = await plane_with(scenario="malformed-records", state_file=file)
    pipe = (await only_pipe(plane))["id"]
    await plane.patch(pipe, {"name": "kept"})
    told = await errors_told(plane, await only_pipe(plane))
    again = await plane_with(state_file=file)
    assert await errors_told(again, await only_pipe(again)) == told
