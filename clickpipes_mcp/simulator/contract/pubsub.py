"""Google Pub/Sub."""

from typing import Final

from clickpipes_mcp.simulator.contract._shapes import (
    FLAG,
    GOOGLE_AUTHENTICATION,
    NAME,
    SERVICE_ACCOUNT,
    Properties,
    choice,
    or_null,
    picked,
    structure,
    whole,
)
from clickpipes_mcp.simulator.contract._source_schemas import source_schemas

_CREATE: Final[Properties] = {
    "format": choice("JSONEachRow", "Avro", "Protobuf"),
    "projectId": {"type": "string", "pattern": "^[a-z][a-z0-9-]{4,28}[a-z0-9]$"},
    "topic": {"type": "string", "pattern": "^[^/]+$"},
    "authentication": GOOGLE_AUTHENTICATION,
    "seekType": choice("latest", "earliest", "timestamp"),
    "seekTimestamp": or_null(NAME),
    "filter": or_null({"type": "string", "maxLength": 256}),
    "enableOrdering": or_null(FLAG),
    "ackDeadline": or_null(whole(10, 600)),
    "serviceAccountKey": or_null(SERVICE_ACCOUNT),
}
_PATCHED: Final = ("authentication", "ackDeadline", "serviceAccountKey")

SCHEMAS: Final = source_schemas(
    "pubsub",
    structure(_CREATE, ("format", "projectId", "topic", "authentication", "seekType")),
    # What cannot change is refused even when it is the same. Source: the Terraform provider.
    structure(picked(_CREATE, *_PATCHED), ("authentication",)),
    _PATCHED,
    is_discoverable=True,
)
