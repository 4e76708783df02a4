"""Reading topics: offsets, groups, and messages that cannot be fetched."""

from functools import partial

from clickpipes_mcp.diagnosis._links import docs
from clickpipes_mcp.diagnosis._rule import Rule, Severity
from clickpipes_mcp.diagnosis._scope import KAFKA
from clickpipes_mcp.diagnosis._steps import at_source, hosted, support, tool, wait
from clickpipes_mcp.diagnosis.providers import Provider

_FAQ = docs("kafka/faq")
_BEST = docs("kafka/best-practices")
_rule = partial(Rule, arms=KAFKA, severity=Severity.CRITICAL, documentation=_FAQ)

RULES: tuple[Rule, ...] = (
    _rule(
        id="kafka.topic-missing",
        title="The topic does not exist on this Kafka cluster",
        cause="It is misspelt, was deleted, is on another cluster, or the user may not see it "
        "(Describe), which looks the same.",
        fix=(
            at_source("See what there is.", "kafka-topics --bootstrap-server <brokers> --list"),
            at_source("Create it, or allow Describe and Read on it to the user."),
            tool("create_kafka_clickpipe", "Topics never change in place: recreate the pipe."),
        ),
        patterns=(
            r"unknown[ _]topic([ _]or[ _]part(ition)?)?",
            r"UNKNOWN_TOPIC|UnknownTopic",
            r"topic \S{1,200} not present in metadata",
            r"does not host this topic",
            r"topic not available|InvalidTopic",
        ),
        examples=("Subscribed topic not available: events: Broker: Unknown topic or partition",),
    ),
    _rule(
        id="kafka.offset-gone",
        title="The offset to read from is no longer in the topic",
        cause="Retention deleted it, or the topic was recreated, while the pipe was stopped or "
        "behind. What lay between is lost.",
        fix=(
            hosted(
                at_source(
                    "Raise the retention.",
                    "kafka-configs --bootstrap-server <host>:<port> --alter --entity-type topics "
                    "--entity-name <topic> --add-config retention.ms=604800000",
                ),
                Provider.OWN,
                Provider.MSK,
            ),
            hosted(
                at_source(
                    "Confluent: raise the retention.",
                    "confluent kafka topic update <topic> --config retention.ms=604800000",
                ),
                Provider.CONFLUENT,
            ),
            hosted(
                at_source(
                    "Event Hubs: raise the retention, as far as the tier allows.",
                    "az eventhubs eventhub update --name <topic> --namespace-name <namespace> "
                    "--resource-group <resource group> --retention-time 168",
                ),
                Provider.EVENT_HUBS,
            ),
            tool("create_kafka_clickpipe", "Recreate from_beginning to read what is left."),
        ),
        patterns=(
            r"offsets? (is |are )?out of range",
            r"OFFSET_OUT_OF_RANGE|OffsetOutOfRange",
            r"offset reset \(at",
            r"offset not available",
            r"no (configured )?(offset )?reset policy",
            r"no longer (has|available).{0,40}offset",
        ),
        examples=("Offsets out of range with no configured reset policy for partitions: {a-0=36}",),
    ),
    _rule(
        id="kafka.rebalance",
        title="The consumer group rebalances: the pipe lost its place in the group",
        cause="Processing took longer than the group allows (max.poll.interval), a replica "
        "restarted, or somebody else uses the same group.",
        fix=(
            wait("Let it rejoin."),
            at_source("Give the pipe a consumer group nobody else uses."),
            tool("scale_clickpipe", "If it stays, use larger replicas."),
        ),
        severity=Severity.WARNING,
        patterns=(
            r"CommitFailed|not part of an active group|kicked out of the group",
            r"UNKNOWN_MEMBER_ID|UnknownMemberId|not aware of this member",
            r"ILLEGAL_GENERATION|IllegalGeneration|REBALANCE_IN_PROGRESS|rebalance in progress",
            r"max(imum)?[. ]poll[. ]interval|MAXPOLL",
            r"FENCED_INSTANCE_ID|MEMBER_ID_REQUIRED|GROUP_MAX_SIZE_REACHED",
            r"INCONSISTENT_GROUP_PROTOCOL|InconsistentGroupProtocol",
            r"session timed out without a successful heartbeat",
            r"consuming was taking too long|took longer than the configured max",
        ),
        examples=("UNKNOWN_MEMBER_ID: The coordinator is not aware of this member",),
    ),
    _rule(
        id="kafka.broker-version",
        title="The brokers' version does not know a request of the client",
        cause="The brokers are too old, or a proxy or look-alike offers only a part of Kafka.",
        fix=(
            at_source("Upgrade the brokers to Kafka 2.1 or later."),
            support("Otherwise, ask support for this kind of cluster."),
        ),
        patterns=(
            r"UNSUPPORTED_VERSION|UnsupportedVersion",
            r"broker does not support \w+_\w+",
            r"API version .{0,60}not supported",
            r"Required feature not supported by broker",
        ),
        examples=("The broker does not support OFFSET_COMMIT with version in range [8,8].",),
    ),
    _rule(
        id="kafka.message-unreadable",
        title="A batch of the topic is damaged, cut, or compressed in an unknown way",
        cause="It cannot be decoded: its checksum does not match, it is larger than what was "
        "fetched, or the codec is missing or corrupt.",
        fix=(
            at_source("Check the producer's compression.type and the brokers' disks."),
            support("Give support topic, partition and offset."),
        ),
        documentation=_BEST,
        patterns=(
            r"CORRUPT_MESSAGE|CorruptRecord|CorruptMessage",
            r"UNSUPPORTED_COMPRESSION|(un|de)compress\w{0,10} .{0,60}(fail|error|invalid)",
            r"Invalid compressed data|_BAD_(MSG|COMPRESSION)",
            r"Record is corrupt|CRC (check|mismatch|checksum)",
            r"insufficient data to decode|(snappy|lz4|zstd|gzip): .{0,40}(corrupt|invalid|magic)",
        ),
        examples=("Broker: Message failed CRC checksum, CORRUPT_MESSAGE",),
    ),
    _rule(
        id="kafka.throttled",
        title="The brokers throttle the pipe: a limit or quota of the cluster is reached",
        cause="A quota of the user, client or cluster tier limits bytes, requests or connections.",
        fix=(at_source("Raise the quota of the pipe's user, or the cluster's tier."),),
        severity=Severity.WARNING,
        documentation=_BEST,
        patterns=(
            r"THROTTLING_QUOTA_EXCEEDED|throttl",
            r"quota .{0,30}exceeded",
            r"Max connections exceeded|connection (rate|count) limit",
        ),
        examples=("THROTTLING_QUOTA_EXCEEDED: The throttling quota has been exceeded.",),
    ),
)
