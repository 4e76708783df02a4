"""Kafka: what a consumer of ClickPipes needs of the cluster, the topics and the registry."""

from clickpipes_mcp.checks.checklist import SourceCheck
from clickpipes_mcp.checks.kafka.looking import look

CHECK = SourceCheck(
    source="kafka",
    extra="checks-kafka",
    module="aiokafka",
    optional=("format",),
    look=look,
    documentation="https://clickhouse.com/docs/integrations/clickpipes/kafka",
    reads_records=True,
)
