"""Slots, snapshots and the stream of changes of Postgres pipes."""

from clickpipes_mcp.contract import Family
from clickpipes_mcp.diagnosis._facts import Facts, Metric
from clickpipes_mcp.diagnosis._links import docs, engine_source
from clickpipes_mcp.diagnosis._predicates import (
    DAY_S,
    HOUR_S,
    both,
    either,
    in_state,
    in_state_for,
    unless,
)
from clickpipes_mcp.diagnosis._rule import Advice, Breadth, Confidence, Evidence, Rule, Severity
from clickpipes_mcp.diagnosis._scope import POSTGRES
from clickpipes_mcp.diagnosis._steps import (
    RESYNC,
    START,
    STOP,
    at_source,
    clickhouse_sql,
    console,
    source_sql,
    support,
    tool,
    wait,
)
from clickpipes_mcp.diagnosis._thresholds import (
    SLOT_LARGE,
    SLOT_NOTABLE,
    SLOT_RISING,
    lags_sync_interval,
    reaches,
)

_FAQ = docs("postgres/faq")
_STUCK_S = HOUR_S / 4
_CLASSIFIER = engine_source("flow/alerting/classifier.go")
_KEEP_MORE_WAL = source_sql(
    "Keep more WAL: two days of it, better 200 GB.",
    "ALTER SYSTEM SET max_slot_wal_keep_size = '200GB'; SELECT pg_reload_conf()",
)
_SLOTS = source_sql(
    "See what the slots hold back.",
    "SELECT slot_name, active, wal_status, safe_wal_size, pg_size_pretty(pg_wal_lsn_diff("
    "pg_current_wal_lsn(), restart_lsn)) AS behind FROM pg_replication_slots",
)


def _slot(mib: float, per_s: float | None = None) -> dict[str, Metric]:
    return {"ClickPipes_SourceReplicationLatency_MiB": Metric(mib, per_s)}


def _nothing_loaded(facts: Facts) -> tuple[Evidence, ...] | None:
    """No byte of an initial load was counted."""
    loaded = facts.metrics.get("ClickPipes_FetchedBytesInitialLoad_Total")
    return () if loaded and not loaded.value else None


