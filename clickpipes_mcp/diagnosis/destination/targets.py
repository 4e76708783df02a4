"""What people do to the tables that a pipe writes."""

from clickpipes_mcp.contract import Family
from clickpipes_mcp.diagnosis._links import engine_source
from clickpipes_mcp.diagnosis._rule import Breadth, Rule, Severity
from clickpipes_mcp.diagnosis._steps import START, TABLES, clickhouse_sql, only_for, tool

_CLASSIFIER = engine_source("flow/alerting/classifier.go")
_COLUMNS = (Family.STREAMING, Family.OBJECT_STORAGE)
"""What writes one table, whose columns the API tells."""

RULES: tuple[Rule, ...] = (
    Rule(
        id="destination.table-gone",
        title="The destination table is no longer there",
        cause="Somebody dropped or renamed it; starting the pipe alone does not bring it back.",
        fix=(
            clickhouse_sql(
                "If it was dropped minutes ago, this may bring it back with its rows.",
                "UNDROP TABLE <database>.<table>",
            ),
            only_for(
                clickhouse_sql(
                    "Otherwise, make it again; its old rows stay lost, as the pipe reads on.",
                    "CREATE TABLE <database>.<table> <definition>",
                ),
                *_COLUMNS,
            ),
            only_for(
                tool(
                    "update_clickpipe",
                    "Otherwise, remove its mapping and add it again: the pipe then makes the "
                    "table and loads it anew.",
                    changes=TABLES,
                ),
                Family.DATABASE,
            ),
            only_for(
                tool(
                    "resync_clickpipe",
                    "Otherwise, resync: every table is made, read and billed again.",
                ),
                Family.DATABASE,
            ),
            tool("start_clickpipe", "Once the table is there, start the pipe."),
        ),
        documentation=_CLASSIFIER,
        severity=Severity.CRITICAL,
        breadth=Breadth.BROAD,
        patterns=(r"UNKNOWN_TABLE", r"\bcode: 60\b", r"Table \S{1,160} does not exist"),
        examples=("code: 60, message: Table default.orders does not exist. (UNKNOWN_TABLE)",),
    ),
    Rule(
        id="destination.modified",
        title="The destination table was changed",
        cause="The pipe writes a table or column that is no longer there or no longer fits.",
        fix=(
            clickhouse_sql(
                "Compare the table with the pipe.", "SHOW CREATE TABLE <database>.<table>"
            ),
            clickhouse_sql(
                "Put the column back.",
                "ALTER TABLE <database>.<table> ADD COLUMN <column> <type>",
            ),
            clickhouse_sql(
                "Otherwise, widen the column that no longer takes what is written.",
                "ALTER TABLE <database>.<table> MODIFY COLUMN <column> <type>",
            ),
            only_for(
                tool(
                    "update_clickpipe",
                    "Otherwise, resync the table by removing and adding its mapping.",
                    changes=TABLES,
                ),
                Family.DATABASE,
            ),
            START,
        ),
        documentation=_CLASSIFIER,
        severity=Severity.CRITICAL,
        breadth=Breadth.BROAD,
        patterns=(
            r"NO_SUCH_COLUMN_IN_TABLE",
            r"TOO_LARGE_STRING_SIZE",
            r"\bcode: (16|131)\b",
            r"NOTIFY_DESTINATION_MODIFIED",
        ),
        examples=(
            "code: 16, message: No such column total in table default.orders",
            "code: 131, message: Too large string for FixedString column",
        ),
    ),
)
