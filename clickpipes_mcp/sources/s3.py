"""Amazon S3 and the stores that speak its protocol.

Source: OpenAPI contract, ClickPipePostObjectStorageSource; documentation of S3 ClickPipes.
"""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from clickpipes_mcp.contract import Family, SourceSpec
from clickpipes_mcp.field_types import Text
from clickpipes_mcp.rule_words import (
    ABSENT,
    RuleBook,
    both,
    equal,
    every,
    forbids,
    missing,
    needs,
    reject,
    unlike,
)
from clickpipes_mcp.source_facts import ReadBack
from clickpipes_mcp.sources import _virtual_columns
from clickpipes_mcp.sources._addresses import of_url
from clickpipes_mcp.sources._aws import (
    KEY_EXAMPLE,
    ROLE_EXAMPLE,
    AccessKey,
    role_arn_rule,
    update_key_rules,
)
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
)
from clickpipes_mcp.sources._object_storage import (
    DOCUMENTATION as STORAGE_DOCUMENTATION,
)
from clickpipes_mcp.sources._object_storage_rules import (
    FILE_UPDATE_RULES,
    PUBLIC,
    access_key_rules,
    file_rules,
    glob_rule,
    queue_rules,
)
from clickpipes_mcp.sources._pipe import DESTINATION_EXAMPLE, FIXED
from clickpipes_mcp.sources._recipients import of_store
from clickpipes_mcp.sources._s3_address_rules import ANY_STORE, address_rules
from clickpipes_mcp.sources._settings import FileSettings, settings_rules

DOCUMENTATION = f"{STORAGE_DOCUMENTATION}/amazon-s3/overview"
STORES = ("s3", "dospaces", "cloudflarer2", "ovhobjectstorage")
KEY_STORES = ("s3", "dospaces")
"""The stores for which the contract names IAM_USER; the official client refuses it for others."""
QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/events"
QUEUE_SHAPE = r"^https://sqs\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/\d{12}/[A-Za-z0-9_.-]+$"
"""Source: Terraform provider."""

Authentication = Literal["IAM_ROLE", "IAM_USER"]


class S3Source(BucketSource):
    url: Text = Field(
        description="https://BUCKET.s3.REGION.amazonaws.com/…, where ? * and ** are wildcards, "
        "braces not."
    )
    queue_url: Text | None = Field(
        default=None, description="URL of an SQS queue; needs is_continuous."
    )
    type: Literal["s3", "dospaces", "cloudflarer2", "ovhobjectstorage"] = Field(
        description="Kind of store."
    )
    authentication: Authentication | None = Field(
        default=None, description="Leave out for public files."
    )
    iam_role: Text | None = Field(default=None, description="Role ARN, for IAM_ROLE.")
    access_key: AccessKey | None = Field(default=None, description="Give both, for IAM_USER.")


class S3Create(FileCreate):
    """A pipe that reads files of a bucket."""

    source: S3Source = Field(description="The files.")


class S3Update(FileUpdate):
    """What can be changed in place: who reads, and the rest of the initial load."""

    authentication: Authentication | None = Field(
        default=None, description="As on create; give iam_role or access_key."
    )
    iam_role: Text | None = Field(default=None, description="Role ARN, for IAM_ROLE.")
    access_key: AccessKey | None = Field(default=None, description="Give both, for IAM_USER.")


EXAMPLE: Mapping[str, object] = {
    "name": "events",
    "source": {
        "type": "s3",
        "url": "https://bucket.s3.eu-west-1.amazonaws.com/events/*.json",
        "format": "JSONEachRow",
        "is_continuous": True,
        "authentication": "IAM_ROLE",
        "iam_role": ROLE_EXAMPLE,
    },
    "destination": DESTINATION_EXAMPLE,
}
_BOOK = RuleBook("s3.", EXAMPLE, DOCUMENTATION, at="source.")
_WITH_KEY = {
    "authentication": "IAM_USER",
    "iam_role": ABSENT,
    "access_key": KEY_EXAMPLE,
}

