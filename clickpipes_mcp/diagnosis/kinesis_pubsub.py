"""Troubles of Kinesis and Pub/Sub."""

from clickpipes_mcp.diagnosis._facts import Facts
from clickpipes_mcp.diagnosis._links import API, docs
from clickpipes_mcp.diagnosis._predicates import (
    both,
    configured,
    either,
    of_arm,
    present,
    unless,
)
from clickpipes_mcp.diagnosis._rule import Advice, Breadth, Rule, Severity
from clickpipes_mcp.diagnosis._scope import KINESIS, PUBSUB
from clickpipes_mcp.diagnosis._steps import at_source, clickhouse_sql, iam, tool

_KINESIS_AUTH = docs("kinesis/auth")
_KINESIS = docs("kinesis/overview")
_PUBSUB_AUTH = docs("pubsub/auth")
_PUBSUB = docs("pubsub/overview")

RULES: tuple[Rule, ...] = (
    Rule(
        id="kinesis.access-denied",
        title="The role or user may not read the stream",
        cause="The role's name lacks the required prefix, its trust policy lacks the service, or "
        "its policy lacks actions.",
        fix=(
            iam("The role's name must begin so.", "ClickHouseAccessRole-"),
            iam(
                "Allow on the stream:",
                "kinesis:DescribeStream, kinesis:GetShardIterator, kinesis:GetRecords, "
                "kinesis:ListShards, kinesis:ListStreamConsumers",
            ),
            iam("Allow on *:", "kinesis:ListStreams"),
        ),
        documentation=_KINESIS_AUTH,
        arms=KINESIS,
        severity=Severity.CRITICAL,
        breadth=Breadth.BROAD,
        patterns=(r"Access ?Denied", r"not authorized", r"UnrecognizedClientException"),
        when=of_arm(*KINESIS),
        examples=(
            Facts(
                arm="kinesis",
                errors=("AccessDenied: the role is not authorized to read the source",),
            ),
        ),
    ),
    Rule(
        id="kinesis.fan-out-denied",
        title="Enhanced fan-out is on but its actions are not allowed",
        cause="A registered consumer needs permissions of its own.",
        fix=(
            iam(
                "Allow on the stream and on stream/*:",
                "kinesis:RegisterStreamConsumer, kinesis:DeregisterStreamConsumer, "
                "kinesis:SubscribeToShard, kinesis:DescribeStreamConsumer",
            ),
            tool("create_kinesis_clickpipe", "Or recreate with use_enhanced_fan_out false."),
        ),
        documentation=_KINESIS_AUTH,
        arms=KINESIS,
        severity=Severity.CRITICAL,
        patterns=(r"(SubscribeToShard|(Der|R)egisterStreamConsumer|DescribeStreamConsumer)",),
        examples=(
            "AccessDeniedException: not authorized to perform: kinesis:SubscribeToShard",
            "not authorized to perform: kinesis:RegisterStreamConsumer",
        ),
    ),
    Rule(
        id="kinesis.timestamp",
        title="The iterator type and the timestamp contradict each other",
        cause="AT_TIMESTAMP needs a timestamp in UNIX seconds, every other iterator none.",
        fix=(tool("create_kinesis_clickpipe", "Give both or neither."),),
        documentation=API,
        arms=KINESIS,
        patterns=(r"timestamp.{0,60}AT_TIMESTAMP", r"AT_TIMESTAMP.{0,60}timestamp"),
        predicate=either(
            both(
                configured("source.iteratorType", "AT_TIMESTAMP"),
                unless(present("source.timestamp")),
            ),
            both(
                present("source.timestamp"),
                configured("source.iteratorType", "TRIM_HORIZON", "LATEST"),
            ),
        ),
        examples=(
            "BAD_REQUEST: timestamp is required when iteratorType is AT_TIMESTAMP",
            Facts(arm="kinesis", source={"iteratorType": "LATEST", "timestamp": 1615766400}),
        ),
    ),
    Rule(
        id="kinesis.throttled",
        title="The stream's shards are read too often",
        cause="A shard gives 2 MB and 5 reads a second to all consumers together (limit of AWS).",
        fix=(
            at_source("Add shards, or move other consumers to enhanced fan-out."),
            tool("create_kinesis_clickpipe", "Or recreate with use_enhanced_fan_out true."),
        ),
        documentation=_KINESIS,
        arms=KINESIS,
        severity=Severity.WARNING,
        patterns=(r"ProvisionedThroughputExceeded", r"Rate exceeded for shard"),
        examples=("ProvisionedThroughputExceededException: Rate exceeded for shard 1",),
    ),
    Rule(
        id="pubsub.permission-denied",
        title="The Google identity may not use the topic or create subscriptions",
        cause="Missing permissions are not retried: the pipe fails at once. Subscriber and viewer "
        "together are too little.",
        fix=(
            iam("Grant on the project, or at least on the topic:", "roles/pubsub.editor"),
            iam(
                "Or a role of your own with:",
                "pubsub.topics.get, pubsub.topics.list, pubsub.topics.attachSubscription, "
                "pubsub.subscriptions.create, .get, .consume, .delete",
            ),
        ),
        documentation=_PUBSUB_AUTH,
        arms=PUBSUB,
        severity=Severity.CRITICAL,
        patterns=(
            r"\b(Permission_?Denied|Unauthenticated)\b",
            r"attachSubscription",
            r"pubsub\.\w+\.\w+.{0,40}denied",
        ),
        examples=(
            Facts(arm="pubsub", errors=("rpc error: code = PermissionDenied desc = denied",)),
            "User not authorized: pubsub.topics.attachSubscription",
        ),
    ),
    Rule(
        id="pubsub.subscription-fixed",
        title="Filter and ordering of a subscription never change",
        cause="Google makes them properties of the subscription for its whole life.",
        fix=(tool("create_pubsub_clickpipe", "Create a second pipe, then delete this one."),),
        documentation=_PUBSUB,
        arms=PUBSUB,
        patterns=(
            r"\b(filter|enableOrdering|ordering)\b.{0,60}(immutable|cannot be (changed|updated))",
        ),
        examples=("BAD_REQUEST: filter is immutable",),
    ),
)

ADVICE: tuple[Advice, ...] = (
    Advice(
        id="kinesis.many-shards",
        title="Many shards keep one small replica busy",
        cause="Throughput falls with the number of active shards until the pipe is scaled.",
        fix=(
            tool(
                "scale_clickpipe",
                "Use larger replicas first, then more of them, up to the number of shards.",
                replica_cpu_millicores=1000,
                replica_memory_gb=4,
            ),
        ),
        documentation=_KINESIS,
        arms=KINESIS,
        keywords=("shard", "throughput", "slow"),
    ),
    Advice(
        id="pubsub.redelivery",
        title="Pub/Sub delivers some messages again",
        cause="Delivery is at least once; a message that is not acknowledged in time comes back.",
        fix=(
            tool(
                "update_clickpipe",
                "Raise the deadline, at most 600 seconds.",
                source={"ack_deadline": 600},
            ),
            clickhouse_sql(
                "Deduplicate by message id.", "ENGINE = ReplacingMergeTree ORDER BY _message_id"
            ),
        ),
        documentation=_PUBSUB,
        arms=PUBSUB,
        keywords=("duplicate", "redeliver", "twice", "ack"),
    ),
)
