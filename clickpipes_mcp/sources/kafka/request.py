"""Kafka and the brokers that speak its protocol.

Source: OpenAPI contract, ClickPipePostKafkaSource and ClickPipePatchKafkaSource; the Glue registry,
protobuf_schema and workload identity are newer and known from the official command-line client.
"""

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from clickpipes_mcp.contract import Family, Request, SourceSpec
from clickpipes_mcp.field_types import Flag, Text
from clickpipes_mcp.secret_refs import Certificate, ConnectionString, Login, PrivateKey, Secret
from clickpipes_mcp.source_facts import Beginning, GoogleGrant, Loss, ReadBack
from clickpipes_mcp.sources import _virtual_columns
from clickpipes_mcp.sources._address_rules import private_address_rule
from clickpipes_mcp.sources._charges import STREAM_CHARGES
from clickpipes_mcp.sources._gcp_identity import WorkloadIdentity
from clickpipes_mcp.sources._ingest_rules import ingest_rules
from clickpipes_mcp.sources._pipe import (
    FIXED,
    INGEST_READ_BACK,
    IngestCreate,
    joined,
)
from clickpipes_mcp.sources._protobuf import ProtobufSchema
from clickpipes_mcp.sources._settings import (
    KafkaSettings,
    PipeSettings,
    offered_settings,
    settings_rules,
)
from clickpipes_mcp.sources._tunnel import TUNNEL_READ_BACK, SshKeyId, tunnel_rules
from clickpipes_mcp.sources.kafka.addresses import of_brokers, of_cluster_and_registry
from clickpipes_mcp.sources.kafka.authentication_rules import AUTHENTICATION_RULES
from clickpipes_mcp.sources.kafka.facts import AUTHENTICATIONS, BOOK, DOCUMENTATION, EXAMPLE
from clickpipes_mcp.sources.kafka.form_rules import FORM_RULES, UPDATE_FORM_RULES
from clickpipes_mcp.sources.kafka.reading_rules import READING_RULES
from clickpipes_mcp.sources.kafka.schema_rules import SCHEMA_RULES
from clickpipes_mcp.sources.kafka.update_rules import UPDATE_RULES
from clickpipes_mcp.ssh_keys import PIPE_FIELD

Flavour = Literal[
    "kafka",
    "redpanda",
    "msk",
    "gcmk",
    "confluent",
    "warpstream",
    "azureeventhub",
    "dokafka",
]
Authentication = Literal[
    "PLAIN",
    "SCRAM-SHA-256",
    "SCRAM-SHA-512",
    "IAM_ROLE",
    "IAM_USER",
    "MUTUAL_TLS",
    WorkloadIdentity,
]
NameList = Annotated[str, BeforeValidator(joined), Field(min_length=1)]
_WHOLE_UTC_MINUTE = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(?::00(?:\.0+)?)?(?:Z|\+00:00)?", re.ASCII
)


def _to_the_minute(value: object) -> object:
    """The form the API documents, where another one says exactly the same."""
    found = _WHOLE_UTC_MINUTE.fullmatch(value) if isinstance(value, str) else None
    return f"{found[1]}T{found[2]}" if found else value


Minute = Annotated[str, BeforeValidator(_to_the_minute), Field(min_length=1)]


class EventHubString(ConnectionString):
    """As Event Hubs shows it: of the namespace or of one hub, with a key or a signature.

    Source: https://learn.microsoft.com/azure/event-hubs/event-hubs-get-connection-string
    """

    __slots__ = ()
    ways = (
        ("Endpoint", "SharedAccessKeyName", "SharedAccessKey"),
        ("Endpoint", "SharedAccessSignature"),
    )


class KafkaCredentials(Request):
    """One pair of these, or the connection string; CREDENTIALS says which."""

    username: Login | None = Field(default=None, description="User name or API key.")
    password: Secret | None = Field(default=None, description="Password or API secret.")
    access_key_id: Login | None = Field(default=None, description="For IAM_USER.")
    secret_key: Secret | None = Field(default=None, description="For IAM_USER.")
    connection_string: EventHubString | None = Field(default=None, description="For azureeventhub.")
    certificate: Certificate | None = Field(default=None, description="For MUTUAL_TLS, in PEM.")
    private_key: PrivateKey | None = Field(default=None, description="For MUTUAL_TLS, in PEM.")


class KafkaOffset(Request):
    strategy: Literal["from_beginning", "from_latest", "from_timestamp"] = Field(
        description="Where to start."
    )
    timestamp: Minute | None = Field(
        default=None, description="UTC as YYYY-MM-DDTHH:MM, for from_timestamp."
    )


class RegistryCredentials(Request):
    username: Login | None = Field(default=None, description="User name or API key.")
    password: Secret | None = Field(default=None, description="Password or API secret.")


class SchemaRegistry(Request):
    type: Literal["confluent", "glue"] | None = Field(
        default=None, description="confluent by default."
    )
    url: Text | None = Field(
        default=None,
        description="Its https address; root, /schemas/ids/ID or /subjects/NAME.",
    )
    authentication: Literal["PLAIN"] | None = Field(default=None, description="Leave out for none.")
    credentials: RegistryCredentials | None = Field(default=None, description="Login for PLAIN.")
    ca_certificate: Certificate | None = Field(default=None, description="In PEM.")
    glue_region: Text | None = Field(default=None, description="For glue only.")
    glue_registry_name: Text | None = Field(default=None, description="For glue only.")
    glue_role_arn: Text | None = Field(default=None, description="For glue only.")


