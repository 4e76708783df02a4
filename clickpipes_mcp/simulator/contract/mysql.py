"""MySQL and MariaDB."""

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
    whole,
)
from clickpipes_mcp.simulator.contract._source_schemas import source_schemas

_SERVER_ID: Final = whole(1, 4294967295)
_CREATE: Final[Properties] = {
    "type": or_null(
        choice(
            "mysql", "rdsmysql", "auroramysql", "mariadb", "rdsmariadb", "cloudsqlmysql",
            "planetscalevitess",
        )
    ),
    "credentials": or_null(LOGIN),
    "host": NAME,
    "port": PORT,
    "authentication": AUTHENTICATION,
    "iamRole": or_null(NAME),
    **TLS,
    "serverId": _SERVER_ID,
    "settings": structure(
        {
            **CDC_SETTINGS,
            "replicationMechanism": choice("GTID", "FILE_POS"),
            "useCompression": FLAG,
            "allowNullableColumns": FLAG,
        },
        ("replicationMode",),
    ),
    "tableMappings": SQL_MAPPINGS,
    SSH_KEY_RESOURCE_ID: or_null(NAME),
}  # fmt: skip
_PATCHED: Final = ("credentials", "host", "port", "authentication", "iamRole", *TLS, "serverId")

SCHEMAS: Final = source_schemas(
    "mysql",
    structure(_CREATE, ("host", "port", "settings", "tableMappings")),
    structure(
        {
            "credentials": WHOLE_LOGIN,
            "host": or_null(NAME),
            "port": or_null(PORT),
            "authentication": or_null(AUTHENTICATION),
            "iamRole": or_null(NAME),
            **TLS,
            "serverId": or_null(_SERVER_ID),
            "settings": structure({**PATCHED_SETTINGS, "useCompression": or_null(FLAG)}),
            **SQL_MAPPING_CHANGES,
        }
    ),
    _PATCHED,
)
