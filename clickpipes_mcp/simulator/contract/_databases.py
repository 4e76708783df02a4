"""Request schemas of the database sources."""

from collections.abc import Sequence

from clickpipes_mcp.simulator.contract._shapes import (
    FLAG,
    GOOGLE_AUTHENTICATION,
    LOGIN,
    NAME,
    SECRET,
    SERVICE_ACCOUNT,
    TEXT,
    Properties,
    array,
    choice,
    or_null,
    structure,
    whole,
)
from clickpipes_mcp.simulator.documents import JsonObject

PORT = whole(1, 65535, errorForm="value")
ENGINE = choice("MergeTree", "ReplacingMergeTree", "Null")
REPLICATION_MODE = choice("cdc", "snapshot", "cdc_only")
DATABASE_AUTHENTICATION = choice("basic", "IAM_ROLE")
FULL_LOGIN = structure(
    {"username": SECRET, "password": SECRET}, ("username", "password"), writeOnly=True
)
CDC_SETTINGS: Properties = {
    "syncIntervalSeconds": whole(1),
    "pullBatchSize": whole(1),
    "replicationMode": REPLICATION_MODE,
    "snapshotNumRowsPerPartition": whole(1000),
    "snapshotNumberOfParallelTables": whole(1),
    "initialLoadParallelism": whole(1),
    "deleteOnMerge": FLAG,
}
SORTING: Properties = {
    "excludedColumns": array(NAME, uniqueItems=True),
    "useCustomSortingKey": FLAG,
    "sortingKeys": array(NAME, uniqueItems=True),
    "tableEngine": ENGINE,
}
THREE_NAMES = ("sourceSchemaName", "sourceTable", "targetTable")
SQL_MAPPING: Properties = {
    **dict.fromkeys(THREE_NAMES, NAME),
    **SORTING,
    "partitionKey": TEXT,
    "partitionByExpr": TEXT,
}
MONGODB_NAMES = ("sourceDatabaseName", "sourceCollection", "targetTable")
MONGODB_MAPPING: Properties = {
    **dict.fromkeys(MONGODB_NAMES, NAME),
    "tableEngine": ENGINE,
    "structuredIngestion": {"type": "object"},
}
TLS: Properties = {
    "tlsHost": or_null(NAME),
    "caCertificate": or_null(NAME),
    "disableTls": or_null(FLAG),
    "skipCertVerification": or_null(FLAG),
}


def table_mappings(properties: Properties, names: Sequence[str], at_least: int) -> (
    JsonObject
):  # fmt: skip
    return array(structure(properties, names), minItems=at_least)


def removals(properties: Properties, names: Sequence[str]) -> JsonObject:
    return array(structure({**properties, "tableEngine": or_null(ENGINE)}, names))


