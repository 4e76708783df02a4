"""Troubles of Kinesis."""

from clickpipes_mcp.diagnosis._facts import Facts
from clickpipes_mcp.diagnosis._links import API, docs
from clickpipes_mcp.diagnosis._predicates import (
    both,
    configured,
    either,
    present,
    unless,
)
from clickpipes_mcp.diagnosis._rule import Advice, Breadth, Rule, Severity, said_by
from clickpipes_mcp.diagnosis._scope import KINESIS
from clickpipes_mcp.diagnosis._steps import at_source, iam, tool, wait
from clickpipes_mcp.diagnosis.speakers import Speaker

_AUTH = docs("kinesis/auth")
_OVERVIEW = docs("kinesis/overview")

_OF_KINESIS: tuple[Rule, ...] = (
    Rule(
        id="kinesis.stream-missing",
        title="The stream does not exist in this account and region",
        cause="Its name or region is misspelt, or the role is of another account.",
        fix=(
            iam("See what there is.", "aws kinesis list-streams --region <region>"),
            tool("create_kinesis_clickpipe", "Name and region never change: recreate the pipe."),
        ),
        documentation=_OVERVIEW,
        arms=KINESIS,
        severity=Severity.CRITICAL,
        patterns=(
            r"Stream \S{1,130} under account \d+ not found",
            r"ResourceNotFoundException",
            r"stream .{0,130}(does not exist|not found)",
        ),
        examples=("Stream clicks under account 000000000000 not found.",),
    ),
    Rule(
        id="kinesis.consumer-not-ready",
        title="The enhanced fan-out consumer is not active yet: being created or deleted",
        cause="A registered consumer takes some seconds until it may subscribe.",
        fix=(
            wait("Let it retry."),
            iam("See its state.", "aws kinesis list-stream-consumers --stream-arn <arn>"),
        ),
        documentation=_OVERVIEW,
        arms=KINESIS,
        severity=Severity.WARNING,
        patterns=(r"not in ACTIVE status", r"is not in the ACTIVE state|consumer .{0,80}CREATING"),
        examples=("Consumer app under stream: clicks, account 0 is not in ACTIVE status.",),
    ),
    Rule(
        id="kinesis.consumer-subscribed",
        title="Another subscription of this fan-out consumer to the shard is still open",
        cause="Another reader uses the same consumer, or the pipe's own subscription of seconds "
        "ago has not ended yet.",
        fix=(
            wait("Let it retry."),
            at_source("If it stays, stop the other reader; each needs a consumer of its own."),
        ),
        documentation=_OVERVIEW,
        arms=KINESIS,
        severity=Severity.WARNING,
        patterns=(r"Another active subscription", r"ResourceInUseException(?!.{0,300}ACTIVE)"),
        examples=("Another active subscription exists for this consumer: 0:clicks:app",),
    ),
    Rule(
        id="kinesis.iterator-expired",
        title="A shard iterator of the pipe has expired",
        cause="It was not used for five minutes, since the pipe was slow or paused; a new one is "
        "taken from the last position.",
        fix=(
            wait("Let it retry."),
            tool("get_clickpipe_metrics", "If it repeats, see whether the pipe keeps up."),
        ),
        documentation=_OVERVIEW,
        arms=KINESIS,
        severity=Severity.WARNING,
        patterns=(r"ExpiredIterator", r"iterator (has )?expired"),
        examples=(
            "ExpiredIteratorException: Iterator expired. The iterator was created at time x",
        ),
    ),
    Rule(
        id="kinesis.position-gone",
        title="The position in the stream is no longer kept, or not valid",
        cause="Retention removed the records, or the sequence number is of another shard.",
        fix=(
            iam(
                "Keep records longer.",
                "aws kinesis increase-stream-retention-period --retention-period-hours 168",
            ),
            tool("create_kinesis_clickpipe", "Recreate from TRIM_HORIZON to read what is left."),
        ),
        documentation=_OVERVIEW,
        arms=KINESIS,
        severity=Severity.CRITICAL,
        patterns=(r"TrimmedDataAccess", r"StartingSequenceNumber .{0,120}(invalid|not|did not)"),
        examples=("InvalidArgumentException: StartingSequenceNumber 49 used is invalid",),
    ),
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
        documentation=_AUTH,
        arms=KINESIS,
        severity=Severity.CRITICAL,
        breadth=Breadth.BROAD,
        patterns=(r"Access ?Denied", r"not authorized to perform"),
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
            tool(
                "create_kinesis_clickpipe", "Otherwise, recreate with use_enhanced_fan_out false."
            ),
        ),
        documentation=_AUTH,
        arms=KINESIS,
        severity=Severity.CRITICAL,
        patterns=(r"(denied|not authorized|allow).{0,120}(SubscribeToShard|StreamConsumer\b)",),
        examples=(
            "AccessDeniedException: not authorized to perform: kinesis:SubscribeToShard",
            "not authorized to perform: kinesis:RegisterStreamConsumer",
        ),
    ),
    Rule(
        id="kinesis.timestamp",
        title="The iterator type and the timestamp contradict each other",
        cause="AT_TIMESTAMP needs a timestamp in UNIX seconds that is not in the future, every "
        "other "
        "iterator none.",
        fix=(tool("create_kinesis_clickpipe", "Give both or neither."),),
        documentation=API,
        arms=KINESIS,
        patterns=(
            r"timestamp.{0,60}AT_TIMESTAMP",
            r"AT_TIMESTAMP.{0,60}timestamp",
            r"timestampInMillis",
        ),
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
            tool("create_kinesis_clickpipe", "Otherwise, recreate with use_enhanced_fan_out true."),
        ),
        documentation=_OVERVIEW,
        arms=KINESIS,
        severity=Severity.WARNING,
        patterns=(
            r"ProvisionedThroughputExceeded",
            r"Rate exceeded for (shard|stream)",
            r"LimitExceededException|Throttling(Exception)?",
        ),
        examples=("ProvisionedThroughputExceededException: Rate exceeded for shard 1",),
    ),
)

RULES: tuple[Rule, ...] = said_by(_OF_KINESIS, Speaker.KINESIS)

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
        documentation=_OVERVIEW,
        arms=KINESIS,
        keywords=("shard", "throughput", "slow"),
    ),
)
