"""What goes wrong in ClickHouse while rows are written."""

from clickpipes_mcp.contract import Family
from clickpipes_mcp.diagnosis._links import CLICKPIPES, clickhouse_docs, docs, engine_source, thread
from clickpipes_mcp.diagnosis._rule import Breadth, Confidence, Rule, Severity
from clickpipes_mcp.diagnosis._steps import (
    TABLES,
    anew,
    clickhouse_sql,
    console,
    only_for,
    support,
    tool,
    wait,
)

_FAQ = docs("postgres/faq")
_HOME = CLICKPIPES
_CLASSIFIER = engine_source("flow/alerting/classifier.go")
_VALIDATION = engine_source("flow/pkg/clickhouse/validation.go")
_DATABASE = (Family.DATABASE,)

RULES: tuple[Rule, ...] = (
    Rule(
        id="destination.memory-limit",
        title="ClickHouse ran out of memory while inserting",
        cause="The service is too small for the inserts together with the views that hang on them.",
        fix=(
            console("Give the service more memory."),
            clickhouse_sql(
                "Find the views that take most.",
                "SELECT view_name, max(peak_memory_usage) FROM clusterAllReplicas('default', "
                "system.query_views_log) GROUP BY 1 ORDER BY 2 DESC LIMIT 10",
            ),
            clickhouse_sql(
                "Rewrite joins in views: the big table on the left, filters in subqueries.",
                "SELECT ... FROM (SELECT ... WHERE ...) AS small RIGHT JOIN <big> USING (<key>)",
            ),
        ),
        documentation=_FAQ,
        severity=Severity.CRITICAL,
        breadth=Breadth.BROAD,
        patterns=(
            r"MEMORY_LIMIT_EXCEEDED",
            r"memory limit.{0,40}exceeded",
            r"\bcode: 241\b",
            r"\bNOTIFY_OOM\b",
        ),
        examples=(
            "code: 241, message: Memory limit (total) exceeded: would use 14.00 GiB",
            "NOTIFY_OOM",
        ),
    ),
    Rule(
        id="destination.too-many-parts",
        title="ClickHouse cannot merge the small inserts fast enough",
        cause="Inserts are tiny or frequent, the partition key is too fine, or merges are held up.",
        fix=(
            only_for(
                tool(
                    "update_clickpipe_settings",
                    "Wait longer for a batch.",
                    settings={"streaming_max_insert_wait_ms": 30000},
                ),
                Family.STREAMING,
            ),
            only_for(
                tool(
                    "update_clickpipe",
                    "Raise the sync interval while paused.",
                    source={"settings": {"sync_interval_seconds": 300}},
                ),
                Family.DATABASE,
            ),
            clickhouse_sql(
                "See which table and partitions.",
                "SELECT database, table, partition, count() FROM system.parts WHERE active GROUP "
                "BY 1, 2, 3 ORDER BY 4 DESC LIMIT 10",
            ),
            clickhouse_sql(
                "Recreate the table with a coarser PARTITION BY, a month for example.",
                "PARTITION BY toYYYYMM(<time>)",
            ),
        ),
        documentation=clickhouse_docs("knowledgebase/exception-too-many-parts"),
        severity=Severity.CRITICAL,
        patterns=(
            r"TOO_MANY_PARTS",
            r"Too many (inactive )?parts",
            r"\bcode: 252\b(?!.{0,60}partitions)",
        ),
        examples=(
            (
                "code: 252, message: Too many parts in the table. Merges are processing "
                "significantly slower than inserts"
            ),
        ),
    ),
    Rule(
        id="destination.view-fails",
        title="A materialized view on the target fails, and the insert with it",
        cause="The view's query breaks on the new rows or on a changed table.",
        fix=(
            clickhouse_sql(
                "Find the failing view.",
                "SELECT view_name, exception FROM clusterAllReplicas('default', "
                "system.query_views_log) WHERE status LIKE 'Exception%' ORDER BY event_time DESC "
                "LIMIT 10",
            ),
            clickhouse_sql(
                "Correct the view, or drop it; the pipe retries by itself.",
                "ALTER TABLE <view> MODIFY QUERY SELECT ...",
            ),
        ),
        documentation=_CLASSIFIER,
        severity=Severity.CRITICAL,
        patterns=(
            r"while pushing to view",
            r"(materialized )?view \S{1,200} (failed|is broken)",
            r"NOTIFY_MV_OR_VIEW",
        ),
        examples=(
            "code: 47, message: Unknown identifier: while pushing to view default.orders_mv",
            "NOTIFY_MV_OR_VIEW",
        ),
    ),
    Rule(
        id="destination.role-lacks-ddl",
        title="The roles given to the pipe may not create tables",
        cause="Roles of your own replace the default one; a database pipe tries to create and drop "
        "a table first.",
        fix=(
            clickhouse_sql(
                "Grant what a pipe needs.",
                "GRANT CREATE TABLE, ALTER, DROP TABLE, INSERT, SELECT ON <database>.* TO <role>",
            ),
            clickhouse_sql(
                "Drop the user the failed create left behind.",
                "SELECT name FROM system.users WHERE name LIKE 'clickpipe%'",
            ),
            tool("create_postgres_clickpipe", "Otherwise, leave roles out."),
        ),
        documentation=thread("ClickHouse/ClickHouse", 116780),
        severity=Severity.CRITICAL,
        patterns=(r"failed to create validation table", r"peerdb_validation_"),
        examples=(
            (
                "BAD_REQUEST: ClickHouse validation failed: failed to create validation table "
                "peerdb_validation_abcd: code: 497, message: clickpipes: Not enough privileges"
            ),
        ),
    ),
    Rule(
        id="destination.access-denied",
        title="The pipe's ClickHouse user may not do what it has to",
        cause="Its role allows the target only, but views, dictionaries or staging need more.",
        fix=(
            clickhouse_sql("Grant it.", "GRANT INSERT, SELECT ON <database>.* TO <role>"),
            only_for(
                clickhouse_sql("A staging bucket is read too.", "GRANT READ ON S3 TO <role>"),
                Family.DATABASE,
            ),
            console("Otherwise, give the pipe Full access when it is created."),
        ),
        documentation=_HOME,
        severity=Severity.CRITICAL,
        breadth=Breadth.BROAD,
        patterns=(
            r"Not enough privileges",
            r"\bcode: 497\b",
            r"\bACCESS_DENIED\b",
            r"READ ON S3",
        ),
        examples=(
            "code: 497, message: clickpipe_1: Not enough privileges. To execute this query",
            "user lacks READ on S3: GRANT READ ON S3",
        ),
    ),
    Rule(
        id="destination.user-gone",
        title="The pipe's ClickHouse user no longer works",
        cause="The user ClickPipes created was dropped or its password changed.",
        fix=(
            support("Ask support to restore the user."),
            anew("Otherwise, recreate the pipe."),
        ),
        documentation=_CLASSIFIER,
        severity=Severity.CRITICAL,
        patterns=(
            r"\bcode: (516|192)\b",
            r"\bAUTHENTICATION_FAILED\b(?<!SASL_AUTHENTICATION_FAILED)",
            r"\bUNKNOWN_USER\b",
            r"not found in `?user directories",
            r"\bcode: 492\b|ACCESS_ENTITY_NOT_FOUND",
        ),
        examples=(
            "code: 516, message: clickpipe_1: Authentication failed: password is incorrect",
            "There is no user `clickpipe_1` in `user directories` (UNKNOWN_USER)",
        ),
    ),
    Rule(
        id="destination.feature-disabled",
        title="A type or feature the target needs is switched off",
        cause="Experimental types and some functions need a setting.",
        fix=(
            clickhouse_sql(
                "Switch it on in a role, and give the role to the pipe.",
                "CREATE ROLE clickpipes_role SETTINGS <setting> = 1",
            ),
        ),
        documentation=_HOME,
        severity=Severity.CRITICAL,
        patterns=(
            r"SUPPORT_IS_DISABLED",
            r"\bcode: 344\b",
            r"allow_(experimental|suspicious)_\w+",
        ),
        examples=("code: 344, message: Support is disabled (SUPPORT_IS_DISABLED)",),
    ),
    Rule(
        id="destination.bad-definition",
        title="The definition of a target table is not valid",
        cause="The partition expression or a sorting key does not fit the columns.",
        fix=(
            tool("update_clickpipe", "Remove the mapping and drop its table.", changes=TABLES),
            tool("update_clickpipe", "Add it again with a valid expression.", changes=TABLES),
        ),
        documentation=_VALIDATION,
        severity=Severity.CRITICAL,
        patterns=(r"invalid partition expression", r"INVALID_DESTINATION_TABLE_DEFINITION"),
        examples=(
            "invalid partition expression toYYYYMM(id)",
            "NOTIFY_INVALID_DESTINATION_TABLE_DEFINITION",
        ),
    ),
    Rule(
        id="destination.table-unsuitable",
        title="The target cannot take rows from a pipe",
        cause="It is a view, does not use a shared MergeTree engine, or lives in a database that "
        "is not supported.",
        fix=(
            tool(
                "update_clickpipe",
                "Choose another target_table, and let the pipe create it.",
                changes=TABLES,
            ),
        ),
        documentation=_VALIDATION,
        families=_DATABASE,
        severity=Severity.CRITICAL,
        patterns=(
            r"destination table can ?not be a view",
            r"does not use SharedMergeTree",
            r"unsupported destination database engine",
        ),
        examples=(
            "destination table can not be a view",
            "table orders exists and does not use SharedMergeTree engine",
        ),
    ),
    Rule(
        id="destination.busy",
        title="ClickHouse was busy or restarting; the pipe repeats the insert",
        cause="A lost session with Keeper or a read-only table (readonly mode) passes by itself "
        "unless the service is overloaded.",
        fix=(
            wait("Nothing, unless it lasts."),
            clickhouse_sql(
                "Then see what runs.",
                "SELECT elapsed, memory_usage, query FROM clusterAllReplicas('default', "
                "system.processes) ORDER BY 1 DESC LIMIT 10",
            ),
        ),
        documentation=_CLASSIFIER,
        severity=Severity.WARNING,
        patterns=(
            r"Session expired",
            r"\bKEEPER_EXCEPTION\b",
            r"TABLE_IS_READ_ONLY",
            r"\bcode: (242|999)\b",
        ),
        examples=(
            "code: 999, message: Session expired (KEEPER_EXCEPTION)",
            "code: 242, message: Table is in readonly mode (TABLE_IS_READ_ONLY)",
        ),
    ),
    Rule(
        id="destination.alter-busy",
        title="An ALTER of the destination table waits for a lock or for its metadata",
        cause="Other queries, mutations or replicas hold the table; the change is repeated.",
        fix=(
            wait("Nothing; it is repeated. Do not alter pipe tables by hand meanwhile."),
            clickhouse_sql(
                "If it lasts, look for long mutations.",
                "SELECT * FROM system.mutations WHERE NOT is_done",
            ),
        ),
        documentation=_CLASSIFIER,
        severity=Severity.NOTE,
        patterns=(
            r"CANNOT_ASSIGN_ALTER",
            r"\bcode: (517|473)\b",
            r"ALTER.{0,60}lock.{0,20}time",
            r"DEADLOCK_AVOIDED|Locking attempt for",
            r"Metadata on replica is not up to date",
        ),
        examples=("code: 517, message: Metadata was updated concurrently (CANNOT_ASSIGN_ALTER)",),
    ),
    Rule(
        id="destination.lossy-numbers",
        title="Numbers were cut or cleared because their column is too narrow",
        cause="A value is outside the range or precision of the target's type.",
        fix=(
            clickhouse_sql(
                "Find affected rows after widening; String takes everything.",
                "ALTER TABLE <database>.<table> MODIFY COLUMN <column> String",
            ),
            tool("update_clickpipe", "Then resync the table.", changes=TABLES),
        ),
        documentation=_CLASSIFIER,
        families=_DATABASE,
        severity=Severity.WARNING,
        patterns=(r"NUMERIC_(OUT_OF_RANGE|TRUNCATED)", r"LOSSY_CONVERSION"),
        examples=("WARNING_LOSSY_CONVERSION NUMERIC_TRUNCATED",),
    ),
    Rule(
        id="destination.insert-fails",
        title="Inserts into ClickHouse fail",
        cause="The code and message in the evidence are ClickHouse's own.",
        fix=(
            clickhouse_sql(
                "Look at failed inserts of the last hour.",
                "SELECT exception_code, exception FROM clusterAllReplicas('default', "
                "system.query_log) WHERE type LIKE 'Exception%' AND query_kind = 'Insert' AND "
                "event_time > now() - INTERVAL 1 HOUR LIMIT 10",
            ),
        ),
        documentation=_HOME,
        confidence=Confidence.LOW,
        breadth=Breadth.LAST_RESORT,
        patterns=(r"\bcode: \d{1,4}, message:", r"DB::Exception"),
        examples=("code: 9999, message: bad value", "DB::Exception: bad value"),
    ),
)
