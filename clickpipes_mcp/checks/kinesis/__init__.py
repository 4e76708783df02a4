"""Amazon Kinesis: what reading a data stream needs of it and of the key."""

from clickpipes_mcp.checks.checklist import SourceCheck
from clickpipes_mcp.checks.kinesis.looking import StreamLook

CHECK = SourceCheck(
    source="kinesis",
    extra="checks-kinesis",
    module="botocore",
    optional=("format", "iterator_type"),
    look=StreamLook(),
    documentation="https://clickhouse.com/docs/integrations/clickpipes/kinesis",
    reads_records=True,
)
