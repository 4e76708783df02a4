"""MySQL and MariaDB: what reading the binary log needs of the server, the role and each table."""

from clickpipes_mcp.checks.checklist import SourceCheck
from clickpipes_mcp.checks.mysql.looking import look

CHECK = SourceCheck(
    source="mysql",
    extra="checks-mysql",
    module="pymysql",
    optional=("settings", "table_mappings"),
    look=look,
    documentation="https://clickhouse.com/docs/integrations/clickpipes/mysql",
    reads_records=True,
)
