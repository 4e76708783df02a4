"""Google Cloud Pub/Sub, in public beta.

Source: OpenAPI contract, ClickPipePostPubSubSource and ClickPipePatchPubSubSource; workload
identity is in the contract as served since September 2026.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from clickpipes_mcp.contract import Family, Request, SourceSpec
from clickpipes_mcp.field_types import Flag, Text, between
from clickpipes_mcp.rule_words import (
    ABSENT,
    RuleBook,
    avoids,
    equal,
    forbids,
    matches,
    needs,
    unlike,
)
from clickpipes_mcp.secret_refs import JsonKeySecret
from clickpipes_mcp.source_facts import Beginning, GoogleGrant, ReadBack
from clickpipes_mcp.sources import _virtual_columns
from clickpipes_mcp.sources._charges import STREAM_CHARGES
from clickpipes_mcp.sources._gcp_identity import (
    WORKLOAD_IDENTITY,
    WorkloadIdentity,
    no_key_rule,
    preview_rule,
)
from clickpipes_mcp.sources._ingest_rules import ingest_rules
from clickpipes_mcp.sources._pipe import (
    DESTINATION_EXAMPLE,
    DOCS,
    FIXED,
    INGEST_READ_BACK,
    IngestCreate,
)
from clickpipes_mcp.sources._recipients import GOOGLE, only
from clickpipes_mcp.sources._settings import (
    PipeSettings,
    StreamSettings,
    offered_settings,
    settings_rules,
)

DOCUMENTATION = f"{DOCS}/pubsub"
AUTHENTICATION = f"{DOCUMENTATION}/auth"
PROJECT_ID = r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$"
"""Source: documentation of Pub/Sub ClickPipes and the Terraform provider."""
RFC3339 = r"^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$"

Authentication = Literal["SERVICE_ACCOUNT", WorkloadIdentity]


class ServiceAccount(Request):
    service_account_file: JsonKeySecret = Field(description="JSON key or its base64.")


class PubSubSource(Request):
    format: Literal["JSONEachRow", "Avro", "Protobuf"] = Field(
        description="Avro and Protobuf follow the topic's schema."
    )
    project_id: Text = Field(description="Id of the project.")
    topic: Text = Field(description="Topic, by its short name.")
    authentication: Authentication = Field(
        description="Workload identity is a preview and needs no key."
    )
    service_account_key: ServiceAccount | None = Field(
        default=None, description="Key, for SERVICE_ACCOUNT."
    )
    seek_type: Literal["latest", "earliest", "timestamp"] = Field(description="Where to start.")
    seek_timestamp: Text | None = Field(
        default=None, description="RFC 3339 time, for seek_type timestamp."
    )
    filter: Annotated[str, Field(max_length=256)] | None = Field(
        default=None, description="Filter on attributes."
    )
    enable_ordering: Flag | None = Field(
        default=None, description="Keep the order within an ordering key."
    )
    ack_deadline: int | None = between(10, 600, "Seconds, {range}.")


class PubSubCreate(IngestCreate):
    """A pipe that reads a topic through a subscription of its own."""

    source: PubSubSource = Field(description="The topic to read.")
    settings: PipeSettings | None = offered_settings(StreamSettings)


class PubSubUpdate(Request):
    """What can be changed in place: who reads, and the deadline."""

    authentication: Authentication | None = Field(
        default=None, description="How to log in; needed even if it stays the same."
    )
    service_account_key: ServiceAccount | None = Field(
        default=None, description="Key, for SERVICE_ACCOUNT."
    )
    ack_deadline: int | None = between(10, 600, "Seconds, {range}.")


_KEY = {"service_account_file": "${file:service-account.json}"}
EXAMPLE: Mapping[str, object] = {
    "name": "orders",
    "source": {
        "format": "JSONEachRow",
        "project_id": "example-project",
        "topic": "orders",
        "authentication": "SERVICE_ACCOUNT",
        "service_account_key": _KEY,
        "seek_type": "latest",
    },
    "destination": DESTINATION_EXAMPLE,
}
_BOOK = RuleBook("pubsub.", EXAMPLE, DOCUMENTATION, at="source.")
_AT_TIME = {"seek_type": "timestamp", "seek_timestamp": "2026-01-31T06:30:00Z"}
_KEYLESS = {
    "authentication": WORKLOAD_IDENTITY,
    "service_account_key": ABSENT,
}

RULES = (
    _BOOK.rule(
        "service-account-key",
        "SERVICE_ACCOUNT needs service_account_key.",
        needs(
            "source.service_account_key.service_account_file",
            when=equal("source.authentication", "SERVICE_ACCOUNT"),
        ),
        broken={"service_account_key": ABSENT},
        documentation=AUTHENTICATION,
    ),
    no_key_rule(
        _BOOK,
        "workload-identity-without-key",
        key="service_account_key",
        broken={"authentication": WORKLOAD_IDENTITY},
        documentation=AUTHENTICATION,
    ),
    preview_rule(
        _BOOK,
        instead="SERVICE_ACCOUNT",
        by_identity=_KEYLESS,
        unless="service_account_key",
    ),
    _BOOK.rule(
        "seek-timestamp-needed",
        "seek_type timestamp needs seek_timestamp.",
        needs("source.seek_timestamp", when=equal("source.seek_type", "timestamp")),
        broken={"seek_type": "timestamp"},
        kept=_AT_TIME,
    ),
    _BOOK.rule(
        "seek-timestamp-unused",
        "seek_timestamp is only for seek_type timestamp; the API refuses it otherwise.",
        forbids("source.seek_timestamp", when=unlike("source.seek_type", "timestamp")),
        broken={"seek_timestamp": "2026-01-31T06:30:00Z"},
        kept=_AT_TIME,
    ),
    _BOOK.rule(
        "seek-timestamp-format",
        "seek_timestamp is RFC 3339.",
        matches(
            "source.seek_timestamp",
            RFC3339,
            message="This is not an RFC 3339 time.",
            fix="Write it like 2026-01-31T06:30:00Z.",
        ),
        broken=_AT_TIME | {"seek_timestamp": "2026-01-31 06:30"},
        kept=_AT_TIME,
    ),
    _BOOK.rule(
        "short-topic",
        "The topic is its short name.",
        avoids(
            "source.topic",
            "/",
            message="This is the path of a topic; its short name is wanted.",
            fix="Write only what follows /topics/.",
        ),
        broken={"topic": "projects/example-project/topics/orders"},
    ),
    _BOOK.rule(
        "project-id",
        "A project id has 6-30 lowercase letters, digits and hyphens.",
        matches(
            "source.project_id",
            PROJECT_ID,
            message="This does not look like a project id.",
            fix="Give the id, not the name or number: 6-30 of a-z, 0-9 and -.",
        ),
        broken={"project_id": "Example Project"},
        effect="warn",
    ),
)

_UPDATE_EXAMPLE: Mapping[str, object] = {
    "authentication": "SERVICE_ACCOUNT",
    "service_account_key": _KEY,
}
_UPDATE_BOOK = RuleBook("pubsub.update-", _UPDATE_EXAMPLE, DOCUMENTATION)
UPDATE_RULES = (
    _UPDATE_BOOK.rule(
        "needs-authentication",
        "Every update names the authentication, even an unchanged one.",
        needs("authentication"),
        broken={"authentication": ABSENT},
    ),
    no_key_rule(
        _UPDATE_BOOK,
        "workload-identity-without-key",
        key="service_account_key",
        broken={"authentication": WORKLOAD_IDENTITY},
        documentation=AUTHENTICATION,
    ),
)

SPEC = SourceSpec(
    key="pubsub",
    arm="pubsub",
    types=(),
    title="Google Cloud Pub/Sub",
    also_called={
        "google pubsub": "",
        "gcp pubsub": "",
    },
    family=Family.STREAMING,
    create=PubSubCreate,
    update=PubSubUpdate,
    documentation=DOCUMENTATION,
    description="Stream a Google Cloud Pub/Sub topic into a table (public beta). The account "
    "needs roles/pubsub.editor.",
    example=EXAMPLE,
    rules=(
        *RULES,
        *ingest_rules(_BOOK, settings=StreamSettings, virtual_columns=_virtual_columns.PUBSUB),
    ),
    update_rules=UPDATE_RULES,
    read_back=INGEST_READ_BACK
    | ReadBack(
        never=("service_account_key",), sometimes=("authentication",), chosen=("ack_deadline",)
    ),
    settings=StreamSettings,
    settings_rules=settings_rules(StreamSettings),
    virtual_columns=_virtual_columns.PUBSUB,
    recipients=only(GOOGLE),
    reads=("topic", "project_id"),
    beginnings=(
        Beginning(
            ("seekType",),
            "source.seek_type latest, or timestamp with source.seek_timestamp",
            anew=("earliest",),
            goes_with=("seekTimestamp",),
        ),
    ),
    charges=STREAM_CHARGES,
    google_grant=GoogleGrant("roles/pubsub.editor"),
    discoverable=True,
    immutable=dict.fromkeys(
        (
            "format",
            "project_id",
            "topic",
            "seek_type",
            "seek_timestamp",
            "filter",
            "enable_ordering",
        ),
        FIXED,
    ),
)
