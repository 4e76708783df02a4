"""PostgreSQL: what logical replication needs of the server, the role and each table."""

from clickpipes_mcp.checks.checklist import SourceCheck
from clickpipes_mcp.checks.postgres.looking import look

CHECK = SourceCheck(
    source="postgres",
    extra="checks-postgres",
    module="psycopg",
    optional=("settings", "table_mappings"),
    look=look,
    documentation="https://clickhouse.com/docs/integrations/clickpipes/postgres",
    reads_records=True,
    busy=("replication_slot_name",),
)
