"""What ClickHouse says of the statements, values and tables of an insert."""

from functools import partial

from clickpipes_mcp.diagnosis._links import CLICKPIPES, clickhouse_docs, docs, engine_source
from clickpipes_mcp.diagnosis._rule import Breadth, Rule, Severity
from clickpipes_mcp.diagnosis._spellings import clickhouse_code
from clickpipes_mcp.diagnosis._steps import (
    RECORD_ERRORS,
    TABLES,
    at_source,
    clickhouse_sql,
    console,
    support,
    tool,
    wait,
)

_CLASSIFIER = engine_source("flow/alerting/classifier.go")
_rule = partial(Rule, severity=Severity.CRITICAL, documentation=CLICKPIPES)
_COMPARE = clickhouse_sql(
    "Compare the table with the pipe.", "SHOW CREATE TABLE <database>.<table>"
)
_VIEWS = clickhouse_sql(
    "Find a failing materialized view.",
    "SELECT view_name, exception FROM clusterAllReplicas('default', system.query_views_log) WHERE "
    "status LIKE 'Exception%' ORDER BY event_time DESC LIMIT 10",
)

RULES: tuple[Rule, ...] = (
    _rule(
        id="destination.database-missing",
        title="The destination database does not exist in ClickHouse",
        cause="It was dropped or renamed, or its name is misspelt in the pipe.",
        fix=(clickhouse_sql("Create it.", "CREATE DATABASE <database>"),),
        patterns=(
            clickhouse_code(81),
            r"UNKNOWN_DATABASE",
            r"Database `?\S{1,80}`? does not exist",
        ),
        examples=("code: 81, message: Database `analytics_old` does not exist",),
    ),
    _rule(
        id="destination.null-refused",
        title="A row has NULL for a column that is not Nullable in the destination",
        cause="The source sends no value where the target column needs one.",
        fix=(
            clickhouse_sql(
                "Let the column take NULL.",
                "ALTER TABLE <database>.<table> MODIFY COLUMN <column> Nullable(<type>)",
            ),
            at_source("Otherwise, send a value without NULL."),
        ),
        patterns=(
            clickhouse_code(349),
            r"CANNOT_INSERT_NULL",
            r"convert NULL value to non-Nullable",
        ),
        examples=("code: 349, message: Cannot convert NULL value to non-Nullable type",),
    ),
    _rule(
        id="destination.type-mismatch",
        title="A value does not fit the type of its column in ClickHouse, or of a view on it",
        cause="Types of source and target differ and are not converted: parsing, casting or "
        "comparing failed.",
        fix=(
            _COMPARE,
            clickhouse_sql(
                "Widen the column; String takes everything.",
                "ALTER TABLE <database>.<table> MODIFY COLUMN <column> String",
            ),
            _VIEWS,
        ),
        breadth=Breadth.BROAD,
        patterns=(
            clickhouse_code(6, 26, 27, 38, 41, 43, 53, 70, 72, 130, 169, 321, 376, 386, 675, 676),
            r"TYPE_MISMATCH|CANNOT_CONVERT_TYPE|NO_COMMON_TYPE|ILLEGAL_TYPE_OF_ARGUMENT",
            r"CANNOT_PARSE_\w+|Cannot parse (string|number|UUID|DateTime|Date)",
            r"(there is )?no supertype for types",
            r"AppendRow|converting \S+ .{0,60}to \S+ is unsupported",
        ),
        examples=(
            "code: 53, message: Type mismatch in IN or VALUES section. Expected: DateTime",
            "Code: 6. DB::Exception: Cannot parse string 'abc' as UInt32",
        ),
    ),
    _rule(
        id="destination.number-too-wide",
        title="A decimal or number has more digits than its column in ClickHouse",
        cause="The value is outside the precision or range of the target's numeric type.",
        fix=(
            clickhouse_sql(
                "Widen the column; String takes everything.",
                "ALTER TABLE <database>.<table> MODIFY COLUMN <column> String",
            ),
            at_source("Otherwise, store smaller numbers."),
        ),
        patterns=(
            clickhouse_code(69, 407, 321),
            r"Decimal value is too (big|small)",
            r"DECIMAL_OVERFLOW|ARGUMENT_OUT_OF_BOUND|VALUE_IS_OUT_OF_RANGE",
        ),
        examples=("code: 69, message: Decimal value is too big: 41 digits were read",),
    ),
    _rule(
        id="destination.columns-differ",
        title="Columns of the insert and of the table in ClickHouse differ",
        cause="A column was added, removed or renamed in the target or in a view on it.",
        fix=(_COMPARE, _VIEWS),
        breadth=Breadth.BROAD,
        patterns=(
            clickhouse_code(8, 10, 15, 20, 44, 47, 122, 352),
            r"Number of columns doesn't match|NUMBER_OF_COLUMNS_DOESNT_MATCH",
            r"THERE_IS_NO_COLUMN|UNKNOWN_IDENTIFIER|NOT_FOUND_COLUMN_IN_BLOCK|DUPLICATE_COLUMN",
            r"(missing|unknown) (columns?|identifier|expression)",
            r"INCOMPATIBLE_COLUMNS",
        ),
        examples=("Code: 20. DB::Exception: Number of columns doesn't match",),
    ),
    _rule(
        id="destination.sorting-key-nullable",
        title="The sorting key of the target has a Nullable column",
        cause="ClickHouse does not sort by columns that may be NULL unless allow_nullable_key is "
        "set.",
        fix=(
            tool(
                "update_clickpipe",
                "Remove the mapping, add it with sorting_keys never NULL.",
                changes=TABLES,
            ),
            clickhouse_sql(
                "Otherwise, make the table yourself.",
                "CREATE TABLE … ORDER BY <key> SETTINGS allow_nullable_key = 1",
            ),
        ),
        patterns=(r"(sorting|partition|primary) key contains nullable", r"allow_nullable_key"),
        examples=("code: 44, message: Sorting key contains nullable columns",),
    ),
    _rule(
        id="destination.too-many-queries",
        title="ClickHouse runs too many simultaneous queries",
        cause="The limit of concurrent queries of the service is reached; the insert is repeated.",
        fix=(
            clickhouse_sql(
                "See what runs.",
                "SELECT user, count() FROM clusterAllReplicas('default', system.processes) GROUP "
                "BY 1 ORDER BY 2 DESC",
            ),
            console("Make other load lighter or scale the service."),
        ),
        severity=Severity.WARNING,
        documentation=_CLASSIFIER,
        patterns=(
            clickhouse_code(202),
            r"TOO_MANY_SIMULTANEOUS_QUERIES",
            r"Too many simultaneous queries",
        ),
        examples=("code: 202, message: Too many simultaneous queries",),
    ),
    _rule(
        id="destination.quota",
        title="A quota of the pipe's ClickHouse user is used up",
        cause="A quota limits queries, rows or time of the user or its role.",
        fix=(
            clickhouse_sql("See which.", "SELECT * FROM system.quotas_usage"),
            clickhouse_sql("Exempt the pipe's role, or raise it.", "SHOW CREATE QUOTA"),
        ),
        patterns=(clickhouse_code(201), r"QUOTA_EXCEEDED|Quota for user"),
        examples=("Code: 201. DB::Exception: Quota for user `clickpipe_1` has been exceeded",),
    ),
    _rule(
        id="destination.timeout",
        title="A statement in ClickHouse took too long: its time limit is reached",
        cause="The insert with its views, or the merge of changes, is larger than "
        "max_execution_time allows.",
        fix=(
            console("Give the service more memory and CPU."),
            _VIEWS,
            clickhouse_sql(
                "Otherwise, lift the limit in a role of the pipe.",
                "CREATE ROLE clickpipes_role SETTINGS max_execution_time = 0",
            ),
        ),
        severity=Severity.ERROR,
        documentation=_CLASSIFIER,
        patterns=(
            clickhouse_code(159, 160),
            r"TIMEOUT_EXCEEDED|Timeout exceeded: elapsed",
            r"TOO_SLOW",
        ),
        examples=("code: 159, message: Timeout exceeded: elapsed 1800.5 seconds, maximum: 1800",),
    ),
    _rule(
        id="destination.cancelled",
        title="A statement of the pipe was cancelled in ClickHouse; it is repeated",
        cause="Somebody killed the query, or the service restarted or scaled; the pipe retries.",
        fix=(wait("Let it retry."), clickhouse_sql("See who kills queries.", "SHOW PROCESSLIST")),
        severity=Severity.WARNING,
        documentation=_CLASSIFIER,
        patterns=(
            clickhouse_code(394, 236),
            r"QUERY_WAS_CANCELLED|Query was cancelled|\bABORTED\b",
        ),
        examples=("code: 394, message: Query was cancelled",),
    ),
    _rule(
        id="destination.network",
        title="The connection to ClickHouse broke or was refused; the insert is repeated",
        cause="The service restarts, scales or is out of reach for the moment.",
        fix=(
            wait("Let it retry."),
            tool("list_services", "If it lasts, see whether the service runs."),
        ),
        severity=Severity.WARNING,
        documentation=_CLASSIFIER,
        patterns=(
            clickhouse_code(95, 203, 209, 210, 279, 1000),
            r"NETWORK_ERROR|SOCKET_TIMEOUT|ALL_CONNECTION_TRIES_FAILED|NO_FREE_CONNECTION",
        ),
        examples=("code: 210, message: Connection refused (ch.example.com:9440) (NETWORK_ERROR)",),
    ),
    _rule(
        id="destination.insert-unknown",
        title="ClickHouse does not know whether an insert arrived; it is repeated",
        cause="A replica or Keeper did not answer in time (quorum); repeating is safe where blocks "
        "are deduplicated.",
        fix=(wait("Let it retry."), console("If it repeats, look at the service's health.")),
        severity=Severity.WARNING,
        documentation=_CLASSIFIER,
        patterns=(
            clickhouse_code(285, 286, 319),
            r"UNKNOWN_STATUS_OF_(INSERT|TRANSACTION)",
            r"quorum (timeout|for previous write)|TOO_FEW_LIVE_REPLICAS",
        ),
        examples=("Code: 319. DB::Exception: Unknown status, client must retry",),
    ),
    _rule(
        id="destination.disk-full",
        title="ClickHouse has not enough disk space",
        cause="A merge, a temporary table or the data itself needs more space than there is.",
        fix=(
            console("Free space or give the service more."),
            support("In the Cloud storage grows by itself: tell support if it does not."),
        ),
        patterns=(clickhouse_code(243), r"NOT_ENOUGH_SPACE|not enough space", r"No space left"),
        examples=("Code: 243. DB::Exception: Cannot reserve 1.00 MiB, not enough space",),
    ),
    _rule(
        id="destination.setting",
        title="A setting is not known to ClickHouse, or may not be changed by the pipe's user",
        cause="A role gives the pipe a setting that this version does not have, or that is "
        "read-only for it.",
        fix=(
            clickhouse_sql("See what it gets.", "SELECT * FROM system.settings_profile_elements"),
            clickhouse_sql("Take it out.", "ALTER ROLE <role> SETTINGS NONE"),
        ),
        patterns=(
            clickhouse_code(115, 164, 452, 471),
            r"UNKNOWN_SETTING|SETTING_CONSTRAINT_VIOLATION|Setting \S{1,80} (is|should)",
        ),
        examples=("Code: 115. DB::Exception: Setting max_foo is neither a builtin setting",),
    ),
    _rule(
        id="destination.too-many-partitions",
        title="One insert touches too many partitions of the target",
        cause="The partition key is too fine for the rows that arrive together.",
        fix=(
            clickhouse_sql(
                "Recreate the table with a coarser PARTITION BY.", "PARTITION BY toYYYYMM(<time>)"
            ),
            clickhouse_sql(
                "Otherwise, allow it in a role of the pipe.",
                "CREATE ROLE clickpipes_role SETTINGS max_partitions_per_insert_block = 1000",
            ),
        ),
        documentation=clickhouse_docs(
            "engines/table-engines/mergetree-family/custom-partitioning-key"
        ),
        patterns=(r"Too many partitions", r"max_partitions_per_insert_block"),
        examples=(
            "code: 252, message: Too many partitions for single INSERT block (more than 100)",
        ),
    ),
    _rule(
        id="destination.table-exists",
        title="A table of that name exists already in ClickHouse",
        cause="It is left over, or was just created by another replica.",
        fix=(
            wait("Let it retry."),
            clickhouse_sql("Rename it if it stays.", "RENAME TABLE <database>.<table> TO <old>"),
        ),
        documentation=docs("postgres/table-resync"),
        severity=Severity.ERROR,
        patterns=(clickhouse_code(57), r"TABLE_ALREADY_EXISTS"),
        examples=("code: 57, message: Table default.orders already exists (TABLE_ALREADY_EXISTS)",),
    ),
    _rule(
        id="destination.records-refused",
        title="ClickHouse refuses rows by a constraint",
        cause="A CHECK constraint of the target table does not hold for the rows.",
        fix=(RECORD_ERRORS, _COMPARE),
        patterns=(clickhouse_code(469), r"VIOLATED_CONSTRAINT|Constraint `?\w+`? for table"),
        examples=("Code: 469. DB::Exception: Constraint `positive` for table is violated",),
    ),
)
