"""Troubles of pipes that read streams.

Source of the texts: ClickPipes documentation (Kafka, Kinesis and Pub/Sub pages, error reporting),
AWS and Google API error names, Go's network errors as clickhousectl's end-to-end tests quote them.
"""

from collections.abc import Mapping
from typing import Final

from clickpipes_mcp.simulator.lifecycle import path
from clickpipes_mcp.simulator.troubles._trouble import Cure, Record, Trouble

STREAMS: Final = ("kafka", "kinesis", "pubsub")
# A source out of reach stops the pipe after a quarter of an hour (documentation).
_UNREACHABLE: Final = path(("Running", 900.0), "Failed")
_AT_ONCE: Final = path(("Running", 60.0), "Failed")

TROUBLES: Final[Mapping[str, Trouble]] = {
    "broker-down": Trouble(
        "network.refused",
        ("kafka",),
        _UNREACHABLE,
        "failed to establish connection: dial tcp 192.0.2.10:9092: connect: connection refused: "
        "no brokers available",
        says_per_s=0.2,
        fetches=0.0,
        sends=0.0,
        latency_ms=90_000,
        demand_millicores=3,
    ),
    "schema-registry-down": Trouble(
        "kafka.registry-unreachable",
        ("kafka",),
        path("Degraded"),
        "failed to fetch schema 17 from schema registry https://registry.simulated.example: "
        "context deadline exceeded",
        says_per_s=0.5,
        sends=0.0,
        latency_ms=600_000,
        source={
            "format": "AvroConfluent",
            "schemaRegistry": {
                "url": "https://registry.simulated.example",
                "authentication": "PLAIN",
            },
        },
    ),
    "schema-missing": Trouble(
        "kafka.schema-missing",
        ("kafka",),
        path("Running"),
        record=Record(
            "SOURCE_SCHEMA_ERROR",
            "no schema id found in the message and none in the registry URL",
            '{"id":1,"payload":"plain JSON"}',
        ),
        records_per_s=4.0,
        sends=0.6,
        source={
            "format": "AvroConfluent",
            "schemaRegistry": {
                "url": "https://registry.simulated.example",
                "authentication": "PLAIN",
            },
        },
    ),
    "malformed-records": Trouble(
        "stream.record-unreadable",
        STREAMS,
        path("Running"),
        record=Record(
            "DATA_PARSING_ERROR",
            "record could not be parsed as JSONEachRow: unexpected token at offset 6",
            '{"id":not-a-number}',
        ),
        records_per_s=3.0,
        sends=0.8,
    ),
    "source-credentials-rotated": Trouble(
        "kafka.sasl-failed",
        ("kafka",),
        _UNREACHABLE,
        "SASL authentication failed: SASL_AUTHENTICATION_FAILED: Authentication failed: invalid "
        "username or password",
        says_per_s=0.2,
        fetches=0.0,
        sends=0.0,
        latency_ms=90_000,
        demand_millicores=3,
        cures=frozenset({Cure.CREDENTIALS}),
    ),
    "undersized": Trouble(
        "stream.undersized",
        STREAMS,
        path("Running"),
        fetches=0.6,
        sends=0.58,
        latency_ms=420_000,
        demand_millicores=700,
        cures=frozenset({Cure.SCALING}),
    ),
    "kinesis-access-denied": Trouble(
        "kinesis.access-denied",
        ("kinesis",),
        _AT_ONCE,
        "AccessDeniedException: User: arn:aws:sts::000000000000:assumed-role/"
        "ClickHouseAccessRole-simulated/clickpipes is not authorized to perform: "
        "kinesis:GetRecords on resource: "
        "arn:aws:kinesis:us-east-1:000000000000:stream/clicks",
        says_per_s=0.1,
        fetches=0.0,
        sends=0.0,
        latency_ms=60_000,
        demand_millicores=1,
    ),
    "kinesis-throttled": Trouble(
        "kinesis.throttled",
        ("kinesis",),
        path("Running"),
        "ProvisionedThroughputExceededException: Rate exceeded for shard shardId-000000000003 in "
        "stream clicks under account 000000000000.",
        says_per_s=0.8,
        fetches=0.4,
        sends=0.4,
        latency_ms=180_000,
    ),
    "pubsub-permission-denied": Trouble(
        "pubsub.permission-denied",
        ("pubsub",),
        # Not worth a retry, so the pipe fails at once (documentation).
        path(("Running", 10.0), "Failed"),
        "rpc error: code = PermissionDenied desc = User not authorized to perform this action: "
        "pubsub.topics.attachSubscription",
        says_per_s=0.1,
        fetches=0.0,
        sends=0.0,
        demand_millicores=1,
    ),
    "private-endpoint-pending": Trouble(
        "network.endpoint-pending",
        ("kafka",),
        path("Provisioning"),
        "failed to establish connection: dial tcp: lookup broker.simulated.internal: i/o timeout",
        says_per_s=0.05,
        fetches=0.0,
        sends=0.0,
        demand_millicores=1,
        endpoint="unanswered",
    ),
}
