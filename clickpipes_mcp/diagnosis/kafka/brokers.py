"""Kafka and its relatives: rights, sizes, and what is peculiar to each kind of cluster."""

from clickpipes_mcp.diagnosis._facts import Facts
from clickpipes_mcp.diagnosis._links import CLI, docs
from clickpipes_mcp.diagnosis._predicates import (
    both,
    configured,
    configured_like,
    either,
    of_type,
    present,
    unless,
)
from clickpipes_mcp.diagnosis._rule import Advice, Breadth, Confidence, Rule, Severity
from clickpipes_mcp.diagnosis._scope import EVENT_HUBS, KAFKA, MSK, REDPANDA, WARPSTREAM
from clickpipes_mcp.diagnosis._steps import (
    allow_list,
    at_source,
    clickhouse_sql,
    hosted,
    iam,
    support,
    tool,
)
from clickpipes_mcp.diagnosis.providers import Provider

_REFERENCE = docs("kafka/reference")
_FAQ = docs("kafka/faq")
_BEST = docs("kafka/best-practices")
_LIVE_TEST = (
    f"https://github.com/{CLI}/blob/main/crates/clickhouse-cloud-api/tests/clickpipes/stages/"
    "kafka.rs"
)
_ON_EVENT_HUBS = either(
    of_type(*EVENT_HUBS), configured_like("source.brokers", r"servicebus\.windows\.net")
)

RULES: tuple[Rule, ...] = (
    Rule(
        id="kafka.not-authorized",
        title="The login works but may not read the topic or join the group",
        cause="The ACL or IAM policy misses reading the topic or using the consumer group, or its "
        "ARNs end in the wrong name.",
        fix=(
            hosted(
                iam(
                    "MSK by IAM: on the cluster, on topic/<cluster>/* and on group/<cluster>/*.",
                    "kafka-cluster:Connect, kafka-cluster:DescribeTopic, kafka-cluster:ReadData, "
                    "kafka-cluster:AlterGroup, kafka-cluster:DescribeGroup",
                ),
                Provider.MSK,
            ),
            hosted(
                at_source(
                    "Confluent: allow reading the topic and the group clickpipes-<pipe id>.",
                    "confluent kafka acl create --allow --service-account <account> --operations "
                    "read --topic <topic>",
                ),
                Provider.CONFLUENT,
            ),
            hosted(
                iam("Event Hubs: a namespace policy with at least this claim.", "Listen"),
                Provider.EVENT_HUBS,
            ),
            hosted(
                at_source(
                    "Other logins: allow reading the topic and the group clickpipes-<pipe id>.",
                    "kafka-acls --add --allow-principal User:<user> --operation Read --topic "
                    "<topic> --group <group>",
                ),
                Provider.OWN,
                Provider.MSK,
            ),
        ),
        documentation=_BEST,
        arms=KAFKA,
        severity=Severity.CRITICAL,
        patterns=(
            r"(topic|group|cluster)_authorization_failed",
            r"not authorized to access (topic|group|cluster)",
            r"(topic|group|cluster)\w{0,20} authorization failed",
            r"(?<!\[)kafka.{0,60}(?<!: )access denied|^kafka: Access denied",
            r"(Topic|Group|Cluster|TransactionalId)Authorization",
            r"(topic|group|cluster) authorization failed",
        ),
        examples=(
            "TOPIC_AUTHORIZATION_FAILED: Not authorized to access topics: [orders]",
            "Not authorized to access group: clickpipes-1",
            "kafka: Access denied",
        ),
    ),
    Rule(
        id="kafka.event-hubs-port",
        title="Event Hubs answers Kafka on port 9093 only",
        cause="The broker address lacks :9093.",
        fix=(
            tool(
                "create_kafka_clickpipe",
                "Recreate with <namespace>.servicebus.windows.net:9093",
                source={"brokers": "<namespace>.servicebus.windows.net:9093"},
            ),
        ),
        documentation=_FAQ,
        arms=KAFKA,
        severity=Severity.CRITICAL,
        predicate=both(
            _ON_EVENT_HUBS,
            present("source.brokers"),
            unless(configured_like("source.brokers", r":9093\b")),
        ),
        examples=(
            Facts(
                arm="kafka",
                source_type="azureeventhub",
                source={"brokers": "orders.servicebus.windows.net"},
            ),
        ),
    ),
    Rule(
        id="kafka.event-hubs-unreachable",
        title="Event Hubs refuses the connection",
        cause="The tier is Basic (no Kafka), the policy lacks Listen, or the namespace's firewall "
        "does not know ClickPipes.",
        fix=(
            at_source("Use the Standard tier or above."),
            iam("Use a namespace policy with at least this claim.", "Listen"),
            allow_list("Add the ClickPipes addresses to the namespace's firewall."),
        ),
        documentation=_FAQ,
        arms=KAFKA,
        severity=Severity.CRITICAL,
        confidence=Confidence.MEDIUM,
        breadth=Breadth.BROAD,
        patterns=(
            r"dial tcp",
            r"context deadline",
            r"\bEOF\b",
            r"SASL",
            r"connection (refused|reset)",
            r"failed to establish",
        ),
        when=_ON_EVENT_HUBS,
        examples=(
            Facts(
                arm="kafka",
                source_type="azureeventhub",
                errors=("kafka: client has run out of available brokers: EOF",),
            ),
        ),
    ),
    Rule(
        id="kafka.message-too-large",
        title="Messages are larger than the replicas accept",
        cause="The smallest replica takes 16 MB uncompressed, larger ones 32 MB.",
        fix=(
            tool(
                "scale_clickpipe",
                "Use at least the next size.",
                replica_cpu_millicores=250,
                replica_memory_gb=1,
            ),
            support("Beyond 32 MB ask support for a higher limit."),
        ),
        documentation=_BEST,
        arms=KAFKA,
        patterns=(
            r"(message|record)( is|_| )*too[ _]?large",
            r"MESSAGE_TOO_LARGE",
            r"larger than the (fetch|maximum|max)",
            r"MESSAGE_SIZE_TOO_LARGE|RECORD_LIST_TOO_LARGE",
        ),
        reads_records=True,
        examples=("MESSAGE_TOO_LARGE", "message too large: 20971520 bytes"),
    ),
    Rule(
        id="kafka.warpstream-fetch",
        title="WarpStream answers with fetches that are too large",
        cause="Its uncompressed fetch size per partition is above what ClickPipes takes.",
        fix=(
            at_source(
                "Lower the agents' fetch size to 8 MB or less.",
                "kafkaMaxFetchPartitionBytesUncompressedOverride=8388608",
            ),
        ),
        documentation=_BEST,
        arms=KAFKA,
        types=WARPSTREAM,
        patterns=(
            r"(fetch|response).{0,60}(too large|exceed)",
            r"out of memory",
            r"OOMKilled",
        ),
        when=of_type(*WARPSTREAM),
        examples=(
            Facts(
                arm="kafka", source_type="warpstream", errors=("fetch response size exceeds limit",)
            ),
        ),
    ),
    Rule(
        id="kafka.redpanda-certificates",
        title="Redpanda with client certificates has to be declared as plain Kafka",
        cause="The API refuses MUTUAL_TLS for the type redpanda, although its contract allows it.",
        fix=(tool("create_kafka_clickpipe", 'Use type "kafka" with MUTUAL_TLS.'),),
        documentation=_LIVE_TEST,
        arms=KAFKA,
        types=REDPANDA,
        patterns=(r"MUTUAL_TLS.{0,80}redpanda", r"redpanda.{0,80}MUTUAL_TLS"),
        predicate=both(of_type(*REDPANDA), configured("source.authentication", "MUTUAL_TLS")),
        examples=(
            "BAD_REQUEST: MUTUAL_TLS is not supported for redpanda",
            Facts(arm="kafka", source_type="redpanda", source={"authentication": "MUTUAL_TLS"}),
        ),
    ),
)