RULES: tuple[Rule, ...] = (
    Rule(
        id="postgres.slot-missing",
        title="The replication slot is gone",
        cause="It was dropped, belongs to another database, or a failover went to a server that "
        "has no copy of it.",
        fix=(
            RESYNC,
            tool(
                "create_postgres_clickpipe",
                "From Postgres 17 on recreate with enable_failover_slots.",
            ),
        ),
        documentation=_FAQ,
        arms=POSTGRES,
        severity=Severity.CRITICAL,
        patterns=(
            r"replication slot \"[^\"]{0,200}\" does not exist",
            r"slot .{0,120}(was|has been) dropped",
            r"was not created in this database",
            r"replication slot .{0,160}\bfound 0\b",
            r"NOTIFY_REPLICATION_SLOT_MISSING",
        ),
        examples=(
            'ERROR: replication slot "peerflow_slot_orders" does not exist (SQLSTATE 42704)',
            'replication slot "s" was not created in this database',
        ),
    ),
    Rule(
        id="postgres.slot-invalid",
        title="The replication slot is lost: Postgres removed WAL it still needed",
        cause="More WAL piled up than max_slot_wal_keep_size allows, or the slot was unused too "
        "long. It cannot be repaired.",
        fix=(_SLOTS, _KEEP_MORE_WAL, RESYNC),
        documentation=_FAQ,
        arms=POSTGRES,
        severity=Severity.CRITICAL,
        patterns=(
            r"can no longer (get changes from|access) replication slot",
            r"cannot read from logical replication slot",
            r"replication slot is lost",
            r"wal_status\W{1,5}lost",
            r"invalidating (obsolete )?replication slot(?!.{0,200}conflicted)",
            r"slot .{0,160}(has been|was) invalidated",
            r"slot .{0,80}never previously reserved WAL",
            r"NOTIFY_SLOT_INVALID",
        ),
        examples=(
            'can no longer get changes from replication slot "peerflow_slot_orders"',
            'cannot read from logical replication slot "peerflow_slot_orders"',
            'can no longer access replication slot "peerflow_slot_orders"',
            "replication slot is lost: requested WAL segment has already been removed",
        ),
    ),
    Rule(
        id="postgres.slot-growing",
        title="The replication slot holds back more and more WAL",
        cause="The pipe is paused or slower than the writes, or a long transaction, a rewrite of a "
        "table or a vacuum makes WAL faster than it is read.",
        fix=(
            source_sql(
                "Find long transactions, and end them.",
                "SELECT pid, now() - xact_start AS age, state, query FROM pg_stat_activity WHERE "
                "xact_start IS NOT NULL ORDER BY 2 DESC LIMIT 10",
            ),
            _SLOTS,
            tool(
                "update_clickpipe",
                "Raise interval and batch size together; the pipe must be paused.",
                source={"settings": {"sync_interval_seconds": 300, "pull_batch_size": 500000}},
            ),
            _KEEP_MORE_WAL,
            START,
        ),
        documentation=_FAQ,
        arms=POSTGRES,
        suspicion=Confidence.HIGH,
        patterns=(r"replication (slot )?(lag|size) is growing", r"wal_status\W{1,5}unreserved"),
        predicate=either(
            reaches(SLOT_LARGE),
            both(reaches(SLOT_NOTABLE), either(reaches(SLOT_RISING), lags_sync_interval)),
        ),
        when=unless(in_state("Failed")),
        examples=(
            "replication lag is growing",
            Facts(family=Family.DATABASE, arm="postgres", state="Running", metrics=_slot(6000)),
            Facts(family=Family.DATABASE, arm="postgres", state="Paused", metrics=_slot(500, 1.5)),
        ),
    ),
    Rule(
        id="postgres.paused-long",
        title="The pipe has been paused for long; its slot fills the source's disk",
        cause="A paused pipe keeps its slot, and the slot keeps the WAL, until it is lost or the "
        "disk is full.",
        fix=(
            START,
            _SLOTS,
            tool("delete_clickpipe", "Otherwise, delete the pipe to give the slot up."),
        ),
        documentation=docs("postgres/pause-and-resume"),
        arms=POSTGRES,
        severity=Severity.ERROR,
        confidence=Confidence.MEDIUM,
        predicate=in_state_for(DAY_S, "Paused"),
        examples=(
            Facts(family=Family.DATABASE, arm="postgres", state="Paused", state_age_s=3 * DAY_S),
        ),
    ),
    Rule(
        id="postgres.wal-removed",
        title="Postgres no longer has a WAL segment the pipe asks for",
        cause="Either a passing quirk of reading ahead, or the WAL is really gone.",
        fix=(wait("Wait for a few retries."), _SLOTS, RESYNC),
        documentation=_CLASSIFIER,
        arms=POSTGRES,
        severity=Severity.CRITICAL,
        confidence=Confidence.MEDIUM,
        breadth=Breadth.BROAD,
        patterns=(r"requested WAL segment \S+ has already been removed",),
        examples=("requested WAL segment 0000000100000A2B000000C4 has already been removed",),
    ),
    Rule(
        id="postgres.stream-ended",
        title="The connection for changes ended; the pipe reconnects",
        cause="A restart or the network closed it; with a low wal_sender_timeout Postgres does.",
        fix=(
            wait("Nothing, unless it repeats for hours."),
            source_sql("Then check the timeout.", "SHOW wal_sender_timeout"),
        ),
        documentation=_FAQ,
        arms=POSTGRES,
        severity=Severity.NOTE,
        patterns=(
            r"ReceiveMessage.{0,80}(EOF|failed|closed)",
            r"unexpected EOF",
            r"terminating walsender process",
            r"replication timeout",
        ),
        examples=("ReceiveMessage failed: unexpected EOF",),
    ),
    Rule(
        id="postgres.snapshot-lost",
        title="The initial load lost its snapshot",
        cause="The connection that kept the snapshot dropped: a restart, a failover or a network "
        "cut during the load.",
        fix=(
            at_source("Keep maintenance away from the source during the load."),
            RESYNC,
        ),
        documentation=_FAQ,
        arms=POSTGRES,
        severity=Severity.CRITICAL,
        patterns=(
            r"invalid snapshot identifier",
            r"snapshot \"[^\"]{0,200}\" does not exist",
            r"snapshot too old",
            r"could not import the requested snapshot",
            r"NOTIFY_INVALID_SNAPSHOT_IDENTIFIER",
        ),
        examples=(
            'ERROR: invalid snapshot identifier: "00000003-1"',
            'ERROR: snapshot "00000003-1" does not exist',
            "could not import the requested snapshot",
        ),
    ),
    Rule(
        id="postgres.snapshot-stuck",
        title="The snapshot waits for an open transaction at the source",
        cause="A slot is created only once every older transaction has ended.",
        fix=(
            source_sql(
                "Find the blocker, and end it.",
                "SELECT a.pid, pg_blocking_pids(a.pid) AS blocked_by, a.wait_event_type, a.query "
                "FROM pg_stat_activity a WHERE a.query ILIKE '%CREATE_REPLICATION_SLOT%'",
            ),
            source_sql("End it.", "SELECT pg_terminate_backend(<pid>)"),
        ),
        documentation=_FAQ,
        arms=POSTGRES,
        patterns=(r"CREATE_REPLICATION_SLOT",),
        predicate=either(
            in_state_for(_STUCK_S, "Setup"),
            both(in_state_for(_STUCK_S, "Snapshot"), _nothing_loaded),
        ),
        examples=(
            "CREATE_REPLICATION_SLOT waits for Lock",
            Facts(family=Family.DATABASE, arm="postgres", state="Setup", state_age_s=2 * HOUR_S),
        ),
    ),
    Rule(
        id="postgres.memalloc",
        title="A bug of this Postgres minor version breaks logical replication",
        cause="Versions 17.5, 16.9, 15.13, 14.18 and 13.21 ask to allocate too much memory while "
        "they decode. Outside decoding the row itself may be damaged.",
        fix=(at_source("Upgrade to the next minor version, 17.6 for example."), START, RESYNC),
        documentation=_FAQ,
        arms=POSTGRES,
        severity=Severity.CRITICAL,
        patterns=(r"invalid memory alloc request size", r"NOTIFY_POSTGRES_SLOT_MEMALLOC"),
        examples=("ERROR: invalid memory alloc request size 1073741824 (SQLSTATE XX000)",),
    ),
    Rule(
        id="postgres.decoding-memory",
        title="Aurora runs out of memory for decoding nested transactions",
        cause="Decoding an aborted sub-transaction does not fit into its working memory.",
        fix=(
            at_source("Raise it in the parameter group.", "logical_decoding_work_mem = 524288"),
            START,
        ),
        documentation=_FAQ,
        arms=POSTGRES,
        severity=Severity.CRITICAL,
        patterns=(
            r"logical decoding of aborted sub-transaction",
            r"increase logical_decoding_work_mem",
        ),
        examples=("Internal error encountered during logical decoding of aborted sub-transaction",),
    ),
    Rule(
        id="postgres.malformed-changes",
        title="The source sends changes that cannot be read",
        cause="Seen with Neon: the provider's replication stream is malformed.",
        fix=(
            at_source("Open a ticket with the provider."),
            support("Open a ticket with ClickHouse too."),
        ),
        documentation=_FAQ,
        arms=POSTGRES,
        severity=Severity.CRITICAL,
        patterns=(
            r"error converting new tuple to map",
            r"error parsing logical message",
            r"LOGICAL_MESSAGE_PROCESSING_ERROR",
        ),
        examples=("error converting new tuple to map", "error parsing logical message"),
    ),
    Rule(
        id="postgres.standby-slots",
        title="synchronized_standby_slots names a slot that is not served",
        cause="Postgres 17 holds changes back until every slot in that list has received them.",
        fix=(
            source_sql(
                "Remove the missing slot from the list.",
                "ALTER SYSTEM SET synchronized_standby_slots = '<slots that exist>'; "
                "SELECT pg_reload_conf()",
            ),
        ),
        documentation=_CLASSIFIER,
        arms=POSTGRES,
        severity=Severity.CRITICAL,
        patterns=(r"synchronized_standby_slots",),
        examples=(
            (
                'replication slot "standby" specified in parameter "synchronized_standby_slots" '
                "does not have active_pid"
            ),
        ),
    ),
    Rule(
        id="postgres.snapshot-long",
        title="The initial load has been running for more than a day",
        cause="Big tables take time: partitions are computed first, during which no row arrives; "
        "up to Postgres 13 ranges are read slowly.",
        fix=(
            console("Watch the Source and Tables tabs of the pipe."),
            tool("get_clickpipe_metrics", "See whether FetchedBytesInitialLoad_Total rises."),
            tool(
                "create_postgres_clickpipe",
                "Up to Postgres 13: recreate with 1 to 10 million snapshot_num_rows_per_partition.",
            ),
        ),
        documentation=docs("postgres/parallel-initial-load"),
        arms=POSTGRES,
        severity=Severity.NOTE,
        confidence=Confidence.MEDIUM,
        predicate=in_state_for(DAY_S, "Snapshot"),
        examples=(
            Facts(
                family=Family.DATABASE,
                arm="postgres",
                state="Snapshot",
                state_age_s=2 * DAY_S,
                metrics={"ClickPipes_FetchedBytesInitialLoad_Total": Metric(5e9)},
            ),
        ),
    ),
)

