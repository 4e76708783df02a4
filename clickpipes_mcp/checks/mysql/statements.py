"""Every statement that is ever run at a MySQL or MariaDB source. All of them only read."""

from typing import Final

READ_ONLY: Final = "SET SESSION TRANSACTION READ ONLY"
BEGIN: Final = "START TRANSACTION READ ONLY"

SETTINGS: Final = """
SHOW GLOBAL VARIABLES WHERE Variable_name IN (
    'version', 'version_comment', 'log_bin', 'binlog_format', 'binlog_row_image',
    'binlog_row_metadata', 'binlog_row_value_options', 'binlog_expire_logs_seconds',
    'expire_logs_days', 'gtid_mode', 'enforce_gtid_consistency', 'server_id'
)
"""

GRANTS: Final = "SHOW GRANTS"

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
