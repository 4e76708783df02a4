"""Every statement that is run at a PostgreSQL source. All read the catalog, one rows of a table."""

from typing import Final, LiteralString

MOST_TABLES: Final = 200

LIMITS: Final = "SET LOCAL statement_timeout = 5000"
NAMES: Final = "SET LOCAL search_path = pg_catalog"
"""So that nobody's function or table stands in for one of the catalog."""

SERVER: Final = """
SELECT current_setting('server_version_num')::int AS version,
       pg_is_in_recovery() AS is_standby,
       pg_backend_pid() AS pid,
       (SELECT count(*) FROM pg_replication_slots)::int AS slots_used,
       (SELECT count(*) FROM pg_stat_replication)::int AS senders_used,
       has_database_privilege(current_database(), 'CREATE') AS may_create
"""

SETTINGS: Final = """
SELECT name, setting FROM pg_settings
WHERE name IN ('wal_level', 'max_wal_senders', 'max_replication_slots', 'max_slot_wal_keep_size',
               'hot_standby_feedback')
"""

ROLE: Final = """
SELECT r.rolname AS name,
       r.rolreplication OR r.rolsuper OR EXISTS (
           SELECT FROM pg_roles AS granted
           WHERE granted.rolname = 'rds_replication' AND pg_has_role(r.oid, granted.oid, 'MEMBER')
       ) AS may_replicate,
       r.rolbypassrls OR r.rolsuper AS sees_all_rows
FROM pg_roles AS r WHERE r.rolname = current_user
"""

_TABLE_COLUMNS: Final = """
SELECT n.nspname AS schema, c.relname AS name, c.relkind::text AS kind,
       c.relreplident::text AS identity, c.relispartition AS is_partition,
       c.relrowsecurity AS has_row_security, c.relforcerowsecurity AS forces_row_security,
       greatest(c.reltuples, 0)::bigint AS rows, pg_table_size(c.oid) AS bytes,
       has_schema_privilege(n.oid, 'USAGE') AND (
           has_table_privilege(c.oid, 'SELECT')
           OR has_any_column_privilege(c.oid, 'SELECT')
       ) AS may_read,
       pg_has_role(c.relowner, 'MEMBER') AS is_owned,
       ARRAY(
           SELECT a.attname::text FROM pg_index AS i
           CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, place)
           JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.number
           WHERE i.indrelid = c.oid AND i.indisprimary ORDER BY k.place
       ) AS key,
       format('%%I.%%I', n.nspname, c.relname) AS written,
       ARRAY(
           SELECT format('%%I.%%I', m.nspname, p.relname)
           FROM pg_inherits AS h JOIN pg_class AS p ON p.oid = h.inhrelid
           JOIN pg_namespace AS m ON m.oid = p.relnamespace
           WHERE h.inhparent = c.oid AND c.relkind = 'p'
       ) AS partitions,
       EXISTS (
           SELECT FROM pg_inherits AS h JOIN pg_class AS p ON p.oid = h.inhrelid
           WHERE h.inhparent = c.oid AND c.relkind = 'p' AND p.relreplident = 'n'
       ) AS hides_identity
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
"""

NAMED_TABLES: Final = (
    _TABLE_COLUMNS  # noqa: S608 # of constants alone
    + """
WHERE (n.nspname, c.relname) IN (
    SELECT * FROM unnest(%(schemas)s::text[]::name[], %(tables)s::text[]::name[])
) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
ORDER BY 1, 2
"""
)

ALL_TABLES: Final = (
    _TABLE_COLUMNS
    + f"""
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence = 'p'
  AND n.nspname NOT LIKE 'pg\\_%%' AND n.nspname <> 'information_schema'
ORDER BY 1, 2 LIMIT {MOST_TABLES:d}
"""
)

COLUMNS: Final = """
SELECT n.nspname AS schema, c.relname AS "table", a.attname AS name,
       format_type(a.atttypid, a.atttypmod) AS type, a.attgenerated <> '' AS is_generated,
       has_column_privilege(c.oid, a.attnum, 'SELECT') AS may_read,
       a.attstorage IN ('x', 'e') AS may_be_apart
FROM pg_attribute AS a
JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE (n.nspname, c.relname) IN (
    SELECT * FROM unnest(%(schemas)s::text[]::name[], %(tables)s::text[]::name[])
) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY 1, 2, a.attnum LIMIT 20000
"""

PUBLICATION: Final = """
SELECT puballtables AS has_all, pubinsert AS tells_inserts, pubupdate AS tells_updates,
       pubdelete AS tells_deletes,
       coalesce((to_jsonb(p) ->> 'pubviaroot')::boolean, false) AS is_via_root,
       ARRAY(
           SELECT format('%%I.%%I', schemaname, tablename) FROM pg_publication_tables
           WHERE pubname = p.pubname LIMIT 20000
       ) AS members
FROM pg_publication AS p WHERE pubname = %(publication)s
"""

SLOT: Final = """
SELECT s.slot_type AS type, s.plugin, s.database = current_database() AS is_here, s.active,
       coalesce(to_jsonb(s) ->> 'wal_status', '') AS wal_status
FROM pg_replication_slots AS s WHERE s.slot_name = %(slot)s
"""

ROWS: Final[LiteralString] = """
SELECT left(row_to_json(shown)::text, 65536)
FROM (SELECT {columns} FROM {table} LIMIT {most}) AS shown
"""
"""Of a table, and only where its rows are to be shown."""
