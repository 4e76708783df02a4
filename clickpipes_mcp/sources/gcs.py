"""Google Cloud Storage.

Source: OpenAPI contract, ClickPipePostObjectStorageSource; documentation of GCS ClickPipes;
workload identity is newer and known from the documentation and the official client.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from clickpipes_mcp.contract import Family, SourceSpec
from clickpipes_mcp.field_types import Text
from clickpipes_mcp.rule_words import (
    ABSENT,
    RuleBook,
    avoids,
    equal,
    forbids,
    given,
    needs,
    reject,
    unlike,
)
from clickpipes_mcp.secret_refs import JsonKeySecret
from clickpipes_mcp.source_facts import GoogleGrant, ReadBack
from clickpipes_mcp.sources import _virtual_columns
from clickpipes_mcp.sources._addresses import of_url
from clickpipes_mcp.sources._aws import AccessKey, update_key_rules
from clickpipes_mcp.sources._charges import FILE_CHARGES
from clickpipes_mcp.sources._ingest_rules import ingest_rules
from clickpipes_mcp.sources._object_storage import (
    ARM,
    BUCKET_BEGINNINGS,
    IMMUTABLE,
    LOSSES,
    ONE_QUEUE,
    READ_BACK,
    BucketSource,
    FileCreate,
    FileUpdate,
    TypedSource,
)
from clickpipes_mcp.sources._object_storage import (
    DOCUMENTATION as STORAGE_DOCUMENTATION,
)
from clickpipes_mcp.sources._object_storage_rules import (
    FILE_UPDATE_RULES,
    access_key_rules,
    file_rules,
    glob_rule,
    queue_rules,
)
from clickpipes_mcp.sources._pipe import DESTINATION_EXAMPLE, FIXED
from clickpipes_mcp.sources._recipients import of_store
from clickpipes_mcp.sources._settings import FileSettings, settings_rules

DOCUMENTATION = f"{STORAGE_DOCUMENTATION}/google-cloud-storage/overview"
PREVIEW = "https://clickhouse.com/docs/integrations/clickpipes/security/gcp-workload-identity"
WORKLOAD_IDENTITY = "SERVICE_ACCOUNT_WORKLOAD_IDENTITY"
QUEUE = "projects/example-project/subscriptions/events"
QUEUE_SHAPE = r"^projects/[^/]+/subscriptions/[^/]+$"
"""Source: Terraform provider."""

Authentication = Literal["IAM_USER", "SERVICE_ACCOUNT", "SERVICE_ACCOUNT_WORKLOAD_IDENTITY"]


class GcsSource(TypedSource, BucketSource):
    wire_type: ClassVar[str] = "gcs"

    url: Text = Field(
        description="https://storage.googleapis.com/BUCKET/…, where ? * and ** are wildcards, "
        "braces not."
    )
    queue_url: Text | None = Field(
        default=None,
        description="Subscription, as projects/P/subscriptions/S; needs is_continuous.",
    )

    type: Literal["gcs"] | None = Field(default=None, description="Always gcs.")
    authentication: Authentication | None = Field(
        default=None, description="Leave out for public files. IAM_USER is an HMAC key."
    )
    access_key: AccessKey | None = Field(default=None, description="Give both, for IAM_USER.")
    service_account_key: JsonKeySecret | None = Field(
        default=None, description="JSON key or its base64, for SERVICE_ACCOUNT."
    )


class GcsCreate(FileCreate):
    """A pipe that reads files of a bucket."""

    source: GcsSource = Field(
        description="The files.",
        json_schema_extra={"x-hide": ["type"]},
    )


class GcsUpdate(FileUpdate):
    """What can be changed in place: who reads, and the rest of the initial load."""

    authentication: Authentication | None = Field(
        default=None, description="It cannot change to or from SERVICE_ACCOUNT."
    )
    access_key: AccessKey | None = Field(default=None, description="Give both, for IAM_USER.")
    service_account_key: JsonKeySecret | None = Field(
        default=None, description="JSON key or its base64, for SERVICE_ACCOUNT."
    )


_KEY_FILE = "${file:service-account.json}"
EXAMPLE: Mapping[str, object] = {
    "name": "events",
    "source": {
        "url": "https://storage.googleapis.com/bucket/events/*.json",
        "format": "JSONEachRow",
        "is_continuous": True,
        "authentication": "SERVICE_ACCOUNT",
        "service_account_key": _KEY_FILE,
    },
    "destination": DESTINATION_EXAMPLE,
}
_BOOK = RuleBook("gcs.", EXAMPLE, DOCUMENTATION, at="source.")

RULES = (
    _BOOK.rule(
        "service-account-key-needed",
        "SERVICE_ACCOUNT needs service_account_key.",
        needs("source.service_account_key", when=equal("source.authentication", "SERVICE_ACCOUNT")),
        broken={"service_account_key": ABSENT},
    ),
    _BOOK.rule(
        "service-account-key-unused",
        "service_account_key is for SERVICE_ACCOUNT.",
        forbids(
            "source.service_account_key",
            when=unlike("source.authentication", "SERVICE_ACCOUNT"),
            fix="Set authentication to SERVICE_ACCOUNT, or leave service_account_key out.",
        ),
        broken={"authentication": ABSENT},
        effect="warn",
    ),
    _BOOK.rule(
        "workload-identity-preview",
        "Workload identity is a private preview for services on Google Cloud.",
        reject(
            equal("source.authentication", WORKLOAD_IDENTITY),
            "source.authentication",
            "Workload identity is a private preview; the organization must be enabled for it.",
            "Ask ClickHouse support, or use SERVICE_ACCOUNT.",
        ),
        broken={
            "authentication": WORKLOAD_IDENTITY,
            "service_account_key": ABSENT,
        },
        documentation=PREVIEW,
        effect="warn",
    ),
    _BOOK.rule(
        "url-https",
        "The URL begins https://storage.googleapis.com/; gs:// is documented both ways.",
        avoids(
            "source.url",
            r"^(?!https://)",
            message="The documentation contradicts itself on gs:// URLs; an https URL is safe.",
            fix="Write https://storage.googleapis.com/BUCKET/PATH.",
        ),
        broken={"url": "gs://bucket/events/*.json"},
        documentation=f"{STORAGE_DOCUMENTATION}/google-cloud-storage/overview",
        effect="warn",
    ),
)

_UPDATE_EXAMPLE: Mapping[str, object] = {"service_account_key": _KEY_FILE}
_UPDATE_BOOK = RuleBook("gcs.update-", _UPDATE_EXAMPLE, DOCUMENTATION)
UPDATE_RULES = (
    *update_key_rules(_UPDATE_BOOK),
    _UPDATE_BOOK.rule(
        "keeps-kind",
        "A pipe cannot change to or from SERVICE_ACCOUNT.",
        reject(
            given("authentication"),
            "authentication",
            "A pipe cannot change to or from SERVICE_ACCOUNT in place.",
            "Leave authentication out. To change to or from SERVICE_ACCOUNT, create a new pipe.",
        ),
        broken={"authentication": "SERVICE_ACCOUNT"},
        effect="warn",
    ),
    *FILE_UPDATE_RULES,
)

SPEC = SourceSpec(
    key="gcs",
    arm=ARM,
    types=("gcs",),
    title="Google Cloud Storage",
    also_called={
        "google storage": "",
    },
    family=Family.OBJECT_STORAGE,
    create=GcsCreate,
    update=GcsUpdate,
    documentation=DOCUMENTATION,
    description="Load files of Google Cloud Storage into a table, once or continuously.",
    example=EXAMPLE,
    rules=(
        *RULES,
        *file_rules(_BOOK),
        glob_rule(_BOOK, "url"),
        *access_key_rules(_BOOK),
        *queue_rules(
            _BOOK,
            queue=QUEUE,
            shape=QUEUE_SHAPE,
            documentation=f"{STORAGE_DOCUMENTATION}/google-cloud-storage/unordered-mode",
        ),
        *ingest_rules(_BOOK, settings=FileSettings, virtual_columns=_virtual_columns.FILES),
    ),
    update_rules=UPDATE_RULES,
    read_back=READ_BACK | ReadBack(never=("access_key", "service_account_key"), single=ONE_QUEUE),
    settings=FileSettings,
    settings_rules=settings_rules(FileSettings),
    virtual_columns=_virtual_columns.FILES,
    reads=("url",),
    beginnings=BUCKET_BEGINNINGS,
    charges=FILE_CHARGES,
    addresses=of_url,
    recipients=of_store,
    google_grant=GoogleGrant(
        "roles/storage.objectViewer on the bucket; to read by notifications also "
        "roles/pubsub.subscriber and roles/pubsub.viewer on the subscription"
    ),
    discoverable=True,
    immutable=dict.fromkeys(IMMUTABLE, FIXED),
    losses=LOSSES,
)
