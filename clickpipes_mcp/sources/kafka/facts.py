"""What is known of Kafka brokers: who authenticates how, and an example that keeps all rules.

Sources: OpenAPI contract ClickPipePostKafkaSource.authentication; documentation of Kafka
ClickPipes; the live tests of github.com/ClickHouse/clickhousectl where the two disagree.
"""

from collections.abc import Mapping

from clickpipes_mcp.rule_words import ABSENT, RuleBook, equal, unlike
from clickpipes_mcp.sources._aws import ROLE_EXAMPLE
from clickpipes_mcp.sources._gcp_identity import WORKLOAD_IDENTITY
from clickpipes_mcp.sources._pipe import DESTINATION_EXAMPLE, DOCS

DOCUMENTATION = f"{DOCS}/kafka"
BEST_PRACTICES = f"{DOCUMENTATION}/best-practices"
REGISTRIES = f"{DOCUMENTATION}/schema-registries"

PASSWORD = {"username": "reader", "password": "${env:CLICKPIPES_SECRET_KAFKA}"}
CERTIFICATE = {
    "certificate": "${file:client.pem}",
    "private_key": "${file:client-key.pem}",
}
EXAMPLE: Mapping[str, object] = {
    "name": "events",
    "source": {
        "type": "confluent",
        "format": "JSONEachRow",
        "brokers": "broker.example.com:9092",
        "topics": "events",
        "authentication": "PLAIN",
        "credentials": PASSWORD,
    },
    "destination": DESTINATION_EXAMPLE,
}
BY_ROLE: Mapping[str, object] = {
    "type": "msk",
    "authentication": "IAM_ROLE",
    "iam_role": ROLE_EXAMPLE,
    "credentials": ABSENT,
}
"""What turns the example into one that uses a role."""
UPDATE_EXAMPLE: Mapping[str, object] = {"authentication": "PLAIN", "credentials": PASSWORD}
UPDATE_BY_ROLE: Mapping[str, object] = {
    "authentication": "IAM_ROLE",
    "iam_role": ROLE_EXAMPLE,
    "credentials": ABSENT,
}

BOOK = RuleBook("kafka.", EXAMPLE, DOCUMENTATION, at="source.")
UPDATE_BOOK = RuleBook("kafka.update-", UPDATE_EXAMPLE, DOCUMENTATION)

SCRAM = ("SCRAM-SHA-256", "SCRAM-SHA-512")
DISPUTED_FLAVOUR = ("kafka", "IAM_ROLE")
"""Outside the contract's matrix, yet the official live test sends it and tolerates success."""

AUTHENTICATIONS: Mapping[str, tuple[str, ...]] = {
    "kafka": ("PLAIN", *SCRAM, "MUTUAL_TLS"),
    "msk": ("SCRAM-SHA-512", "IAM_ROLE", "IAM_USER", "MUTUAL_TLS"),
    "gcmk": ("PLAIN", "MUTUAL_TLS", WORKLOAD_IDENTITY),
    "confluent": ("PLAIN", "MUTUAL_TLS"),
    "warpstream": ("PLAIN",),
    "azureeventhub": ("PLAIN",),
    # The contract adds MUTUAL_TLS; the live API refuses it for this flavour and accepts the same
    # broker as type kafka (clickhousectl, tests/clickpipes/stages/kafka.rs).
    "redpanda": SCRAM,
    "dokafka": ("SCRAM-SHA-256", "MUTUAL_TLS"),
}
"""Which authentication each type of broker takes. Without one the broker is open to all."""

CREDENTIALS: Mapping[str, tuple[str, ...]] = {
    "PLAIN": ("username", "password"),
    "SCRAM-SHA-256": ("username", "password"),
    "SCRAM-SHA-512": ("username", "password"),
    "IAM_USER": ("access_key_id", "secret_key"),
    "MUTUAL_TLS": ("certificate", "private_key"),
}
"""The pair of credentials each authentication needs; Event Hubs takes connection_string."""

ALL_CREDENTIALS = (
    "username",
    "password",
    "access_key_id",
    "secret_key",
    "connection_string",
    "certificate",
    "private_key",
)
KEYLESS = ("IAM_ROLE", WORKLOAD_IDENTITY)
IS_EVENT_HUBS = equal("source.type", "azureeventhub")
NOT_EVENT_HUBS = unlike("source.type", "azureeventhub")
