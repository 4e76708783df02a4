"""The Prometheus text of a service, a pure function of its pipes and the time."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final

from clickpipes_mcp.simulator.documents import child, items, text
from clickpipes_mcp.simulator.scenarios import EMPTY_TROUBLE, TROUBLES
from clickpipes_mcp.simulator.world import Pipe, Service, World

# Source: ClickPipes documentation, monitoring page, for every name, kind and label.
COUNTER: Final = "counter"
GAUGE: Final = "gauge"
_BYTES_PER_EVENT: Final = 600
_COMPRESSION: Final = 4
_GIB: Final = 1 << 30

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
    status = {"clickhouse_cluster_status": service.state(now), "scrape": "full"}
    yield "ClickHouse_ServiceInfo", GAUGE, {**base, **status}, 1
    for pipe in service.visible_pipes(now):
        labels = {
            **base,
            "clickpipe_id": pipe.id,
            "clickpipe_name": pipe.name,
            "clickpipe_source": pipe.kind.flavour(pipe.source),
        }
        yield "ClickPipes_Info", GAUGE, {**labels, "clickpipe_state": pipe.state(now)}, 1
        for name, kind, more, value in _pipe_samples(pipe, now):
            yield f"ClickPipes_{name}", kind, {**labels, **more}, value
    if service.has_database_pipe(now):
        yield from _shared_samples(service, base, now)


def rate(pipe: Pipe) -> float:
    """Events a second of a healthy pipe, stable for its id."""
    digest = hashlib.sha256(pipe.id.encode()).digest()
    return 200.0 + digest[0] * 10


def _pipe_samples(pipe: Pipe, now: float) -> Iterator[Sample]:
    trouble = TROUBLES.get(pipe.trouble, EMPTY_TROUBLE)
    ingested_s = pipe.ingested_s(now)
    fetched = ingested_s * rate(pipe) * trouble.fetch_factor
    fetched_bytes = fetched * _BYTES_PER_EVENT
    sent = fetched * trouble.send_factor
    in_trouble_s = max(now - pipe.mark.since, 0.0) if pipe.trouble else 0.0
    yield "FetchedBytesCompressed_Total", COUNTER, {}, fetched_bytes // _COMPRESSION
    yield "Errors_Total", COUNTER, {}, in_trouble_s * trouble.errors_per_s // 1
    yield "Latency", GAUGE, {}, trouble.latency_ms or (60_000 if pipe.kind.database else 900)
    if pipe.kind.database:
        yield from _cdc_samples(pipe, fetched, in_trouble_s)
        return
    yield "FetchedBytes_Total", COUNTER, {}, fetched_bytes // 1
    yield "FetchedEvents_Total", COUNTER, {}, fetched // 1
    yield "SentEvents_Total", COUNTER, {}, sent // 1
    yield "SentBytes_Total", COUNTER, {}, sent * _BYTES_PER_EVENT // 1
    yield "SentBytesCompressed_Total", COUNTER, {}, sent * _BYTES_PER_EVENT // _COMPRESSION
    limit = pipe.scaling.cpu_millicores * pipe.scaling.replicas
    memory = pipe.scaling.memory_gb * pipe.scaling.replicas * _GIB
    load = trouble.load if pipe.state(now) in ("Running", "Degraded") else 0.0
    yield "Replica_CPULimit", GAUGE, {}, limit
    yield "Replica_CPUUsage", GAUGE, {}, limit * load
    yield "Replica_MemoryLimit", GAUGE, {}, memory
    yield "Replica_MemoryUsage", GAUGE, {}, memory * load


def _cdc_samples(pipe: Pipe, fetched: float, in_trouble_s: float) -> Iterator[Sample]:
    trouble = TROUBLES.get(pipe.trouble, EMPTY_TROUBLE)
    yield "FetchedBytesInitialLoad_Total", COUNTER, {}, fetched * 3 // 1
    mappings = items(pipe.source, "tableMappings")
    for mapping in mappings:
        labels = {"destination_table": text(mapping, "targetTable"), "event_type": "insert"}
        yield "FetchedEvents_PerTable", GAUGE, labels, fetched // max(len(mappings), 1)
    batch = fetched // 100_000
    yield "LastFetchedBatchId", GAUGE, {}, batch
    yield "LastSentBatchId", GAUGE, {}, batch * trouble.send_factor // 1
    yield "CDC_SourceLatency", GAUGE, {}, trouble.latency_ms or 1500
    yield "CDC_DestinationLatency", GAUGE, {}, 400 / trouble.send_factor
    if "replicationSlotName" in child(pipe.source, "settings"):
        lag = 12 + in_trouble_s * trouble.slot_mib_per_s
        yield "SourceReplicationLatency_MiB", GAUGE, {}, lag


def _shared_samples(service: Service, base: dict[str, str], now: float) -> Iterator[Sample]:
    cpu, memory = service.cdc.at(now)
    yield "ClickPipes_CDC_CPULimit", GAUGE, base, cpu
    yield "ClickPipes_CDC_CPUUsage", GAUGE, base, cpu * 0.3
    yield "ClickPipes_CDC_MemoryLimit", GAUGE, base, memory * _GIB
    yield "ClickPipes_CDC_MemoryUsage", GAUGE, base, memory * _GIB * 0.4
    yield "ClickPipes_CDC_NetworkReceiveBytes", GAUGE, base, 2_000_000
