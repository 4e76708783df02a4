"""Pipes that run but cannot keep up, seen in their metrics.

All thresholds are inferred; none is documented.
"""

from pydantic import JsonValue

from clickpipes_mcp.contract import Family
from clickpipes_mcp.diagnosis._facts import Facts, Metric
from clickpipes_mcp.diagnosis._links import docs
from clickpipes_mcp.diagnosis._predicates import (
    HOUR_S,
    both,
    configured,
    either,
    in_state,
    pipe_is_older_than,
    unless,
)
from clickpipes_mcp.diagnosis._rule import Breadth, Confidence, Rule, Severity
from clickpipes_mcp.diagnosis._scope import CHANGE_CAPTURE, KAFKA, KINESIS, PUBSUB
from clickpipes_mcp.diagnosis._steps import (
    LOGS,
    RECORD_ERRORS,
    Step,
    at_source,
    clickhouse_sql,
    of_arms,
    tool,
    wait,
)
from clickpipes_mcp.diagnosis._thresholds import (
    CDC_CPU_SCARCE,
    CDC_MEMORY_SCARCE,
    CPU_AT_WORK,
    CPU_SCARCE,
    ERRORS_RISING,
    FETCHED_ANYTHING,
    FETCHING,
    MEMORY_SCARCE,
    SENT_MOST,
    STREAM_BEHIND,
    WRITES_SLOW,
    lags_sync_interval,
    reaches,
    stays_below,
)

_STREAMS = (Family.STREAMING,)
_INGESTS = (Family.STREAMING, Family.OBJECT_STORAGE)
_DATABASE = (Family.DATABASE,)
_MONITORING = docs("monitoring")
_BEST = docs("kafka/best-practices")
_AT_WORK = in_state("Running", "Degraded", "Snapshot")


has_headroom = either(
    both(stays_below(CPU_SCARCE), stays_below(MEMORY_SCARCE)),
    both(stays_below(CDC_CPU_SCARCE), stays_below(CDC_MEMORY_SCARCE)),
)
"""The compute that is there is not used up: a larger size is not what a pipe needs."""


def _from_the_start(create: str, arms: tuple[str, ...], **source: JsonValue) -> Step:
    text = "Where reading begins never changes: recreate to begin at the start."
    return of_arms(tool(create, text, source=source), arms)


_FROM_THE_START = (
    _from_the_start("create_kafka_clickpipe", KAFKA, offset={"strategy": "from_beginning"}),
    _from_the_start("create_kinesis_clickpipe", KINESIS, iterator_type="TRIM_HORIZON"),
    _from_the_start("create_pubsub_clickpipe", PUBSUB, seek_type="earliest"),
)


def _readings(**values: float) -> dict[str, Metric]:
    return {f"ClickPipes_{name}": Metric(value) for name, value in values.items()}