ADVICE: tuple[Advice, ...] = (
    Advice(
        id="kafka.event-hubs-distance",
        title="Event Hubs on another continent times out while a pipe is set up",
        cause="The first requests are many; the way adds up.",
        fix=(at_source("Keep the namespace and the service in the same or a near region."),),
        documentation=_FAQ,
        arms=KAFKA,
        types=EVENT_HUBS,
        keywords=("event hub", "onboarding", "slow", "cross-region"),
    ),
    Advice(
        id="kafka.numbers-wrap",
        title="Numbers wrap around or lose precision",
        cause="Conversions from Avro check neither overflow nor precision.",
        fix=(clickhouse_sql("Use the exact type.", "ALTER TABLE <t> MODIFY COLUMN <c> Int64"),),
        documentation=_REFERENCE,
        arms=KAFKA,
        keywords=("overflow", "precision", "wrong number", "negative"),
    ),
    Advice(
        id="kafka.key-fields-empty",
        title="Fields of the message key are empty",
        cause="A path below _key is filled only when the key is encoded like the value, or is a "
        "JSON object.",
        fix=(at_source("Check the producer's key serializer."),),
        documentation=_REFERENCE,
        arms=KAFKA,
        keywords=("_key", "message key", "key empty"),
    ),
    Advice(
        id="kafka.msk-role",
        title="An MSK cluster can be read with the service's own role",
        cause="IAM_ROLE needs a service on AWS and a trust policy; everywhere else access keys do.",
        fix=(
            iam("Trust the service's iamRole.", "sts:AssumeRole"),
            tool("get_source_guide", "See the policies a role needs."),
        ),
        documentation=_BEST,
        arms=KAFKA,
        types=MSK,
        keywords=("msk", "iam role", "access keys"),
    ),
)
