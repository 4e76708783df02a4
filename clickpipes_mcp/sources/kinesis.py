"""Amazon Kinesis data streams.

Source: OpenAPI contract, ClickPipePostKinesisSource and ClickPipePatchKinesisSource; Protobuf, its
schema and the registry are newer and known from both official clients.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from clickpipes_mcp.contract import Family, Request, SourceSpec
from clickpipes_mcp.field_types import Flag, Text
from clickpipes_mcp.rule_words import (
    ABSENT,
    RuleBook,
    either,
    equal,
    every,
    forbids,
    given,
    matches,
    needs,
    satisfies,
    unlike,
)
from clickpipes_mcp.source_facts import Beginning, Loss, ReadBack
from clickpipes_mcp.sources import _virtual_columns
from clickpipes_mcp.sources._aws import KEY_EXAMPLE, ROLE_EXAMPLE, AccessKey, update_key_rules
from clickpipes_mcp.sources._charges import STREAM_CHARGES
from clickpipes_mcp.sources._glue import GlueRegistry, glue_rules
from clickpipes_mcp.sources._ingest_rules import ingest_rules
from clickpipes_mcp.sources._pipe import (
    DESTINATION_EXAMPLE,
    DOCS,
    FIXED,
    INGEST_READ_BACK,
    IngestCreate,
)
from clickpipes_mcp.sources._protobuf import (
    ProtobufSchema,
    encoding_rule,
    only_protobuf_rule,
)
from clickpipes_mcp.sources._recipients import AMAZON, only
from clickpipes_mcp.sources._settings import (
    PipeSettings,
    StreamSettings,
    offered_settings,
    settings_rules,
)

DOCUMENTATION = f"{DOCS}/kinesis"
ROLE_NAME = r"^[^/]*:role/(.*/)?ClickHouseAccessRole-"
"""Source: documentation of Kinesis ClickPipes, securing access with an IAM role."""

Authentication = Literal["IAM_ROLE", "IAM_USER"]


def _as_unix_time(value: object) -> object:
    """A time written in ISO 8601, as the Terraform provider has it, in the contract's seconds."""
    if not isinstance(value, str) or "-" not in value[1:]:
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("must be UNIX seconds, or a UTC time like 2026-01-31T06:30") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp())


UnixTime = Annotated[int, BeforeValidator(_as_unix_time)]


class KinesisSource(Request):
    format: Literal["JSONEachRow", "Avro", "AvroConfluent", "Protobuf"] = Field(
        description="AvroConfluent needs schema_registry, Protobuf that or protobuf_schema."
    )
    protobuf_schema: ProtobufSchema | None = Field(
        default=None, description="Base64 of a .proto file, for Protobuf."
    )
    schema_registry: GlueRegistry | None = Field(
        default=None, description="AWS Glue schema registry, for AvroConfluent and Protobuf."
    )
    stream_name: Text = Field(description="Name of the stream.")
    region: Text = Field(description="AWS region.")
    iterator_type: Literal["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"] = Field(
        description="Where to start."
    )
    timestamp: UnixTime | None = Field(default=None, description="UNIX seconds, for AT_TIMESTAMP.")
    use_enhanced_fan_out: Flag | None = Field(
        default=None, description="Read with dedicated throughput."
    )
    authentication: Authentication = Field(description="IAM_USER needs access_key.")
    iam_role: Text | None = Field(
        default=None, description="ARN of a role that is named ClickHouseAccessRole-…."
    )
    access_key: AccessKey | None = Field(default=None, description="Give both, for IAM_USER.")


class KinesisCreate(IngestCreate):
    """A pipe that reads a data stream."""

    source: KinesisSource = Field(description="The stream to read.")
    settings: PipeSettings | None = offered_settings(StreamSettings)


class KinesisUpdate(Request):
    """What can be changed in place: who reads."""

    authentication: Authentication | None = Field(
        default=None, description="As on create; give iam_role or access_key."
    )
    iam_role: Text | None = Field(
        default=None, description="ARN of a role that is named ClickHouseAccessRole-…."
    )
    access_key: AccessKey | None = Field(default=None, description="Give both, for IAM_USER.")


EXAMPLE: Mapping[str, object] = {
    "name": "clicks",
    "source": {
        "format": "JSONEachRow",
        "stream_name": "clicks",
        "region": "eu-west-1",
        "iterator_type": "TRIM_HORIZON",
        "authentication": "IAM_ROLE",
        "iam_role": ROLE_EXAMPLE,
    },
    "destination": DESTINATION_EXAMPLE,
}
_BOOK = RuleBook("kinesis.", EXAMPLE, DOCUMENTATION, at="source.")
_WITH_KEY = {
    "authentication": "IAM_USER",
    "iam_role": ABSENT,
    "access_key": KEY_EXAMPLE,
}
_NO_SECONDS = 100_000_000_000
"""A time in the year 5138; in milliseconds one of 1973, before there were streams."""

_AT_TIME = {"iterator_type": "AT_TIMESTAMP", "timestamp": 1769841000}
_KEY_HALVES = ("source.access_key.access_key_id", "source.access_key.secret_key")

