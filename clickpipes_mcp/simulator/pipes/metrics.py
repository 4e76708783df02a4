"""The Prometheus text of a service, a pure function of its pipes and the time."""

from collections.abc import Iterator, Sequence
from typing import Final

from clickpipes_mcp.simulator.documents import items, text
from clickpipes_mcp.simulator.pipes.reading import VERSION
from clickpipes_mcp.simulator.pipes.workload import (
    GIB,
    delay_ms,
    load,
    memory_share,
    rate,
    retained_mib,
    shared_load,
)
from clickpipes_mcp.simulator.world.organization import Service, World
from clickpipes_mcp.simulator.world.pipe import Pipe

# Source: ClickPipes documentation, monitoring page, for every name, kind and label.
COUNTER: Final = "counter"
GAUGE: Final = "gauge"
_BYTES_PER_EVENT: Final = 600
_COMPRESSION: Final = 4
_USUAL_SHARE: Final = 0.9998
_LOAD_FACTOR: Final = 3  # an initial load runs faster than changes do
_EVENTS_PER_BATCH: Final = 100_000
_SOURCE_PART: Final = 0.6
_DESTINATION_PART: Final = 0.1
_NETWORK_BYTES: Final = 8_000_000

Sample = tuple[str, str, dict[str, str], float]


def prometheus_text(world: World, services: Sequence[Service]) -> str:
    """The exposition of these services. It is answered without an envelope."""
    now = world.now()
    kinds: dict[str, str] = {}
    lines: dict[str, list[str]] = {}
    for service in services:
        for name, kind, labels, value in _samples(world, service, now):
            kinds.setdefault(name, kind)
            shown = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
            lines.setdefault(name, []).append(f"{name}{{{shown}}} {value:.15g}")
    parts: list[str] = []
    for name, found in lines.items():
        parts.append(f"# HELP {name} Simulated.\n# TYPE {name} {kinds[name]}")
        parts.extend(found)
    return "\n".join(parts) + "\n"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _samples(world: World, service: Service, now: float) -> Iterator[Sample]:
    base = {
        "clickhouse_org": world.organization_id,
        "clickhouse_service": service.id,
        "clickhouse_service_name": service.name,
    }
    state = service.state(now)
    is_running = state == "running"
    status = {
        "clickhouse_cluster_status": state,
        "clickhouse_version": VERSION,
        "scrape": "full" if is_running else "partial",
    }
    yield "ClickHouse_ServiceInfo", GAUGE, {**base, **status}, 1
    if not is_running:
        return  # looking does not wake it, and it tells nothing else
    shared = list(_shared_samples(service, now))
    for pipe in service.visible_pipes(now):
        labels = {
            **base,
            "clickpipe_id": pipe.id,
            "clickpipe_name": pipe.name,
            "clickpipe_source": pipe.kind.flavour(pipe.source),
        }
        yield "ClickPipes_Info", GAUGE, {**labels, "clickpipe_state": pipe.state(now)}, 1
        for name, kind, more, value in _pipe_samples(pipe, shared, now):
            yield f"ClickPipes_{name}", kind, {**labels, **more}, value


def _pipe_samples(pipe: Pipe, shared: Sequence[Sample], now: float) -> Iterator[Sample]:
    done = pipe.totals(now)
    fetched = done.fetched_s * rate(pipe)
    yield "FetchedBytesCompressed_Total", COUNTER, {}, fetched * _BYTES_PER_EVENT // _COMPRESSION
    yield "Errors_Total", COUNTER, {}, done.errors
    yield "Latency", GAUGE, {}, delay_ms(pipe, now)
    if pipe.kind.database:
        yield from _cdc_samples(pipe, now)
        yield from shared
        return
    # A few events are always fetched and not yet sent.
    sent = done.sent_s * rate(pipe) * _USUAL_SHARE
    yield "FetchedBytes_Total", COUNTER, {}, fetched * _BYTES_PER_EVENT // 1
    yield "FetchedEvents_Total", COUNTER, {}, fetched // 1
    yield "SentEvents_Total", COUNTER, {}, sent // 1
    yield "SentBytes_Total", COUNTER, {}, sent * _BYTES_PER_EVENT // 1
    yield "SentBytesCompressed_Total", COUNTER, {}, sent * _BYTES_PER_EVENT // _COMPRESSION
    cpu = pipe.scaling.cpu_millicores * pipe.scaling.replicas
    memory = pipe.scaling.memory_gb * pipe.scaling.replicas * GIB
    yield "Replica_CPULimit", GAUGE, {}, cpu
    yield "Replica_CPUUsage", GAUGE, {}, cpu * load(pipe, now)
    yield "Replica_MemoryLimit", GAUGE, {}, memory
    yield "Replica_MemoryUsage", GAUGE, {}, memory * memory_share(pipe, now) // 1


def _cdc_samples(pipe: Pipe, now: float) -> Iterator[Sample]:
    done, speed = pipe.totals(now), rate(pipe)
    loaded = done.loaded_s * speed * _BYTES_PER_EVENT * _LOAD_FACTOR
    yield "FetchedBytesInitialLoad_Total", COUNTER, {}, loaded // 1
    mappings = items(pipe.source, "tableMappings")
    for mapping in mappings:
        labels = {"destination_table": text(mapping, "targetTable"), "event_type": "insert"}
        share = done.fetched_s * speed // max(len(mappings), 1)
        yield "FetchedEvents_PerTable", GAUGE, labels, share
    yield "LastFetchedBatchId", GAUGE, {}, done.fetched_s * speed // _EVENTS_PER_BATCH
    yield "LastSentBatchId", GAUGE, {}, done.sent_s * speed // _EVENTS_PER_BATCH
    yield "CDC_SourceLatency", GAUGE, {}, delay_ms(pipe, now) * _SOURCE_PART // 1
    yield "CDC_DestinationLatency", GAUGE, {}, delay_ms(pipe, now) * _DESTINATION_PART // 1
    if pipe.kind.retains_changes:
        yield "SourceReplicationLatency_MiB", GAUGE, {}, retained_mib(pipe, now)


def _shared_samples(service: Service, now: float) -> Iterator[Sample]:
    """The same numbers beside every database pipe of a service: they share the compute."""
    cpu, memory = service.cdc.at(now)
    pipes = [pipe for pipe in service.visible_pipes(now) if pipe.kind.database]
    used = shared_load(pipes, cpu, now)
    yield "CDC_CPULimit", GAUGE, {}, cpu
    yield "CDC_CPUUsage", GAUGE, {}, cpu * used
    yield "CDC_MemoryLimit", GAUGE, {}, memory * GIB
    yield "CDC_MemoryUsage", GAUGE, {}, memory * GIB * used // 1
    yield "CDC_NetworkReceiveBytes", GAUGE, {}, _NETWORK_BYTES * used // 1
