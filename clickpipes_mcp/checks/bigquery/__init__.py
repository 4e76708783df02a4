"""BigQuery: what copying tables through a staging bucket needs of the project and the account."""

from clickpipes_mcp.checks.bigquery.looking import ProjectLook
from clickpipes_mcp.checks.checklist import SourceCheck

CHECK = SourceCheck(
    source="bigquery",
    extra="checks-bigquery",
    module="google.auth",
    optional=("settings", "table_mappings"),
    look=ProjectLook(),
    documentation="https://clickhouse.com/docs/integrations/clickpipes/bigquery",
)
