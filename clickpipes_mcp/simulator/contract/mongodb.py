"""MongoDB and what speaks its protocol."""

from typing import Final

from clickpipes_mcp.simulator.contract._databases import (
    CDC_SETTINGS,
    ENGINE,
    PATCHED_SETTINGS,
    TLS,
    WHOLE_LOGIN,
    mappings,
    removals,
)
from clickpipes_mcp.simulator.contract._shapes import (
    FLAG,
    LOGIN,
    NAME,
    SSH_KEY_RESOURCE_ID,
    TEXT,
    Properties,
    array,
    choice,
    or_null,
    structure,
)
from clickpipes_mcp.simulator.contract._source_schemas import source_schemas
from clickpipes_mcp.simulator.documents import JsonObject

_NAMES: Final = ("sourceDatabaseName", "sourceCollection", "targetTable")
_MAPPING: Final[Properties] = {
    "tableEngine": ENGINE,
    # Source: clickhousectl 0.5.0, which takes these six in a mapping and no others.
    "structuredIngestion": structure(
        {
            "enabled": FLAG,
            "columns": array(structure({"name": NAME, "type": NAME}, ("name", "type"))),
            "excludedColumns": array(NAME),
            "sortingKeys": array(NAME),
            "partitionByExpr": TEXT,
            "dropUnexpectedValues": FLAG,
        },
        ("enabled",),
    ),
}
# It may hold a login, so errors must not repeat it.
_URI: Final[JsonObject] = {
    "type": "string",
    "pattern": r"^mongodb(\+srv)?://.",
    "writeOnly": True,
}
_READ_PREFERENCE: Final = choice(
    "primary", "primaryPreferred", "secondary", "secondaryPreferred", "nearest"
)
_CREATE: Final[Properties] = {
    "uri": _URI,
    "credentials": or_null(LOGIN),
    "readPreference": _READ_PREFERENCE,
    **TLS,
    "settings": structure({**CDC_SETTINGS, "useJsonNativeFormat": FLAG}, ("replicationMode",)),
    "tableMappings": mappings(_MAPPING, _NAMES, 1),
    SSH_KEY_RESOURCE_ID: or_null(NAME),
}
_PATCHED: Final = ("credentials", "uri", "readPreference", *TLS)

SCHEMAS: Final = source_schemas(
    "mongodb",
    structure(_CREATE, ("uri", "readPreference", "settings", "tableMappings")),
    structure(
        {
            "credentials": WHOLE_LOGIN,
            "uri": or_null(_URI),
            "readPreference": or_null(_READ_PREFERENCE),
            **TLS,
            "settings": structure(PATCHED_SETTINGS),
            "tableMappingsToAdd": mappings(_MAPPING, _NAMES),
            "tableMappingsToRemove": removals(_NAMES),
        }
    ),
    _PATCHED,
)