POSTGRES: Properties = {
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
    "authentication": DATABASE_AUTHENTICATION,
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
    "tableMappings": table_mappings(SQL_MAPPING, THREE_NAMES, 1),
}  # fmt: skip
MYSQL: Properties = {
    "type": or_null(
        choice(
            "mysql", "rdsmysql", "auroramysql", "mariadb", "rdsmariadb", "cloudsqlmysql",
            "planetscalevitess",
        )
    ),
    "credentials": or_null(LOGIN),
    "host": NAME,
    "port": PORT,
    "authentication": DATABASE_AUTHENTICATION,
    "iamRole": or_null(NAME),
    **TLS,
    "serverId": whole(1, 4294967295),
    "settings": structure(
        {
            **CDC_SETTINGS,
            "replicationMechanism": choice("GTID", "FILE_POS"),
            "useCompression": FLAG,
            "allowNullableColumns": FLAG,
        },
        ("replicationMode",),
    ),
    "tableMappings": table_mappings(SQL_MAPPING, THREE_NAMES, 1),
}  # fmt: skip
READ_PREFERENCE = choice(
    "primary", "primaryPreferred", "secondary", "secondaryPreferred", "nearest"
)
MONGODB: Properties = {
    # It may hold a login, so errors must not repeat it.
    "uri": {"type": "string", "pattern": r"^mongodb(\+srv)?://.", "writeOnly": True},
    "credentials": or_null(LOGIN),
    "readPreference": READ_PREFERENCE,
    **TLS,
    "settings": structure({**CDC_SETTINGS, "useJsonNativeFormat": FLAG}, ("replicationMode",)),
    "tableMappings": table_mappings(MONGODB_MAPPING, MONGODB_NAMES, 1),
}
BIGQUERY: Properties = {
    "snapshotStagingPath": {"type": "string", "pattern": "^gs://."},
    "authentication": or_null(GOOGLE_AUTHENTICATION),
    "projectId": or_null(NAME),
    "credentials": or_null(SERVICE_ACCOUNT),
    "settings": structure(
        {
            "replicationMode": choice("snapshot"),
            "allowNullableColumns": FLAG,
            "initialLoadParallelism": whole(1),
            "snapshotNumRowsPerPartition": whole(1),
            "snapshotNumberOfParallelTables": whole(1),
        },
        ("replicationMode",),
    ),
    "tableMappings": table_mappings(
        {**dict.fromkeys(("sourceDatasetName", "sourceTable", "targetTable"), NAME), **SORTING},
        ("sourceDatasetName", "sourceTable", "targetTable"),
        1,
    ),
}


CDC_PATCH_SETTINGS: Properties = {
    "syncIntervalSeconds": or_null(whole(1)),
    "pullBatchSize": or_null(whole(1)),
}
SQL_REMOVAL: Properties = {
    **dict.fromkeys(THREE_NAMES, NAME),
    "partitionKey": or_null(TEXT),
    "partitionByExpr": or_null(TEXT),
}
MAPPING_DELTAS: Properties = {
    "tableMappingsToAdd": table_mappings(SQL_MAPPING, THREE_NAMES, 0),
    "tableMappingsToRemove": removals(SQL_REMOVAL, THREE_NAMES),
}

ARM_SCHEMAS: Properties = {
    "create_postgres": structure(POSTGRES, ("host", "port", "database", "tableMappings")),
    "create_mysql": structure(MYSQL, ("host", "port", "settings", "tableMappings")),
    "create_mongodb": structure(MONGODB, ("uri", "readPreference", "settings", "tableMappings")),
    "create_bigquery": structure(BIGQUERY, ("snapshotStagingPath", "settings", "tableMappings")),
    "update_postgres": structure(
        {
            "credentials": FULL_LOGIN,
            "host": or_null(NAME),
            "port": or_null(PORT),
            "database": or_null(NAME),
            # Not in the contract: the service answers them with a text of its own.
            "authentication": DATABASE_AUTHENTICATION,
            "iamRole": or_null(NAME),
            **TLS,
            "settings": structure(CDC_PATCH_SETTINGS),
            **MAPPING_DELTAS,
        }
    ),
    "update_mysql": structure(
        {
            "credentials": FULL_LOGIN,
            "host": or_null(NAME),
            "port": or_null(PORT),
            "authentication": or_null(DATABASE_AUTHENTICATION),
            "iamRole": or_null(NAME),
            **TLS,
            "serverId": or_null(whole(1, 4294967295)),
            "settings": structure({**CDC_PATCH_SETTINGS, "useCompression": or_null(FLAG)}),
            **MAPPING_DELTAS,
        }
    ),
    "update_mongodb": structure(
        {
            "credentials": FULL_LOGIN,
            "uri": or_null(MONGODB["uri"]),
            "readPreference": or_null(READ_PREFERENCE),
            **TLS,
            "settings": structure(CDC_PATCH_SETTINGS),
            "tableMappingsToAdd": table_mappings(MONGODB_MAPPING, MONGODB_NAMES, 0),
            "tableMappingsToRemove": removals(
                dict.fromkeys(MONGODB_NAMES, NAME), MONGODB_NAMES
            ),
        }
    ),
}  # fmt: skip
