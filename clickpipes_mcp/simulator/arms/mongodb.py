"""MongoDB and what speaks its protocol."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from clickpipes_mcp.simulator.arms._arm import Arm
from clickpipes_mcp.simulator.arms._database import (
    CDC_DEFAULTS,
    replication,
    shown_mappings,
    with_settings,
)
from clickpipes_mcp.simulator.contract.mongodb import SCHEMAS
from clickpipes_mcp.simulator.documents import Document, JsonObject, child, is_given, text

_LOGIN: Final = re.compile(r"(?<=://)[^/@]*@")
_REDACTED: Final = "[REDACTED]@"
_DEFAULTS: Final[Mapping[str, object]] = {
    **{key: value for key, value in CDC_DEFAULTS.items() if key != "initialLoadParallelism"},
    "useJsonNativeFormat": True,
}


def _rules(source: Document) -> Iterator[str]:
    credentials = child(source, "credentials")
    if _LOGIN.search(text(source, "uri")) and not credentials:
        return
    for name in ("username", "password"):
        if not is_given(credentials, name):
            yield f"{name} is required for MongoDB authentication"


def _patch_rules(patch: Document) -> Iterator[str]:
    uri = text(patch, "uri")
    if uri and _REDACTED not in uri and not is_given(patch, "credentials"):
        yield (
            "failed permissions validation: 'connectionStatus' failed: connection() error "
            "occurred during connection handshake: (AuthenticationFailed) Authentication failed."
        )


def _prepare(source: JsonObject) -> JsonObject:
    prepared = with_settings({"disableTls": False, **source}, _DEFAULTS)
    prepared["uri"] = _LOGIN.sub(_REDACTED, text(source, "uri"))
    return prepared


ARM: Final = Arm(
    schemas=SCHEMAS,
    label="MongoDB",
    family=replication,
    addresses=("uri",),
    secrets=(("credentials",),),
    rules=_rules,
    patch_rules=_patch_rules,
    prepare=_prepare,
    show=shown_mappings,
    example={
        "uri": "mongodb+srv://catalog.mongo.simulated.example/shop",
        "readPreference": "secondaryPreferred",
        "settings": {"replicationMode": "cdc"},
        "tableMappings": [
            {
                "sourceDatabaseName": "shop",
                "sourceCollection": "items",
                "targetTable": "shop_items",
                "tableEngine": "ReplacingMergeTree",
            }
        ],
    },
    database=True,
    resyncable=True,
    mapping_names=("sourceDatabaseName", "sourceCollection"),
)  # fmt: skip
