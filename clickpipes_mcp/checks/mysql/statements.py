"""Every statement that is ever run at a MySQL or MariaDB source. All of them only read."""

from collections.abc import Iterable
from typing import Final

_MOST_LETTERS: Final = 200

READ_ONLY: Final = "SET SESSION TRANSACTION READ ONLY"
BEGIN: Final = "START TRANSACTION READ ONLY"

SETTINGS: Final = """
SHOW GLOBAL VARIABLES WHERE Variable_name IN (
    'version', 'version_comment', 'log_bin', 'binlog_format', 'binlog_row_image',
    'binlog_row_metadata', 'binlog_row_value_options', 'binlog_expire_logs_seconds',
    'expire_logs_days', 'gtid_mode', 'enforce_gtid_consistency', 'server_id',
    'log_replica_updates', 'log_slave_updates'
)
"""

GRANTS: Final = "SHOW GRANTS"

REPLICA: Final = ("SHOW REPLICA STATUS", "SHOW SLAVE STATUS")
"""The same, as newer and as older servers have it."""

TABLES: Final = """
SELECT table_schema AS place, table_name AS name, table_type = 'BASE TABLE' AS is_table,
       coalesce(table_rows, 0) AS row_count, coalesce(data_length, 0) AS size
FROM information_schema.tables
WHERE table_schema NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')
ORDER BY table_schema, table_name LIMIT 10000
"""

COLUMNS: Final = """
SELECT table_schema AS place, table_name AS name, column_name AS field,
       upper(extra) LIKE '%GENERATED%' AND upper(extra) NOT LIKE '%DEFAULT_GENERATED%'
           AS is_generated,
       column_key = 'PRI' AS is_key, find_in_set('select', privileges) > 0 AS may_read
FROM information_schema.columns
WHERE table_schema NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')
ORDER BY table_schema, table_name, ordinal_position LIMIT 50000
"""

RETENTION_OF_RDS: Final = """
SELECT value FROM mysql.rds_configuration WHERE name = 'binlog retention hours'
"""


def rows_of(place: tuple[str, str], columns: Iterable[str], most: int) -> str:
    """The first rows of a table, which is asked only where they are to be shown."""
    shown = ", ".join(f"left({_quoted(name)}, {_MOST_LETTERS})" for name in columns)
    return f"SELECT {shown} FROM {'.'.join(map(_quoted, place))} LIMIT {most}"  # noqa: S608 # quoted


def _quoted(name: str) -> str:
    return f"`{name.replace('`', '``')}`"
