"""MongoDB: what change streams and the initial load need of the cluster and the login."""

from clickpipes_mcp.checks.checklist import SourceCheck
from clickpipes_mcp.checks.mongodb.looking import look

CHECK = SourceCheck(
    source="mongodb",
    extra="checks-mongodb",
    module="pymongo",
    optional=("settings", "table_mappings", "read_preference"),
    look=look,
    documentation="https://clickhouse.com/docs/integrations/clickpipes/mongodb",
    finds_hosts=True,
)
