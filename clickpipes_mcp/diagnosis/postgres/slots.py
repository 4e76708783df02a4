"""Replication slots of Postgres: whose they are, where they stand, what decodes them."""

from functools import partial

from clickpipes_mcp.diagnosis._links import docs
from clickpipes_mcp.diagnosis._rule import Rule, Severity
from clickpipes_mcp.diagnosis._scope import POSTGRES
from clickpipes_mcp.diagnosis._spellings import sqlstate
from clickpipes_mcp.diagnosis._steps import RESYNC, at_source, source_sql, tool, wait

_rule = partial(Rule, arms=POSTGRES, severity=Severity.CRITICAL, documentation=docs("postgres/faq"))
_SLOTS = source_sql(
    "See the slots and who reads them.",
    "SELECT slot_name, plugin, active, active_pid, wal_status FROM pg_replication_slots",
)

RULES: tuple[Rule, ...] = (
    _rule(
        id="postgres.slot-active",
        title="Another connection is using the pipe's replication slot",
        cause="A slot has one reader: an old connection of the pipe that has not ended yet, or "
        "another consumer with the same slot name.",
        fix=(
            wait("Let it retry for some minutes: an old connection times out."),
            source_sql(
                "End the other reader if it stays.",
                "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE "
                "slot_name = '<slot>'",
            ),
            _SLOTS,
        ),
        severity=Severity.ERROR,
        patterns=(r"replication slot .{1,120} is active for PID", sqlstate("55006")),
        examples=('ERROR: replication slot "orders" is active for PID 79319 (SQLSTATE 55006)',),
    ),
    _rule(
        id="postgres.slot-waits",
        title="Creating the replication slot waits for open transactions to end",
        cause="A slot begins where no transaction is open: a long-running one, or an idle one, "
        "blocks it.",
        fix=(
            source_sql(
                "Find the oldest transactions; end what may end.",
                "SELECT pid, usename, state, xact_start, query FROM pg_stat_activity WHERE "
                "xact_start < now() - interval '5 minutes' ORDER BY xact_start",
            ),
            source_sql(
                "Prepared transactions count too.", "SELECT gid, prepared FROM pg_prepared_xacts"
            ),
            wait("Then let it retry."),
        ),
        severity=Severity.ERROR,
        patterns=(
            r"concurrent tx probably blocks",
            r"waiting for transactions? .{0,60}to end",
            r"Cannot obtain valid replication slot",
            r"slot creation .{0,60}(timed out|hang|stuck)",
        ),
        examples=(
            "Cannot obtain valid replication slot 'sl', concurrent tx probably blocks snapshot",
        ),
    ),
    _rule(
        id="postgres.slot-exists",
        title="A replication slot of that name exists already",
        cause="It is left over from a deleted pipe or belongs to another reader.",
        fix=(
            _SLOTS,
            source_sql("Drop it if nobody needs it.", "SELECT pg_drop_replication_slot('<slot>')"),
            tool("create_postgres_clickpipe", "Otherwise, choose another replication_slot_name."),
        ),
        patterns=(r"replication slot .{1,120} already exists",),
        examples=('ERROR: replication slot "orders" already exists (SQLSTATE 42710)',),
    ),
    _rule(
        id="postgres.slot-synchronized",
        title="The server is a standby: the slot there is a synchronized copy of the primary's",
        cause="Only the primary serves a failover slot; a copy on a standby is read after it is "
        "promoted.",
        fix=(
            tool(
                "update_clickpipe",
                "Point the pipe at the primary (writer), with credentials.",
                changes=("host",),
            ),
            wait("After a failover: let it retry until the standby is promoted."),
        ),
        patterns=(
            r"slot is being synchroni[sz]ed",
            r"cannot use replication slot .{1,120} for logical decoding",
        ),
        examples=("DETAIL: This replication slot is being synchronized from the primary server.",),
    ),
    _rule(
        id="postgres.slot-moved",
        title="The slot is not at the position where the pipe stopped reading",
        cause="The slot was recreated or moved on by another reader, or the server was restored, "
        "upgraded or failed over: changes in between are lost to the pipe.",
        fix=(RESYNC, _SLOTS),
        patterns=(
            r"offset is before replication slot",
            r"cannot advance replication slot",
            r"cannot read .{0,30}before .{0,30}(confirmed|restart)",
            r"(requested )?start(ing)? (point|position|LSN) .{0,60}ahead of",
            r"confirmed_flush_lsn.{0,60}(greater|ahead|past)",
            r"\bLSN\b.{0,60}(greater|later|ahead|past).{0,40}\bLSN\b",
        ),
        examples=("Saved offset is before replication slot's confirmed lsn. Please snapshot",),
    ),
    _rule(
        id="postgres.slot-conflict",
        title="A slot on a replica was invalidated by changes of the primary",
        cause="The primary vacuumed rows the slot still needed (xid horizon), or its wal_level "
        "changed: the slot is lost.",
        fix=(
            source_sql(
                "On the standby, with a physical slot on the primary.",
                "ALTER SYSTEM SET hot_standby_feedback = on; SELECT pg_reload_conf()",
            ),
            RESYNC,
            tool(
                "update_clickpipe",
                "Otherwise, read from the primary: its host, with credentials.",
                changes=("host",),
            ),
        ),
        patterns=(
            r"slot conflicted with",
            r"due to conflict with (xid|snapshot|recovery).{0,40}slot",
            r"rows_removed|wal_level_insufficient",
        ),
        examples=("The slot conflicted with xid horizon 5642254.",),
    ),
    _rule(
        id="postgres.output-plugin",
        title="The slot's decoding plugin is not the one that fits",
        cause="A pipe reads with pgoutput; the slot or the server has another plugin (wal2json, "
        "decoderbufs) or lacks it, or the slot is a physical one.",
        fix=(
            _SLOTS,
            source_sql(
                "Make one that fits.",
                "SELECT pg_create_logical_replication_slot('<slot>', 'pgoutput')",
            ),
        ),
        patterns=(
            r"could not access file \"[\w$/]{1,60}\"",
            r"unrecognized pgoutput option",
            r"(physical|non-logical) replication slot",
            r"option \"?\w+\"? = .{0,40}unknown",
            r"output plugin .{0,60}(not|unknown|cannot)",
        ),
        examples=('ERROR: could not access file "wal2json": No such file or directory',),
    ),
    _rule(
        id="postgres.timeline",
        title="The server was restored or promoted; its history differs from the pipe's",
        cause="After a restore or failover the timeline or system identifier is another one, and "
        "the old position means nothing there.",
        fix=(RESYNC, at_source("From Postgres 17 on use failover slots for planned failovers.")),
        patterns=(
            r"requested timeline \d+",
            r"system identifier (differs|mismatch|changed)",
            r"requested starting point .{0,60}is not in this server's history",
        ),
        examples=("ERROR: requested starting point 0/3000000 is not in this server's history",),
    ),
)