RULES: tuple[Rule, ...] = (
    Rule(
        id="stream.undersized",
        title="The replicas are too small for the load",
        cause="Memory or CPU of the pipe's replicas is nearly used up, so lag grows and replicas "
        "may be restarted.",
        fix=(
            tool(
                "scale_clickpipe",
                "Take the next size first; then more replicas, up to partitions or shards.",
                replica_cpu_millicores=500,
                replica_memory_gb=2,
            ),
            at_source("To use more replicas, give the topic or stream more partitions or shards."),
        ),
        documentation=_BEST,
        families=_INGESTS,
        severity=Severity.ERROR,
        suspicion=Confidence.HIGH,
        patterns=(r"(short|out) of memory", r"OOMKilled"),
        predicate=both(_AT_WORK, either(reaches(MEMORY_SCARCE), reaches(CPU_SCARCE))),
        examples=(
            Facts(
                family=Family.STREAMING,
                arm="kafka",
                state="Running",
                metrics=_readings(Replica_MemoryUsage=0.97, Replica_MemoryLimit=1.0),
            ),
            Facts(
                family=Family.STREAMING,
                arm="kinesis",
                state="Running",
                metrics=_readings(Replica_CPUUsage=120, Replica_CPULimit=125),
            ),
        ),
    ),
    Rule(
        id="workload.idle-but-behind",
        title="The pipe is behind although its replicas have nothing to do",
        cause="There are fewer partitions than replicas, or inserts are slow: heavy views or an "
        "overloaded service.",
        fix=(
            clickhouse_sql(
                "Find slow materialized views.",
                "SELECT view_name, avg(view_duration_ms) FROM clusterAllReplicas('default', "
                "system.query_views_log) WHERE event_time > now() - INTERVAL 1 HOUR GROUP BY 1 "
                "ORDER BY 2 DESC LIMIT 10",
            ),
            at_source("Add partitions; replicas beyond their number are useless."),
        ),
        documentation=_BEST,
        families=_STREAMS,
        severity=Severity.WARNING,
        confidence=Confidence.MEDIUM,
        is_consequence=True,
        predicate=both(
            in_state("Running", "Degraded"), reaches(STREAM_BEHIND), stays_below(CPU_AT_WORK)
        ),
        examples=(
            Facts(
                family=Family.STREAMING,
                arm="kafka",
                state="Running",
                metrics=_readings(Latency=90_000, Replica_CPUUsage=5, Replica_CPULimit=125),
            ),
        ),
    ),
    Rule(
        id="workload.behind",
        title="Records arrive late",
        cause="From producing to writing takes far longer than a batch should.",
        fix=(
            tool("get_clickpipe_metrics", "Take two samples to see whether it grows.", rates=True),
            LOGS,
        ),
        documentation=_MONITORING,
        families=_STREAMS,
        severity=Severity.WARNING,
        confidence=Confidence.LOW,
        predicate=both(
            in_state("Running", "Degraded"),
            reaches(STREAM_BEHIND),
            unless(stays_below(CPU_AT_WORK)),
        ),
        examples=(
            Facts(
                family=Family.STREAMING,
                arm="kafka",
                state="Running",
                metrics=_readings(Latency=240_000, Replica_CPUUsage=50, Replica_CPULimit=125),
            ),
        ),
    ),
    Rule(
        id="workload.records-held-back",
        title="Clearly fewer records are written than read",
        cause="Records are rejected, or inserts fail and are repeated; a gap below one percent is "
        "normal.",
        fix=(RECORD_ERRORS, LOGS),
        documentation=_MONITORING,
        families=_INGESTS,
        severity=Severity.WARNING,
        confidence=Confidence.LOW,
        predicate=both(_AT_WORK, stays_below(SENT_MOST)),
        examples=(
            Facts(
                family=Family.STREAMING,
                state="Running",
                metrics=_readings(SentEvents_Total=800, FetchedEvents_Total=1000),
            ),
        ),
    ),
    Rule(
        id="workload.stalled",
        title="Errors rise while nothing is fetched",
        cause="The pipe tries and fails; the source or its permissions changed.",
        fix=(LOGS, tool("diagnose_clickpipe", "Diagnose again, with probes of the source.")),
        documentation=_MONITORING,
        families=_INGESTS,
        confidence=Confidence.MEDIUM,
        predicate=both(_AT_WORK, reaches(ERRORS_RISING), stays_below(FETCHING)),
        examples=(
            Facts(
                family=Family.STREAMING,
                state="Running",
                metrics={
                    "ClickPipes_Errors_Total": Metric(20, 0.5),
                    "ClickPipes_FetchedBytes_Total": Metric(1e6, 0.0),
                },
            ),
        ),
    ),
    Rule(
        id="workload.errors-rising",
        title="Errors rise while the pipe works",
        cause="Some records or inserts fail; the tables of errors say which.",
        fix=(RECORD_ERRORS, LOGS),
        documentation=_MONITORING,
        families=_INGESTS,
        severity=Severity.WARNING,
        confidence=Confidence.LOW,
        breadth=Breadth.LAST_RESORT,
        predicate=both(_AT_WORK, reaches(ERRORS_RISING)),
        examples=(
            Facts(
                family=Family.STREAMING,
                state="Running",
                metrics={"ClickPipes_Errors_Total": Metric(20, 0.5)},
            ),
        ),
    ),
    Rule(
        id="stream.nothing-arrives",
        title="Nothing has been read since the pipe was created",
        cause="It starts at the end of a quiet topic or stream, reads the wrong one, or waits for "
        "an open transaction.",
        fix=(
            at_source("Produce a test record and look again."),
            tool("get_clickpipe", "Check the name of the topic or stream."),
            *_FROM_THE_START,
        ),
        documentation=docs("kafka/faq"),
        families=_STREAMS,
        confidence=Confidence.MEDIUM,
        predicate=both(
            in_state("Running"), pipe_is_older_than(HOUR_S / 6), stays_below(FETCHED_ANYTHING)
        ),
        examples=(
            Facts(
                family=Family.STREAMING,
                arm="kafka",
                state="Running",
                pipe_age_s=HOUR_S,
                source={"offset": {"strategy": "from_latest"}},
                metrics=_readings(FetchedEvents_Total=0),
            ),
        ),
    ),
    Rule(
        id="workload.cdc-undersized",
        title="What all database pipes share is nearly used up",
        cause="CPU or memory of the service's shared infrastructure is close to its limit.",
        fix=(
            tool(
                "update_cdc_scaling",
                "Double it for the load, and scale back afterwards.",
                replica_cpu_millicores=4000,
                replica_memory_gb=16,
            ),
            wait("It takes 3 to 5 minutes."),
        ),
        documentation=docs("postgres/scaling"),
        families=_DATABASE,
        severity=Severity.ERROR,
        predicate=either(reaches(CDC_MEMORY_SCARCE), reaches(CDC_CPU_SCARCE)),
        examples=(
            Facts(
                family=Family.DATABASE,
                arm="mysql",
                metrics=_readings(CDC_CPUUsage=1900, CDC_CPULimit=2000),
            ),
        ),
    ),
    Rule(
        id="workload.cdc-source-behind",
        title="Changes are fetched many sync intervals late",
        cause="The source or the way to it is slow, a huge transaction is under way, or the pipe "
        "catches up after a pause.",
        fix=(
            tool(
                "get_clickpipe_metrics", "Take two samples to see whether it shrinks.", rates=True
            ),
            at_source("Look for long transactions at the source."),
            tool("get_cdc_scaling", "See what all database pipes share."),
        ),
        documentation=_MONITORING,
        families=_DATABASE,
        arms=CHANGE_CAPTURE,
        severity=Severity.WARNING,
        confidence=Confidence.MEDIUM,
        predicate=both(in_state("Running", "Degraded"), lags_sync_interval),
        examples=(
            Facts(
                family=Family.DATABASE,
                arm="mysql",
                state="Running",
                metrics=_readings(CDC_SourceLatency=1_200_000),
            ),
        ),
    ),
    Rule(
        id="workload.cdc-writes-slow",
        title="Writing changes into ClickHouse takes long",
        cause="Materialized views on the target, merges or the service's size slow inserts down.",
        fix=(
            clickhouse_sql(
                "See the slowest inserts.",
                "SELECT query_duration_ms, tables, exception FROM clusterAllReplicas('default', "
                "system.query_log) WHERE query_kind = 'Insert' AND event_time > now() - INTERVAL 1 "
                "HOUR ORDER BY 1 DESC LIMIT 10",
            ),
        ),
        documentation=_MONITORING,
        families=_DATABASE,
        arms=CHANGE_CAPTURE,
        severity=Severity.WARNING,
        confidence=Confidence.MEDIUM,
        predicate=both(in_state("Running", "Degraded"), reaches(WRITES_SLOW)),
        examples=(
            Facts(
                family=Family.DATABASE,
                arm="postgres",
                state="Running",
                metrics=_readings(CDC_DestinationLatency=300_000),
            ),
        ),
    ),
    Rule(
        id="workload.sync-interval-short",
        title="The sync interval is very short",
        cause="Below about ten seconds inserts are many and tiny, and the service never rests.",
        fix=(
            tool(
                "update_clickpipe",
                "Raise it while the pipe is paused.",
                source={"settings": {"sync_interval_seconds": 60}},
            ),
        ),
        documentation=docs("postgres/controlling-sync"),
        families=_DATABASE,
        arms=CHANGE_CAPTURE,
        severity=Severity.NOTE,
        confidence=Confidence.MEDIUM,
        predicate=configured("source.settings.syncIntervalSeconds", *range(1, 10)),
        examples=(
            Facts(
                family=Family.DATABASE,
                arm="postgres",
                source={"settings": {"syncIntervalSeconds": 5}},
            ),
        ),
    ),
)
