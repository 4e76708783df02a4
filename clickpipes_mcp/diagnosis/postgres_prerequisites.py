"""What a Postgres source must be, have and allow before changes can be captured."""

from clickpipes_mcp.contract import Family
from clickpipes_mcp.diagnosis._facts import Facts
from clickpipes_mcp.diagnosis._links import docs, engine_source
from clickpipes_mcp.diagnosis._predicates import configured_like
from clickpipes_mcp.diagnosis._rule import Advice, Confidence, Rule, Severity
from clickpipes_mcp.diagnosis._scope import POSTGRES
from clickpipes_mcp.diagnosis._steps import (
    RESYNC,
    START,
    allow_list,
    at_source,
    source_sql,
    tool,
    wait,
)

_FAQ = docs("postgres/faq")
_GENERIC = docs("postgres/source/generic")
_ENGINE = engine_source("flow/connectors/postgres/validate.go")

RULES: tuple[Rule, ...] = (
    Rule(
        id="postgres.wal-level",
        title="Postgres does not write logical changes to its WAL",
        cause="wal_level is not logical; managed databases have a switch of their own for it.",
        fix=(
            source_sql(
                "Self-hosted: set it and restart.", "ALTER SYSTEM SET wal_level = 'logical'"
            ),
            at_source("RDS, Aurora: parameter group, then reboot.", "rds.logical_replication = 1"),
            at_source(
                "Cloud SQL or AlloyDB: the flag of the product.",
                "cloudsql.logical_decoding = on | alloydb.logical_decoding = on",
            ),
            at_source("Azure: server parameter; Neon: project settings.", "wal_level = LOGICAL"),
        ),
        documentation=_GENERIC,
        arms=POSTGRES,
        severity=Severity.CRITICAL,
        patterns=(
            r"wal_level is not logical",
            r"rds\.logical_replication setting must be enabled",
            r"logical decoding requires \"?wal_level",
        ),
        examples=(
            "failed to check replication permissions: wal_level is not logical",
            "rds.logical_replication setting must be enabled",
        ),
    ),
    Rule(
        id="postgres.wal-senders",
        title="Postgres allows too few WAL senders",
        cause="A pipe needs at least two.",
        fix=(source_sql("Raise it and restart.", "ALTER SYSTEM SET max_wal_senders = 10"),),
        documentation=_GENERIC,
        arms=POSTGRES,
        severity=Severity.CRITICAL,
        patterns=(r"max_wal_senders",),
        examples=("max_wal_senders must be at least 2",),
    ),
    Rule(
        id="postgres.replica-host",
        title="The pipe is connected to a replica, not to the writer",
        cause="Slots are created on the writer; a standby can hold one from Postgres 16 on, with "
        "settings of its own.",
        fix=(
            tool("update_clickpipe", "Use the primary or writer endpoint, with the credentials."),
            source_sql(
                "Standby of version 16 or later: set this there, wal_level = logical on the "
                "primary, and create the publication on the primary.",
                "ALTER SYSTEM SET hot_standby_feedback = on",
            ),
        ),
        documentation=_ENGINE,
        arms=POSTGRES,
        severity=Severity.CRITICAL,
        patterns=(
            r"cannot create replication slots on a standby",
            r"logical decoding cannot be used while in recovery",
            r"logical decoding on standby requires",
            r"Create the replication slot from the writer node instead",
        ),
        examples=(
            "cannot create replication slots on a standby server with version <16",
            "logical decoding cannot be used while in recovery",
            'logical decoding on standby requires "wal_level" >= "logical" on the primary',
            "Create the replication slot from the writer node instead",
        ),
    ),
    Rule(
        id="postgres.standby-feedback",
        title="The standby does not tell its primary what it still needs",
        cause="Without feedback the primary removes rows the slot needs.",
        fix=(
            source_sql(
                "On the standby.",
                "ALTER SYSTEM SET hot_standby_feedback = on; SELECT pg_reload_conf()",
            ),
        ),
        documentation=_ENGINE,
        arms=POSTGRES,
        severity=Severity.CRITICAL,
        patterns=(r"hot_standby_feedback setting must be enabled",),
        examples=("hot_standby_feedback setting must be enabled on standby servers",),
    ),
    Rule(
        id="postgres.version",
        title="The Postgres server is too old or not really Postgres",
        cause="Version 12 or later is needed; YugabyteDB is refused.",
        fix=(at_source("Upgrade the server."), source_sql("Check.", "SHOW server_version")),
        documentation=docs("postgres"),
        arms=POSTGRES,
        severity=Severity.CRITICAL,
        patterns=(r"must be of PG12 or above", r"yugabyte"),
        examples=("postgres must be of PG12 or above. Current version: 11",),
    ),
    Rule(
        id="postgres.publication-missing",
        title="The publication does not exist",
        cause="It was dropped, never created, or is in another database of the server.",
        fix=(
            source_sql(
                "Create it under the same name.",
                "CREATE PUBLICATION <publication> FOR TABLE <schema>.<table>",
            ),
            RESYNC,
        ),
        documentation=_FAQ,
        arms=POSTGRES,
        severity=Severity.CRITICAL,
        patterns=(
            r"publication does not exist",
            r"publication \"[^\"]{0,200}\" does not exist",
            r"NOTIFY_PUBLICATION_MISSING",
        ),
        examples=(
            "publication does not exist: clickpipes_publication",
            'ERROR: publication "clickpipes_publication" does not exist (SQLSTATE 42704)',
        ),
    ),
    Rule(
        id="postgres.table-not-published",
        title="Some tables are not in the publication",
        cause="The publication is managed by hand and does not contain a mapped table.",
        fix=(
            source_sql(
                "Add the table.", "ALTER PUBLICATION <publication> ADD TABLE <schema>.<table>"
            ),
            source_sql(
                "See what it contains.",
                "SELECT * FROM pg_publication_tables WHERE pubname = '<publication>'",
            ),
        ),
        documentation=_FAQ,
        arms=POSTGRES,
        severity=Severity.CRITICAL,
        patterns=(
            r"tables? (are )?missing from publication",
            r"not (part of|in) (the )?publication",
            r"NOTIFY_TABLES_NOT_IN_PUBLICATION",
        ),
        examples=("some tables missing from publication: public.orders",),
    ),
    Rule(
        id="postgres.publication-not-allowed",
        title="The user may not create the publication",
        cause="A publication that the pipe manages needs ownership of its tables and CREATE on the "
        "database.",
        fix=(
            source_sql(
                "Create one as the owner, and name it in publication_name.",
                "CREATE PUBLICATION clickpipes_publication FOR TABLE <schema>.<table>",
            ),
            source_sql(
                "Or let the user own the table.",
                "GRANT CREATE ON DATABASE <database> TO clickpipes_user; ALTER TABLE "
                "<schema>.<table> OWNER TO clickpipes_user",
            ),
        ),
        documentation=_GENERIC,
        arms=POSTGRES,
        severity=Severity.CRITICAL,
        patterns=(
            r"invalid publication creation permissions",
            r"permission denied for database",
            r"must be owner of table",
        ),
        examples=(
            "invalid publication creation permissions: ERROR: must be owner of table orders",
            "permission denied for database app",
        ),
    ),
    Rule(
        id="postgres.access-denied",
        title="Postgres refuses the login or reading a table",
        cause="Password, pg_hba.conf or grants: the user must connect, read and replicate.",
        fix=(
            source_sql(
                "Grant reading.",
                "GRANT USAGE ON SCHEMA <schema> TO clickpipes_user; GRANT SELECT ON ALL TABLES IN "
                "SCHEMA <schema> TO clickpipes_user",
            ),
            source_sql(
                "Grant replication; on RDS and Aurora: GRANT rds_replication TO clickpipes_user.",
                "ALTER USER clickpipes_user REPLICATION",
            ),
            allow_list("Self-hosted: allow the user from ClickPipes in pg_hba.conf, then reload."),
            tool("update_clickpipe", "Give the right credentials."),
        ),
        documentation=_GENERIC,
        arms=POSTGRES,
        severity=Severity.CRITICAL,
        patterns=(
            r"permission denied for (table|schema|relation|sequence)",
            r"\b28P01\b",
            r"SQLSTATE:? (28000|42501)",
            r"password authentication failed",
            r"no pg_hba\.conf entry",
        ),
        examples=(
            "ERROR: permission denied for table orders (SQLSTATE 42501)",
            'FATAL: password authentication failed for user "clickpipes_user" (SQLSTATE 28P01)',
            "no pg_hba.conf entry for replication connection (SQLSTATE 28000)",
        ),
    ),
    Rule(
        id="postgres.limits-exhausted",
        title="Postgres has no free replication slot or connection",
        cause="All slots or connections are taken, often by pipes that were deleted while the "
        "source was unreachable.",
        fix=(
            source_sql(
                "Find unused slots, and drop those nobody needs.",
                "SELECT slot_name, active, wal_status FROM pg_replication_slots; SELECT "
                "pg_drop_replication_slot('<slot>')",
            ),
            source_sql(
                "Or raise the limit and restart.", "ALTER SYSTEM SET max_replication_slots = 20"
            ),
        ),
        documentation=_GENERIC,
        arms=POSTGRES,
        severity=Severity.CRITICAL,
        patterns=(
            r"all replication slots are in use",
            r"\b53[34]00\b",
            r"too many (clients|connections)",
            r"remaining connection slots",
        ),
        examples=(
            "ERROR: all replication slots are in use (SQLSTATE 53400)",
            "FATAL: sorry, too many clients already (SQLSTATE 53300)",
        ),
    ),
    Rule(
        id="postgres.pooler",
        title="The host is a connection pooler",
        cause="Replication does not pass through PgBouncer, RDS Proxy or a provider's pooler.",
        fix=(tool("update_clickpipe", "Use the direct host and port, with the credentials."),),
        documentation=docs("postgres"),
        arms=POSTGRES,
        severity=Severity.CRITICAL,
        suspicion=Confidence.HIGH,
        patterns=(
            r"pgbouncer",
            r"unsupported startup parameter: replication",
            r"prepared statement \"[^\"]{0,100}\" does not exist",
        ),
        predicate=configured_like("source.host", r"pooler\.|pgbouncer|\.proxy-\w+\.[\w-]+\.rds\."),
        examples=(
            "unsupported startup parameter: replication",
            Facts(
                family=Family.DATABASE,
                arm="postgres",
                source={"host": "aws-0-eu-west-1.pooler.supabase.com"},
            ),
        ),
    ),
    Rule(
        id="postgres.slot-needs-cdc-only",
        title="A named slot can only be used without an initial load",
        cause="replication_slot_name belongs to the mode cdc_only; other modes create their own.",
        fix=(
            tool("create_postgres_clickpipe", "Leave replication_slot_name out, or use cdc_only."),
        ),
        documentation=docs("postgres"),
        arms=POSTGRES,
        patterns=(r"replicationSlotName is only valid for",),
        examples=(
            'BAD_REQUEST: replicationSlotName is only valid for "cdc_only" replication mode',
        ),
    ),
    Rule(
        id="postgres.quota",
        title="The provider's plan is exhausted",
        cause="Compute time or disk of the plan is used up, so the database refuses to work.",
        fix=(at_source("Upgrade the plan or wait for the next period."), START),
        documentation=docs("postgres/source/neon-postgres"),
        arms=POSTGRES,
        severity=Severity.CRITICAL,
        patterns=(r"exceeded the compute time quota", r"Disk quota exceeded"),
        examples=(
            "Your account or project has exceeded the compute time quota. Upgrade your plan",
        ),
    ),
    Rule(
        id="postgres.terminated",
        title="Somebody or a timeout ends the pipe's connections",
        cause="An administrator or a session timeout of the role kills the backend.",
        fix=(
            source_sql(
                "Exempt the pipe's role.",
                "ALTER ROLE clickpipes_user SET idle_session_timeout = 0",
            ),
            at_source("Leave the role out of jobs that kill sessions."),
        ),
        documentation=engine_source("flow/alerting/classifier.go"),
        arms=POSTGRES,
        severity=Severity.WARNING,
        patterns=(
            r"terminating connection due to (administrator command|idle)",
            r"\b57P01\b",
            r"NOTIFY_TERMINATE",
        ),
        examples=("FATAL: terminating connection due to administrator command (SQLSTATE 57P01)",),
    ),
    Rule(
        id="postgres.name-with-dot",
        title="A schema or table name contains a dot",
        cause="Names are split at the dot, so such tables cannot be mapped.",
        fix=(
            source_sql(
                "Rename the table.",
                'ALTER TABLE "<a.b>" RENAME TO <a_b>',
            ),
        ),
        documentation=_FAQ,
        arms=POSTGRES,
        patterns=(r"invalid (source )?table identifier",),
        predicate=configured_like("source.tableMappings[].sourceTable", r"\."),
        examples=(
            "invalid source table identifier: public.a.b",
            Facts(
                family=Family.DATABASE,
                arm="postgres",
                source={"tableMappings": [{"sourceTable": "a.b", "targetTable": "ab"}]},
            ),
        ),
    ),
    Rule(
        id="postgres.failover",
        title="The database is failing over",
        cause="For a moment the connection points at a read-only node.",
        fix=(
            wait("The pipe reconnects by itself."),
            tool("update_clickpipe", "Use the cluster's writer endpoint if it does not."),
        ),
        documentation=engine_source("flow/alerting/classifier.go"),
        arms=POSTGRES,
        severity=Severity.WARNING,
        patterns=(r"cannot be used on RO \(Read Only\) node", r"NOTIFY_AURORA_FAILOVER"),
        examples=("replication slots cannot be used on RO (Read Only) node",),
    ),
)

ADVICE: tuple[Advice, ...] = (
    Advice(
        id="postgres.rows-hidden",
        title="Rows are missing after the initial load, without an error",
        cause="Row-level security or missing grants hide them from the user, or a row policy hides "
        "them in ClickHouse.",
        fix=(
            source_sql("Let the user see everything.", "ALTER USER clickpipes_user BYPASSRLS"),
            source_sql("And read it.", "GRANT SELECT ON <schema>.<table> TO clickpipes_user"),
            RESYNC,
        ),
        documentation=_FAQ,
        arms=POSTGRES,
        keywords=("missing rows", "rows are missing", "fewer rows", "row level security", "rls"),
    ),
    Advice(
        id="postgres.timescale-chunks",
        title="Rows of a Timescale hypertable are missing",
        cause="Changes happen in chunks of another schema, which must be published as well.",
        fix=(
            source_sql(
                "Publish the chunks.",
                "ALTER PUBLICATION <publication> ADD TABLES IN SCHEMA _timescaledb_internal",
            ),
            RESYNC,
        ),
        documentation=docs("postgres/source/timescale"),
        arms=POSTGRES,
        keywords=("timescale", "hypertable", "chunk"),
    ),
)
