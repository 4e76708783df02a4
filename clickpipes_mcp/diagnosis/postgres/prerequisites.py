"""What a Postgres source must be, have and allow before changes can be captured."""

from clickpipes_mcp.contract import Family
from clickpipes_mcp.diagnosis._facts import Facts
from clickpipes_mcp.diagnosis._links import docs, engine_source
from clickpipes_mcp.diagnosis._predicates import configured_like
from clickpipes_mcp.diagnosis._rule import Advice, Rule, Severity
from clickpipes_mcp.diagnosis._scope import POSTGRES
from clickpipes_mcp.diagnosis._steps import (
    RESYNC,
    at_source,
    console,
    hosted,
    source_sql,
    tool,
)
from clickpipes_mcp.diagnosis.providers import Provider

_FAQ = docs("postgres/faq")
_GENERIC = docs("postgres/source/generic")
_ENGINE = engine_source("flow/connectors/postgres/validate.go")

RULES: tuple[Rule, ...] = (
    Rule(
        id="postgres.wal-level",
        title="Postgres does not write logical changes to its WAL",
        cause="wal_level is not logical, so logical replication is off; managed databases have a "
        "switch of their own for it. A restart is needed.",
        fix=(
            hosted(
                source_sql("Set it and restart.", "ALTER SYSTEM SET wal_level = 'logical'"),
                Provider.OWN,
            ),
            hosted(
                at_source(
                    "RDS, Aurora: parameter group, then reboot.", "rds.logical_replication = 1"
                ),
                Provider.RDS,
                Provider.AURORA,
            ),
            hosted(
                at_source(
                    "Cloud SQL: set the flag; it restarts.", "cloudsql.logical_decoding = on"
                ),
                Provider.CLOUD_SQL,
            ),
            hosted(
                at_source("AlloyDB: set the flag.", "alloydb.logical_decoding = on"),
                Provider.ALLOYDB,
            ),
            hosted(
                at_source("Azure: server parameter, then restart.", "wal_level = LOGICAL"),
                Provider.AZURE,
            ),
            hosted(
                console("Neon: switch logical replication on in the project's settings."),
                Provider.NEON,
            ),
        ),
        documentation=_GENERIC,
        arms=POSTGRES,
        severity=Severity.CRITICAL,
        patterns=(
            r"wal_level is not logical",
            r"rds\.logical_replication setting must be enabled",
            r"logical decoding requires \"?wal_level",
            r"wal_level.{1,12}(must be|needs to be|should be|set to).{0,12}logical",
            r"wal_level\"? ?(<|>=) ?\"?logical(?!\"? on the primary)",
            r"logical replication (is not|must be) enabled",
        ),
        examples=(
            "failed to check replication permissions: wal_level is not logical",
            "rds.logical_replication setting must be enabled",
            "ERROR: wal_level must be set to 'logical'",
        ),
    ),
    Rule(
        id="postgres.publication-not-allowed",
        title="The user may not create or change the publication",
        cause="A publication that the pipe manages needs ownership of its tables and CREATE on the "
        "database; one for all tables needs a superuser.",
        fix=(
            source_sql(
                "Create one as the owner, and name it in publication_name.",
                "CREATE PUBLICATION clickpipes_publication FOR TABLE <schema>.<table>",
            ),
            source_sql(
                "Otherwise, let the user own the table.",
                "GRANT CREATE ON DATABASE <database> TO <user>; ALTER TABLE "
                "<schema>.<table> OWNER TO <user>",
            ),
        ),
        documentation=_GENERIC,
        arms=POSTGRES,
        severity=Severity.CRITICAL,
        patterns=(
            r"invalid publication creation permissions",
            r"permission denied for (database|publication)",
            r"must be owner of (table|relation|publication)",
            r"must be superuser to create .{0,40}publication",
        ),
        examples=(
            "invalid publication creation permissions: ERROR: must be owner of table orders",
            "permission denied for database app",
            "ERROR: must be superuser to create FOR ALL TABLES publication (SQLSTATE 42501)",
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
            tool(
                "update_clickpipe",
                "Use the primary or writer endpoint, with the credentials.",
                changes=("host",),
            ),
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
        fix=(
            at_source("Upgrade the server."),
            source_sql("Check its version.", "SHOW server_version"),
        ),
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
)

ADVICE: tuple[Advice, ...] = (
    Advice(
        id="postgres.rows-hidden",
        title="Rows are missing after the initial load, without an error",
        cause="Row-level security or missing grants hide them from the user, or a row policy hides "
        "them in ClickHouse.",
        fix=(
            source_sql("Let the user see everything.", "ALTER USER <user> BYPASSRLS"),
            source_sql(
                "Let the user read the table.", "GRANT SELECT ON <schema>.<table> TO <user>"
            ),
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