ADVICE: tuple[Advice, ...] = (
    Advice(
        id="postgres.snapshot-partitions",
        title="A load that shows no rows may be computing its partitions",
        cause="On a huge table this precedes the first row; it is not stuck.",
        fix=(wait("Wait until the load is over."), console("Watch the Source tab of the pipe.")),
        documentation=_FAQ,
        arms=POSTGRES,
        keywords=("snapshot stuck", "no rows", "initial load", "stuck"),
    ),
    Advice(
        id="postgres.old-version-slow",
        title="Initial loads are slow up to Postgres 13",
        cause="Scanning ranges of rows is slow there; fewer, larger partitions help.",
        fix=(
            clickhouse_sql("Drop the half-filled tables.", "DROP TABLE <database>.<table>"),
            tool(
                "create_postgres_clickpipe",
                "Recreate with 1 to 10 million snapshot_num_rows_per_partition.",
            ),
        ),
        documentation=_FAQ,
        arms=POSTGRES,
        keywords=("slow", "initial load", "snapshot"),
    ),
    Advice(
        id="postgres.purge-source",
        title="Deleting old rows at the source deletes them in ClickHouse",
        cause="Deletes are replicated like any other change.",
        fix=(
            source_sql(
                "Publish no deletes.",
                "ALTER PUBLICATION <publication> SET (publish = 'insert, update')",
            ),
            STOP,
            tool(
                "create_postgres_clickpipe",
                "Otherwise, delete the pipe, purge, and recreate as cdc_only while nothing is "
                "written.",
            ),
        ),
        documentation="https://github.com/PeerDB-io/peerdb/issues/3406",
        arms=POSTGRES,
        keywords=("purge", "retention", "delete", "archive"),
    ),
)
