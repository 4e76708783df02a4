import re

import pytest

from clickpipes_mcp.simulator import IDLE_SERVICE_ID

pytestmark = pytest.mark.anyio
# Source: ClickPipes documentation, monitoring page.
ALL = {
    "ClickPipes_Info", "ClickPipes_FetchedBytesCompressed_Total", "ClickPipes_Errors_Total",
    "ClickPipes_Latency",
}  # fmt: skip
STREAMS_AND_FILES = ALL | {
    "ClickPipes_FetchedBytes_Total", "ClickPipes_SentBytes_Total",
    "ClickPipes_SentBytesCompressed_Total", "ClickPipes_FetchedEvents_Total",
    "ClickPipes_SentEvents_Total", "ClickPipes_Replica_CPUUsage", "ClickPipes_Replica_CPULimit",
    "ClickPipes_Replica_MemoryUsage", "ClickPipes_Replica_MemoryLimit",
}  # fmt: skip
DATABASES = ALL | {
    "ClickPipes_FetchedBytesInitialLoad_Total", "ClickPipes_FetchedEvents_PerTable",
    "ClickPipes_CDC_SourceLatency", "ClickPipes_CDC_DestinationLatency",
    "ClickPipes_CDC_CPUUsage", "ClickPipes_CDC_CPULimit", "ClickPipes_CDC_MemoryUsage",
    "ClickPipes_CDC_MemoryLimit", "ClickPipes_CDC_NetworkReceiveBytes",
    "ClickPipes_LastFetchedBatchId", "ClickPipes_LastSentBatchId",
}  # fmt: skip
SLOT = "ClickPipes_SourceReplicationLatency_MiB"
COUNTERS = {name for name in STREAMS_AND_FILES | DATABASES if name.endswith("_Total")}


async def exposition(plane):
    return (await plane.client.get(f"{plane.service}/prometheus")).text


async def metrics(plane):
    """Values by metric name, for a world of one pipe."""
    found = re.findall(r"^(\w+)\{.*\} (\S+)$", await exposition(plane), re.MULTILINE)
    return {name: float(value) for name, value in found}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("kafka", STREAMS_AND_FILES),
        ("kinesis", STREAMS_AND_FILES),
        ("pubsub", STREAMS_AND_FILES),
        ("s3", STREAMS_AND_FILES),
        ("gcs", STREAMS_AND_FILES),
        ("postgres", DATABASES | {SLOT}),
        ("mysql", DATABASES),
        ("mongodb", DATABASES),
        ("bigquery", DATABASES),
    ],
)
async def test_a_family_has_the_documented_metrics_with_the_documented_labels(
    plane, body, name, expected
):
    await plane.settled(body(name))
    text = await exposition(plane)
    lines = [line for line in text.splitlines() if line.startswith("ClickPipes_")]
    labels = ("clickhouse_org", "clickhouse_service", "clickhouse_service_name", "clickpipe_id",
              "clickpipe_name", "clickpipe_source")  # fmt: skip
    assert {line.partition("{")[0] for line in lines} == expected
    assert all(f'{label}="' in line for line in lines for label in labels)
    kinds = dict(re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE))
    assert {name for name, kind in kinds.items() if kind == "counter"} == expected & COUNTERS


async def test_counters_move_while_running_and_rest_while_stopped(plane, body):
    pipe = await plane.settled(body("kafka"))
    first = (await metrics(plane))["ClickPipes_SentEvents_Total"]
    plane.clock.advance(60)
    second = (await metrics(plane))["ClickPipes_SentEvents_Total"]
    await plane.command(pipe, "stop")
    stopped = (await metrics(plane))["ClickPipes_SentEvents_Total"]
    plane.clock.advance(60)
    assert first < second == stopped
    assert (await metrics(plane))["ClickPipes_SentEvents_Total"] == stopped


async def test_counters_survive_a_stop_and_a_start(plane, body):
    pipe = await plane.settled(body("kafka"))
    before = (await metrics(plane))["ClickPipes_FetchedBytes_Total"]
    await plane.command(pipe, "stop")
    plane.clock.advance(30)
    await plane.command(pipe, "start")
    plane.clock.advance(30)
    assert (await metrics(plane))["ClickPipes_FetchedBytes_Total"] > before


async def test_a_healthy_pipe_sends_nearly_what_it_fetches_and_has_no_errors(plane, body):
    await plane.settled(body("kafka"))
    seen = await metrics(plane)
    share = seen["ClickPipes_SentEvents_Total"] / seen["ClickPipes_FetchedEvents_Total"]
    assert 0.999 < share < 1
    assert seen["ClickPipes_Errors_Total"] == 0


async def test_load_falls_as_replicas_are_added_and_is_gone_at_rest(plane, body):
    pipe = await plane.settled(body("kafka"))
    shares = []
    for command in ({"replicas": 1}, {"replicas": 4}):
        await plane.client.patch(f"{plane.pipes}/{pipe}/scaling", json=command)
        seen = await metrics(plane)
        used = seen["ClickPipes_Replica_CPUUsage"] / seen["ClickPipes_Replica_CPULimit"]
        shares.append(round(used, 3))
    await plane.command(pipe, "stop")
    at_rest = await metrics(plane)
    assert shares[0] == pytest.approx(4 * shares[1], abs=0.01)
    assert at_rest["ClickPipes_Replica_CPUUsage"] == at_rest["ClickPipes_Latency"] == 0


async def test_a_slot_grows_while_its_pipe_is_paused(plane, body):
    pipe = await plane.paused(body("postgres"))
    before = (await metrics(plane))[SLOT]
    plane.clock.advance(3600)
    assert (await metrics(plane))[SLOT] > before + 500
    await plane.command(pipe, "start")
    plane.clock.advance(60)
    assert (await metrics(plane))[SLOT] < before + 10


async def test_the_initial_load_counts_in_the_snapshot_only(plane, body):
    await plane.settled(body("postgres"))
    name = "ClickPipes_FetchedBytesInitialLoad_Total"
    first = (await metrics(plane))[name]
    plane.clock.advance(600)
    assert 0 < first == (await metrics(plane))[name]


async def test_database_pipes_share_one_compute(plane, body):
    await plane.settled(body("postgres"))
    alone = (await metrics(plane))["ClickPipes_CDC_CPUUsage"]
    await plane.settled(body("mysql"))
    text = await exposition(plane)
    shared = set(re.findall(r"^ClickPipes_CDC_CPUUsage\{.*\} (\S+)$", text, re.MULTILINE))
    assert len(shared) == 1
    assert float(shared.pop()) > alone


async def test_a_service_at_rest_tells_only_of_itself(plane_with):
    plane = await plane_with(service=IDLE_SERVICE_ID, pipes=3)
    text = await exposition(plane)
    assert set(re.findall(r"^(\w+)\{", text, re.MULTILINE)) == {"ClickHouse_ServiceInfo"}
    assert 'clickhouse_cluster_status="idle"' in text
    assert 'scrape="partial"' in text
