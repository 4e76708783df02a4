"""What mends a PostgreSQL source, at the provider at hand.

Source: ClickHouse docs, integrations/clickpipes/postgres/source: generic, rds, aurora,
google-cloudsql, alloydb, azure-flexible-server-postgres, neon-postgres, supabase.
"""

from collections.abc import Mapping
from typing import Final

_PARAMETER_GROUP: Final = (
    "Set rds.logical_replication = 1 in the parameter group, then reboot the instance."
)
LOGICAL_WAL: Final[Mapping[str, str]] = {
    "rdspostgres": _PARAMETER_GROUP,
    "aurorapostgres": _PARAMETER_GROUP,
    "cloudsqlpostgres": "Set the flag cloudsql.logical_decoding = on; the instance restarts.",
    "alloydb": "Set the flags alloydb.logical_decoding = on and alloydb.enable_pglogical = on.",
    "azurepostgres": "Set the server parameter wal_level to LOGICAL, then restart the server.",
    "neon": "Enable logical replication in the settings of the project.",
}
_RDS_ROLE: Final = "GRANT rds_replication TO {role};"
REPLICATION_RIGHT: Final[Mapping[str, str]] = {
    "rdspostgres": _RDS_ROLE,
    "aurorapostgres": _RDS_ROLE,
}
_PARAMETER: Final = "Set {name} = {value} in the parameter group, then reboot the instance."
PARAMETERS: Final[Mapping[str, str]] = {
    "rdspostgres": _PARAMETER,
    "aurorapostgres": _PARAMETER,
    "cloudsqlpostgres": "Set the flag {name} = {value}.",
    "alloydb": "Set the flag {name} = {value}.",
    "azurepostgres": "Set the server parameter {name} to {value}, then restart the server.",
}


def logical_wal(kind: str) -> str:
    """How the provider is told to log for logical replication."""
    own = "ALTER SYSTEM SET wal_level = 'logical'; then restart the server."
    return LOGICAL_WAL.get(kind, own)


def replication_right(kind: str, role: str) -> str:
    """How a role is let replicate."""
    own = "ALTER USER {role} REPLICATION;"
    return REPLICATION_RIGHT.get(kind, own).format(role=role)


def parameter(kind: str, name: str, value: int) -> str:
    """How a parameter is set that takes a restart."""
    own = "ALTER SYSTEM SET {name} = {value}; then restart the server."
    return PARAMETERS.get(kind, own).format(name=name, value=value)
