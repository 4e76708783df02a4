"""PostgreSQL and its managed forms."""

from typing import Final

from clickpipes_mcp.simulator.contract._databases import (
    AUTHENTICATION,
    CDC_SETTINGS,
    PATCHED_SETTINGS,
    PORT,
    SQL_MAPPING_CHANGES,
    SQL_MAPPINGS,
    TLS,
    WHOLE_LOGIN,
)
from clickpipes_mcp.simulator.contract._shapes import (
    FLAG,
    LOGIN,
    NAME,
    SSH_KEY_RESOURCE_ID,
    Properties,
    choice,
    or_null,
    structure,
)
from clickpipes_mcp.simulator.contract._source_schemas import source_schemas

_CREATE: Final[Properties] = {
    "type": or_null(
        choice(
            "postgres", "supabase", "neon", "alloydb", "planetscale", "rdspostgres",
            "aurorapostgres", "cloudsqlpostgres", "azurepostgres", "crunchybridge", "tigerdata",
        )
    ),
    "credentials": LOGIN,
    "host": NAME,
    "port": PORT,
    "database": NAME,
    "authentication": AUTHENTICATION,
    "iamRole": NAME,
    **TLS,
    "settings": structure(
        {
            **CDC_SETTINGS,
            "publicationName": NAME,
            "replicationSlotName": NAME,
            "allowNullableColumns": FLAG,
            "enableFailoverSlots": FLAG,
        }
    ),
    "tableMappings": SQL_MAPPINGS,
    SSH_KEY_RESOURCE_ID: or_null(NAME),
}  # fmt: skip
_PATCHED: Final = ("credentials", "host", "port", "database", *TLS)

SCHEMAS: Final = source_schemas(
    "postgres",
    structure(_CREATE, ("host", "port", "database", "tableMappings")),
    structure(
        {
            "credentials": WHOLE_LOGIN,
            "host": or_null(NAME),
            "port": or_null(PORT),
            "database": or_null(NAME),
            # Not in the contract: the service answers them with a text of its own.
            "authentication": AUTHENTICATION,
            "iamRole": or_null(NAME),
            **TLS,
            "settings": structure(PATCHED_SETTINGS),
            **SQL_MAPPING_CHANGES,
        }
    ),
    _PATCHED,
    is_nullable=False,
)