RULES = (
    _BOOK.rule(
        "credentials",
        "IAM_ROLE needs iam_role, IAM_USER both halves of access_key.",
        every(
            needs("source.iam_role", when=equal("source.authentication", "IAM_ROLE")),
            needs(
                *_KEY_HALVES,
                when=either(equal("source.authentication", "IAM_USER"), given("source.access_key")),
            ),
        ),
        broken={"iam_role": ABSENT},
        kept=_WITH_KEY,
        documentation=f"{DOCUMENTATION}/auth",
    ),
    _BOOK.rule(
        "credentials-unused",
        "iam_role is for IAM_ROLE, access_key for IAM_USER.",
        every(
            forbids("source.iam_role", when=unlike("source.authentication", "IAM_ROLE")),
            forbids("source.access_key", when=unlike("source.authentication", "IAM_USER")),
        ),
        broken={"access_key": KEY_EXAMPLE},
        documentation=f"{DOCUMENTATION}/auth",
        effect="warn",
    ),
    _BOOK.rule(
        "role-name",
        "The role's name begins with ClickHouseAccessRole-.",
        matches(
            "source.iam_role",
            ROLE_NAME,
            message="ClickPipes may only assume roles named ClickHouseAccessRole-….",
            fix="Name the role ClickHouseAccessRole-SOMETHING.",
        ),
        broken={"iam_role": "arn:aws:iam::123456789012:role/reader"},
        documentation=f"{DOCUMENTATION}/auth",
        effect="warn",
    ),
    _BOOK.rule(
        "timestamp-needed",
        "AT_TIMESTAMP needs a timestamp.",
        needs("source.timestamp", when=equal("source.iterator_type", "AT_TIMESTAMP")),
        broken={"iterator_type": "AT_TIMESTAMP"},
        kept=_AT_TIME,
    ),
    _BOOK.rule(
        "timestamp-in-seconds",
        "The timestamp counts seconds.",
        satisfies(
            "source.timestamp",
            lambda value: not isinstance(value, int) or value < _NO_SECONDS,
            message="This is more than three thousand years ahead in seconds: it is probably in "
            "milliseconds.",
            fix="Divide it by 1000, or write a UTC time such as 2026-01-31T06:30.",
        ),
        broken={**_AT_TIME, "timestamp": 1_769_841_000_000},
        kept=_AT_TIME,
    ),
    _BOOK.rule(
        "timestamp-unused",
        "A timestamp is only for AT_TIMESTAMP.",
        forbids("source.timestamp", when=unlike("source.iterator_type", "AT_TIMESTAMP")),
        broken={"timestamp": 1769841000},
        kept=_AT_TIME,
        effect="warn",
    ),
    *glue_rules(_BOOK),
    only_protobuf_rule(_BOOK, "schema-only-protobuf"),
    encoding_rule(_BOOK),
)

_UPDATE_EXAMPLE: Mapping[str, object] = {"authentication": "IAM_USER", "access_key": KEY_EXAMPLE}
_UPDATE_BOOK = RuleBook("kinesis.update-", _UPDATE_EXAMPLE, f"{DOCUMENTATION}/auth")
UPDATE_RULES = (
    *update_key_rules(_UPDATE_BOOK),
    _UPDATE_BOOK.rule(
        "authentication-with-credentials",
        "A new authentication brings its role or key.",
        every(
            needs("iam_role", when=equal("authentication", "IAM_ROLE")),
            needs("access_key", when=equal("authentication", "IAM_USER")),
        ),
        broken={"access_key": ABSENT},
        effect="warn",
    ),
)

SPEC = SourceSpec(
    key="kinesis",
    arm="kinesis",
    types=(),
    title="Amazon Kinesis",
    also_called={
        "kinesis data streams": "",
        "aws kinesis": "",
    },
    family=Family.STREAMING,
    create=KinesisCreate,
    update=KinesisUpdate,
    documentation=DOCUMENTATION,
    description="Stream an Amazon Kinesis data stream into a table.",
    example=EXAMPLE,
    rules=(
        *RULES,
        *ingest_rules(_BOOK, settings=StreamSettings, virtual_columns=_virtual_columns.KINESIS),
    ),
    update_rules=UPDATE_RULES,
    read_back=INGEST_READ_BACK
    | ReadBack(
        never=("access_key", "protobuf_schema"),
        telling={"protobuf_schema": ""},
        sometimes=("authentication",),
    ),
    settings=StreamSettings,
    settings_rules=settings_rules(StreamSettings),
    virtual_columns=_virtual_columns.KINESIS,
    recipients=only(AMAZON),
    reads=("stream_name", "region"),
    beginnings=(
        Beginning(
            ("iteratorType",),
            "source.iterator_type LATEST, or AT_TIMESTAMP with source.timestamp",
            anew=("TRIM_HORIZON",),
            goes_with=("timestamp",),
        ),
    ),
    charges=STREAM_CHARGES,
    discoverable=True,
    immutable=dict.fromkeys(
        (
            "format",
            "protobuf_schema",
            "schema_registry",
            "stream_name",
            "region",
            "iterator_type",
            "timestamp",
            "use_enhanced_fan_out",
        ),
        FIXED,
    ),
    # A stream is found by its name, in the account of whoever asks.
    losses=dict.fromkeys(("authentication", "iam_role", "access_key"), Loss.ACCOUNT),
)
