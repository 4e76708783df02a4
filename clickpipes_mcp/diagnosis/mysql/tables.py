"""Tables, views and values of MySQL and MariaDB that cannot be read."""

from functools import partial

from clickpipes_mcp.diagnosis._links import docs, engine_source
from clickpipes_mcp.diagnosis._rule import Rule, Severity
from clickpipes_mcp.diagnosis._scope import MYSQL
from clickpipes_mcp.diagnosis._spellings import mysql_error
from clickpipes_mcp.diagnosis._steps import START, TABLES, source_sql, tool

_CLASSIFIER = engine_source("flow/alerting/classifier.go")
_rule = partial(Rule, arms=MYSQL, severity=Severity.CRITICAL, documentation=_CLASSIFIER)
_TABLE_RESYNC = tool(
    "update_clickpipe",
    "Resync the table: remove its mapping, drop or truncate its target, add it again.",
    changes=TABLES,
)

RULES: tuple[Rule, ...] = (
    _rule(
        id="mysql.table-missing",
        title="A mapped table does not exist at the source",
        cause="It was dropped or renamed.",
        fix=(
            tool(
                "update_clickpipe", "Remove its mapping while the pipe is paused.", changes=TABLES
            ),
            source_sql("Otherwise, restore the table.", "RENAME TABLE <new> TO <old>"),
            START,
        ),
        patterns=(
            mysql_error(1146),
            r"Table '[^']{1,200}' doesn't exist",
            r"NOTIFY_SOURCE_TABLE_MISSING",
            mysql_error(1051, 1109),
            r"ER_NO_SUCH_TABLE",
        ),
        examples=("ERROR 1146 (42S02): Table 'shop.orders' doesn't exist",),
    ),
    _rule(
        id="mysql.column-missing",
        title="A column does not exist at the source any more",
        cause="It was dropped or renamed after the pipe or a view began to use it.",
        fix=(source_sql("See what there is.", "SHOW COLUMNS FROM <table>"), _TABLE_RESYNC),
        patterns=(mysql_error(1054), r"Unknown column '", r"ER_BAD_FIELD_ERROR"),
        examples=("ERROR 1054 (42S22): Unknown column 'total' in 'field list'",),
    ),
    _rule(
        id="mysql.view-broken",
        title="A view of the source is broken, or its definer lacks rights",
        cause="It refers to tables or columns that are gone, or to a definer that is.",
        fix=(
            source_sql("Look at it.", "SHOW CREATE VIEW <view>"),
            source_sql("Correct it, or leave it out of the dump.", "DROP VIEW <view>"),
        ),
        patterns=(
            mysql_error(1356, 1449),
            r"references invalid table",
            r"as a definer .{0,60}not exist",
        ),
        examples=("(1356, \"View 'shop.v' references invalid table(s) or column(s)\")",),
    ),
    _rule(
        id="mysql.zero-date",
        title="A date of the source is zero (0000-00-00) or impossible",
        cause="MySQL stores dates that are none; the zero date cannot be converted.",
        fix=(
            source_sql(
                "Find and correct them.", "SELECT * FROM <table> WHERE <column> = '0000-00-00'"
            ),
            tool(
                "update_clickpipe",
                "Otherwise, exclude the column: remove the mapping, add it again.",
                changes=TABLES,
            ),
        ),
        documentation=docs("mysql/datatypes"),
        patterns=(r"zero date", r"0000-00-00", r"Incorrect (date|datetime) value"),
        examples=("java.sql.SQLException: Zero date value prohibited",),
    ),
    _rule(
        id="mysql.bad-geometry",
        title="A geometry value is not valid",
        cause="A ring of a polygon is not closed, so the value cannot be read.",
        fix=(
            source_sql("Find it.", "SELECT * FROM <table> WHERE NOT ST_IsValid(<column>)"),
            tool(
                "update_clickpipe",
                "Otherwise, exclude the column: remove the mapping, add it again.",
                changes=TABLES,
            ),
        ),
        patterns=(r"LinearRing", r"invalid (geometry|WKB)"),
        examples=("geometry: LinearRing is not closed",),
    ),
    _rule(
        id="mysql.table-damaged",
        title="A table of the source is damaged",
        cause="The storage engine marked it as crashed or cannot read a page of it.",
        fix=(source_sql("Check and repair it.", "CHECK TABLE <table>; REPAIR TABLE <table>"),),
        patterns=(mysql_error(1194, 1195, 1034, 1712), r"marked as crashed", r"Incorrect key file"),
        examples=(
            "ERROR 1194 (HY000): Table 'orders' is marked as crashed and should be repaired",
        ),
    ),
)
