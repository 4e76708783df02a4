"""A Postgres server at its limits: connections, memory, disk, locks, timeouts, damage."""

from functools import partial

from clickpipes_mcp.diagnosis._links import docs, engine_source
from clickpipes_mcp.diagnosis._rule import Rule, Severity
from clickpipes_mcp.diagnosis._scope import POSTGRES
from clickpipes_mcp.diagnosis._spellings import sqlstate
from clickpipes_mcp.diagnosis._steps import (
    RESYNC,
    at_source,
    hosted,
    source_sql,
    support,
    tool,
    wait,
)
from clickpipes_mcp.diagnosis.providers import Provider

_FAQ = docs("postgres/faq")
_CLASSIFIER = engine_source("flow/alerting/classifier.go")
_rule = partial(Rule, arms=POSTGRES, severity=Severity.CRITICAL, documentation=_FAQ)

RULES: tuple[Rule, ...] = (
    _rule(
        id="postgres.limits-exhausted",
        title="Postgres has no free replication slot",
        cause="All slots are in use, often by pipes that were deleted while the source was "
        "unreachable: max_replication_slots is reached.",
        fix=(
            source_sql(
                "Find unused slots, and drop those nobody needs.",
                "SELECT slot_name, active, wal_status FROM pg_replication_slots; SELECT "
                "pg_drop_replication_slot('<slot>')",
            ),
            source_sql(
                "Otherwise, raise the limit and restart.",
                "ALTER SYSTEM SET max_replication_slots = 20",
            ),
        ),
        documentation=docs("postgres/source/generic"),
        patterns=(r"all replication slots are in use", sqlstate("53400")),
        examples=("ERROR: all replication slots are in use (SQLSTATE 53400)",),
    ),
    _rule(
        id="postgres.connections-exhausted",
        title="Postgres has no free connection: max_connections is reached",
        cause="Too many connections are open, of the pipe or of others, or the user has a "
        "connection limit of its own.",
        fix=(
            source_sql(
                "See who holds them.",
                "SELECT usename, application_name, state, count(*) FROM pg_stat_activity GROUP "
                "BY 1, 2, 3 ORDER BY 4 DESC",
            ),
            source_sql("Raise the limit and restart.", "ALTER SYSTEM SET max_connections = 200"),
            tool(
                "create_postgres_clickpipe", "Otherwise, load with fewer initial_load_parallelism."
            ),
        ),
        patterns=(
            sqlstate("53300"),
            r"too many (clients|connections)",
            r"remaining connection slots",
            r"connection (slots|limit).{0,40}(reserved|exceeded|exhausted)",
        ),
        examples=("FATAL: sorry, too many clients already (SQLSTATE 53300)",),
    ),
    _rule(
        id="postgres.disk-full",
        title="The disk of the Postgres server is full",
        cause="No space is left for data, WAL or temporary files.",
        fix=(
            at_source("Add storage or free disk space."),
            source_sql(
                "See whether slots hold WAL back.",
                "SELECT slot_name, active, pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), "
                "restart_lsn)) FROM pg_replication_slots",
            ),
        ),
        patterns=(
            sqlstate("53100"),
            r"no space left on device",
            r"could not (extend|write to) file",
            r"\bDiskFull\b",
        ),
        examples=("ERROR: could not extend file: No space left on device (SQLSTATE 53100)",),
    ),
    _rule(
        id="postgres.temporary-file-limit",
        title="A query of the pipe needs more temporary files than temp_file_limit allows",
        cause="A sort or a wide partition of the load spills to disk.",
        fix=(source_sql("Lift it for the role.", "ALTER ROLE <user> SET temp_file_limit = -1"),),
        patterns=(r"temp_file_limit", r"temporary file size exceeds"),
        examples=("ERROR: temporary file size exceeds temp_file_limit (1048576kB)",),
    ),
    _rule(
        id="postgres.out-of-memory",
        title="The Postgres server ran out of memory",
        cause="The instance is too small, work_mem too high, or too many connections share it.",
        fix=(
            at_source("Give the instance more memory, or close other connections."),
            source_sql("Look at the settings.", "SHOW work_mem; SHOW max_connections"),
        ),
        documentation=_CLASSIFIER,
        patterns=(
            sqlstate("53200"),
            r"(?<!invalid memory alloc )out of memory",
            r"could not (resize|map) .{0,40}shared memory",
            r"\bOutOfMemory\b",
        ),
        examples=("ERROR: out of memory (SQLSTATE 53200)",),
    ),
    _rule(
        id="postgres.statement-timeout",
        title="The source's statement_timeout ends a long query of the pipe",
        cause="The initial load reads for long; the timeout of the server, database or role "
        "cancels it.",
        fix=(
            source_sql(
                "Switch it off for the role.", "ALTER ROLE <user> SET statement_timeout = 0"
            ),
            tool("resync_clickpipe", "Resync if the load does not go on by itself."),
        ),
        patterns=(r"due to statement timeout", r"QueryCanceled.{0,40}timeout"),
        examples=("ERROR: canceling statement due to statement timeout (SQLSTATE 57014)",),
    ),
    _rule(
        id="postgres.query-cancelled",
        title="Somebody cancelled a query of the pipe",
        cause="A person, a job or a monitor used pg_cancel_backend; the pipe retries.",
        fix=(wait("Let it retry."), at_source("Leave the pipe's role out of such jobs.")),
        documentation=_CLASSIFIER,
        severity=Severity.WARNING,
        patterns=(r"canceling statement due to user request",),
        examples=("ERROR: canceling statement due to user request (SQLSTATE 57014)",),
    ),
    _rule(
        id="postgres.standby-conflict",
        title="A replica cancels the query to replay changes of its primary",
        cause="Recovery conflict: the primary removed rows that the query still reads on the "
        "standby.",
        fix=(
            source_sql(
                "On the standby.",
                "ALTER SYSTEM SET hot_standby_feedback = on; ALTER SYSTEM SET "
                "max_standby_streaming_delay = '1h'; SELECT pg_reload_conf()",
            ),
            tool(
                "update_clickpipe",
                "Otherwise, read from the primary: its host, with credentials.",
                changes=("host",),
            ),
        ),
        patterns=(r"due to conflict with recovery",),
        examples=("ERROR: canceling statement due to conflict with recovery (SQLSTATE 40001)",),
    ),
    _rule(
        id="postgres.unlogged-on-standby",
        title="An unlogged or temporary table cannot be read on a replica",
        cause="Such tables are not in the WAL, so a standby has no rows of them.",
        fix=(
            tool(
                "update_clickpipe",
                "Read from the primary, or take the table out of the pipe.",
                changes=("host",),
            ),
            source_sql(
                "Otherwise, log it, on the primary.", "ALTER TABLE <schema>.<table> SET LOGGED"
            ),
        ),
        patterns=(r"unlogged relations during recovery",),
        examples=("ERROR: cannot access temporary or unlogged relations during recovery",),
    ),
    _rule(
        id="postgres.read-only",
        title="The Postgres server is read-only: a replica, or set so",
        cause="A statement that writes was refused: the host is a standby, or "
        "default_transaction_read_only is on.",
        fix=(
            tool(
                "update_clickpipe",
                "Use the primary's host, with the credentials.",
                changes=("host",),
            ),
            source_sql(
                "Check the server.",
                "SELECT pg_is_in_recovery(); SHOW default_transaction_read_only",
            ),
        ),
        patterns=(r"in a read-only transaction", sqlstate("25006")),
        examples=("ERROR: cannot execute CREATE PUBLICATION in a read-only transaction",),
    ),
    _rule(
        id="postgres.locked",
        title="A query of the pipe waits for a lock at the source",
        cause="Another transaction holds the lock: a deadlock, a schema change or a long "
        "transaction. The pipe retries.",
        fix=(
            wait("Let it retry."),
            source_sql(
                "Find who blocks whom.",
                "SELECT pid, pg_blocking_pids(pid), state, query FROM pg_stat_activity WHERE "
                "cardinality(pg_blocking_pids(pid)) > 0",
            ),
        ),
        documentation=_CLASSIFIER,
        severity=Severity.WARNING,
        patterns=(
            r"due to lock timeout",
            r"\bdeadlock detected",
            r"could not obtain lock",
            r"could not serialize access",
            sqlstate("40P01", "55P03"),
        ),
        examples=("ERROR: deadlock detected (SQLSTATE 40P01)",),
    ),
    _rule(
        id="postgres.decoding-hiccup",
        title="Logical decoding stumbled at the source; reconnecting mostly helps",
        cause="A passing failure inside Postgres or Aurora while it reads its WAL: spill files, a "
        "missing record, internal state. The pipe retries.",
        fix=(
            wait("Let it retry a few times."),
            hosted(
                at_source("If it stays, open a ticket with AWS."), Provider.RDS, Provider.AURORA
            ),
            RESYNC,
        ),
        documentation=_CLASSIFIER,
        severity=Severity.WARNING,
        patterns=(
            r"reorderbuffer spill file",
            r"could not stat file .{1,200}stale file handle",
            r"Internal error encountered during logical decoding(?! of aborted)",
            r"missing contrecord",
            r"could not find record while sending logically",
            r"pfree called with invalid pointer",
            r"unrecognized SI message",
            r"Unable to restore changes for xid",
            r"cache lookup failed for",
            r"could not (find|open) .{0,60}\.snap\b",
        ),
        examples=("could not read from reorderbuffer spill file: Bad address",),
    ),
    _rule(
        id="postgres.damaged",
        title="Data of the source is damaged on its disk",
        cause="Postgres found a page, a row or an index it cannot read; the pipe cannot repair it.",
        fix=(
            source_sql("Check the table.", "SELECT * FROM verify_heapam('<schema>.<table>')"),
            at_source("Reindex, or restore the table from a backup."),
            support("Ask the provider of the database."),
        ),
        patterns=(
            r"invalid page in block",
            r"could not read block",
            r"(missing|unexpected) chunk number",
            r"compressed (pglz|lz4|data).{0,20}(corrupt|is corrupt)",
            sqlstate("XX001", "XX002"),
            r"found xmin \d+ from before relfrozenxid",
        ),
        examples=("ERROR: invalid page in block 42 of relation base/16401/24601",),
    ),
)