_ROLE_RULES = (
    _BOOK.rule(
        "role-needed",
        "IAM_ROLE needs iam_role.",
        needs("source.iam_role", when=equal("source.authentication", "IAM_ROLE")),
        broken={"iam_role": ABSENT},
    ),
    _BOOK.rule(
        "role-unused",
        "iam_role is for IAM_ROLE.",
        forbids(
            "source.iam_role",
            when=unlike("source.authentication", "IAM_ROLE"),
            fix="Set authentication to IAM_ROLE, or leave iam_role out.",
        ),
        broken={"authentication": ABSENT},
        kept=PUBLIC,
        effect="warn",
    ),
    _BOOK.rule(
        "role-only-s3",
        "IAM_ROLE is for Amazon S3 only.",
        reject(
            both(unlike("source.type", "s3"), equal("source.authentication", "IAM_ROLE")),
            "source.authentication",
            "Only Amazon S3 takes a role.",
            "Set authentication to IAM_USER and give access_key.",
        ),
        broken=ANY_STORE | {"type": "cloudflarer2"},
    ),
)
_STORE_RULES = (
    _BOOK.rule(
        "queue-only-s3",
        "Event queues are for Amazon S3 only.",
        forbids(
            "source.queue_url",
            when=unlike("source.type", "s3"),
            fix="Leave queue_url out; is_continuous polls instead.",
        ),
        broken=ANY_STORE | _WITH_KEY | {"type": "dospaces", "queue_url": QUEUE},
        kept={"queue_url": QUEUE},
    ),
    _BOOK.rule(
        "key-stores",
        "The contract lists IAM_USER for S3 and DigitalOcean Spaces.",
        reject(
            both(
                unlike("source.type", *KEY_STORES),
                equal("source.authentication", "IAM_USER"),
            ),
            "source.authentication",
            "The contract names access keys for other stores only.",
            "Go on if the store speaks the S3 protocol: the API tests the connection.",
        ),
        broken=ANY_STORE | _WITH_KEY | {"type": "cloudflarer2"},
        kept=ANY_STORE | _WITH_KEY | {"type": "dospaces"},
        effect="warn",
    ),
    _BOOK.rule(
        "spaces-not-public",
        "DigitalOcean Spaces are documented for protected buckets only.",
        reject(
            both(equal("source.type", "dospaces"), missing("source.authentication")),
            "source.authentication",
            "Spaces that everybody may read are not documented to work.",
            "Set authentication to IAM_USER and give access_key.",
        ),
        broken=ANY_STORE | PUBLIC | {"type": "dospaces"},
        kept=PUBLIC,
        effect="warn",
    ),
)

RULES = (
    *_ROLE_RULES,
    role_arn_rule(_BOOK),
    *_STORE_RULES,
    *address_rules(_BOOK),
)

_UPDATE_EXAMPLE: Mapping[str, object] = {"authentication": "IAM_ROLE", "iam_role": ROLE_EXAMPLE}
_UPDATE_BOOK = RuleBook("s3.update-", _UPDATE_EXAMPLE, DOCUMENTATION)
UPDATE_RULES = (
    *update_key_rules(_UPDATE_BOOK),
    _UPDATE_BOOK.rule(
        "authentication-with-credentials",
        "A new authentication brings its role or key.",
        every(
            needs("iam_role", when=equal("authentication", "IAM_ROLE")),
            needs("access_key", when=equal("authentication", "IAM_USER")),
        ),
        broken={"iam_role": ABSENT},
        effect="warn",
    ),
    _UPDATE_BOOK.rule(
        "credentials-unused",
        "iam_role is for IAM_ROLE, access_key for IAM_USER.",
        every(
            forbids("iam_role", when=equal("authentication", "IAM_USER")),
            forbids("access_key", when=equal("authentication", "IAM_ROLE")),
        ),
        broken={"access_key": KEY_EXAMPLE},
        effect="warn",
    ),
    role_arn_rule(_UPDATE_BOOK),
    *FILE_UPDATE_RULES,
)

SPEC = SourceSpec(
    key="s3",
    arm=ARM,
    types=STORES,
    title="Amazon S3",
    also_called={
        "aws s3": "s3",
        "r2": "cloudflarer2",
        "cloudflare r2": "cloudflarer2",
        "digitalocean spaces": "dospaces",
        "ovh": "ovhobjectstorage",
    },
    family=Family.OBJECT_STORAGE,
    create=S3Create,
    update=S3Update,
    documentation=DOCUMENTATION,
    description="Load files of Amazon S3, DigitalOcean Spaces, Cloudflare R2 or OVH into a "
    "table, once or continuously. Polling reads only files whose names sort later; queue_url "
    "reads all.",
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
            documentation=f"{STORAGE_DOCUMENTATION}/amazon-s3/unordered-mode",
        ),
        *ingest_rules(_BOOK, settings=FileSettings, virtual_columns=_virtual_columns.FILES),
    ),
    update_rules=UPDATE_RULES,
    read_back=READ_BACK | ReadBack(never=("access_key",), single=ONE_QUEUE),
    settings=FileSettings,
    settings_rules=settings_rules(FileSettings),
    virtual_columns=_virtual_columns.FILES,
    reads=("url",),
    beginnings=BUCKET_BEGINNINGS,
    charges=FILE_CHARGES,
    addresses=of_url,
    recipients=of_store,
    discoverable=True,
    immutable=dict.fromkeys(IMMUTABLE, FIXED),
    losses=LOSSES,
)