class KafkaSource(Request):
    type: Flavour = Field(description="Provider; kafka is any other broker.")
    format: Literal["JSONEachRow", "Avro", "AvroConfluent", "Protobuf"] = Field(
        description="All but JSON need a schema."
    )
    brokers: NameList = Field(description="host:port, separated by commas.")
    topics: NameList = Field(description="Separated by commas, all of one schema.")
    consumer_group: Text | None = Field(default=None, description="clickpipes-ID by default.")
    authentication: Authentication | None = Field(
        default=None,
        description="By type: confluent, gcmk: PLAIN, MUTUAL_TLS; redpanda: SCRAM; "
        "dokafka: SCRAM-SHA-256, MUTUAL_TLS; msk: SCRAM-SHA-512, IAM, MUTUAL_TLS; "
        "azureeventhub, warpstream: PLAIN. Leave out for no login.",
    )
    iam_role: Text | None = Field(default=None, description="Role ARN, for IAM_ROLE.")
    credentials: KafkaCredentials | None = Field(
        default=None,
        description="Give what the authentication needs.",
    )
    offset: KafkaOffset | None = Field(default=None, description="from_beginning by default.")
    schema_registry: SchemaRegistry | None = Field(
        default=None, description="Source of the schemas."
    )
    protobuf_schema: ProtobufSchema | None = Field(
        default=None, description="Base64 of a .proto, instead of a registry."
    )
    ca_certificate: Certificate | None = Field(default=None, description="Private CA as PEM.")
    reverse_private_endpoint_ids: list[Text] | None = Field(
        default=None, description="UUIDs of private endpoints."
    )
    exactly_once: Flag | None = Field(
        default=None, description="Deliver each record once; cannot change later."
    )
    tombstone_mode: Literal["delete"] | None = Field(
        default=None,
        description="With delete, records without a value delete; needs exactly_once.",
    )
    ssh_key_resource_id: SshKeyId = None


class KafkaCreate(IngestCreate):
    """A pipe that reads topics."""

    source: KafkaSource = Field(description="Brokers and topics.")
    settings: PipeSettings | None = offered_settings(KafkaSettings)


class KafkaUpdate(Request):
    """What can be changed in place; everything else needs a new pipe."""

    authentication: Authentication | None = Field(
        default=None, description="As on create, with its credentials."
    )
    iam_role: Text | None = Field(default=None, description="Role ARN, for IAM_ROLE.")
    ca_certificate: Certificate | None = Field(default=None, description="Private CA as PEM.")
    reverse_private_endpoint_ids: list[Text] | None = Field(
        default=None, description="UUIDs of private endpoints, instead of the present ones."
    )
    credentials: KafkaCredentials | None = Field(
        default=None, description="Everything that its authentication needs."
    )


SPEC = SourceSpec(
    key="kafka",
    arm="kafka",
    types=tuple(AUTHENTICATIONS),
    title="Kafka",
    also_called={
        "apache kafka": "kafka",
        "amazon msk": "msk",
        "aws msk": "msk",
        "confluent cloud": "confluent",
        "event hubs": "azureeventhub",
        "azure event hubs": "azureeventhub",
        "google managed kafka": "gcmk",
        "digitalocean kafka": "dokafka",
    },
    family=Family.STREAMING,
    create=KafkaCreate,
    update=KafkaUpdate,
    documentation=DOCUMENTATION,
    description="Stream topics of Kafka, or a service that speaks it (Confluent, MSK, Event Hubs, "
    "…), into a table.",
    example=EXAMPLE,
    rules=(
        *AUTHENTICATION_RULES,
        *READING_RULES,
        *SCHEMA_RULES,
        *FORM_RULES,
        *tunnel_rules(BOOK),
        private_address_rule(BOOK, "brokers", of_brokers, private="localhost:9092"),
        *ingest_rules(BOOK, settings=KafkaSettings, virtual_columns=_virtual_columns.KAFKA),
    ),
    update_rules=(*UPDATE_RULES, *UPDATE_FORM_RULES),
    read_back=INGEST_READ_BACK
    | TUNNEL_READ_BACK
    | ReadBack(
        never=("credentials", "protobuf_schema"),
        telling={"protobuf_schema": ""},
        sometimes=("authentication",),
        chosen=("consumer_group",),
        single={"consumer_group": ""},
        defaults={"strategy": ("from_beginning",), "type": ("confluent",)},
        comma_lists=("brokers", "topics"),
    ),
    settings=KafkaSettings,
    settings_rules=settings_rules(KafkaSettings),
    virtual_columns=_virtual_columns.KAFKA,
    addresses=of_brokers,
    recipients=of_cluster_and_registry,
    endpoint_ids="reverse_private_endpoint_ids",
    reads=("topics", "brokers"),
    beginnings=(
        Beginning(
            ("offset", "strategy"),
            "source.offset (from_latest, or from_timestamp with the time up to which the other "
            "pipe has read)",
            anew=("from_beginning",),
            goes_with=("timestamp",),
        ),
    ),
    charges=STREAM_CHARGES,
    google_grant=GoogleGrant(
        "roles/managedkafka.client on the cluster's project, and Kafka ACLs", type="gcmk"
    ),
    discoverable=True,
    immutable=dict.fromkeys(
        (
            "type",
            "format",
            "brokers",
            "topics",
            "consumer_group",
            "offset",
            "schema_registry",
            "protobuf_schema",
            "exactly_once",
            "tombstone_mode",
            PIPE_FIELD,
        ),
        FIXED,
    ),
    losses={
        "reverse_private_endpoint_ids": Loss.WAY,
        "ca_certificate": Loss.PROTECTION,
        # PLAIN hands the broker the password itself, SCRAM proves that it is known.
        "authentication": Loss.PROTECTION,
    },
)
