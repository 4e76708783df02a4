"""Google Cloud Pub/Sub: what a subscription of ClickPipes' own needs of the topic and account."""

from clickpipes_mcp.checks.checklist import SourceCheck
from clickpipes_mcp.checks.pubsub.looking import TopicLook

CHECK = SourceCheck(
    source="pubsub",
    extra="checks-pubsub",
    module="google.auth",
    optional=("format", "seek_type"),
    look=TopicLook(),
    documentation="https://clickhouse.com/docs/integrations/clickpipes/pubsub",
)
