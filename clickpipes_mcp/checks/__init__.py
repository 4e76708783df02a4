"""What stands at a source, looked at from where this server runs: read-only, bounded, pinned."""

from clickpipes_mcp.checks import (
    azure_blob,
    bigquery,
    gcs,
    kafka,
    kinesis,
    mongodb,
    mysql,
    postgres,
    pubsub,
    s3,
)
from clickpipes_mcp.checks.checklist import (
    AddressRefused,
    Checked,
    Outcome,
    Place,
    Seen,
    SourceCheck,
)
from clickpipes_mcp.checks.running import run_check

__all__ = [
    "CHECKS",
    "AddressRefused",
    "Checked",
    "Outcome",
    "Place",
    "Seen",
    "SourceCheck",
    "check_of",
    "run_check",
]

CHECKS: tuple[SourceCheck, ...] = (
    kafka.CHECK,
    postgres.CHECK,
    mongodb.CHECK,
    mysql.CHECK,
    azure_blob.CHECK,
    bigquery.CHECK,
    gcs.CHECK,
    pubsub.CHECK,
    s3.CHECK,
    kinesis.CHECK,
)


def check_of(key: str) -> SourceCheck | None:
    """How a kind of source is looked at; None where nothing here can."""
    return next((check for check in CHECKS if check.source == key), None)
