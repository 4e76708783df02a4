"""Writes the request schemas beside this file from the facts of the published contract.

Run `python -m clickpipes_mcp.simulator.contract.generate` after changing a fact.

Source of the facts: the OpenAPI document of ClickHouse Cloud, the requests clickhousectl 0.5.0
makes for what is newer than it, and the limits the live service was seen to enforce.
Two keywords of our own steer error texts: `errorForm: value` answers the offending value where
the service does so for a range, `errorText` is a text quoted from the service.
"""

import json
from pathlib import Path

from clickpipes_mcp.simulator.contract import _databases, _streams
from clickpipes_mcp.simulator.contract._shapes import (
    FLAG,
    NAME,
    Properties,
    array,
    choice,
    or_null,
    structure,
    whole,
)
from clickpipes_mcp.simulator.documents import JsonObject

SETTINGS: Properties = {
    "streaming_max_insert_wait_ms": whole(500, 60000),
    "kafka_read_committed": FLAG,
    "object_storage_concurrency": whole(1, 35),
    "object_storage_polling_interval_ms": whole(100, 3600000),
    "object_storage_max_insert_bytes": whole(
        524288000,
        10737418240,
        errorText="object_storage_max_insert_bytes must be between "
        "524_288_000 and 10_737_418_240 bytes",
    ),
    "object_storage_max_file_count": whole(1, 10000),
    "clickhouse_max_threads": whole(0, 64),
    "clickhouse_max_insert_threads": whole(0, 16),
    "clickhouse_min_insert_block_size_bytes": whole(0, 10737418240),
    "clickhouse_max_download_threads": whole(0, 32),
    "clickhouse_parallel_distributed_insert_select": whole(0, 2),
    "object_storage_use_cluster_function": FLAG,
    "clickhouse_parallel_view_processing": FLAG,
}
NULLABLE_SETTINGS = {key: or_null(schema) for key, schema in SETTINGS.items()}
SCALING: Properties = {
    "replicas": whole(1, 40),
    "replicaCpuMillicores": whole(125, 2000),
    "replicaMemoryGb": {"type": "number", "minimum": 0.5, "maximum": 8},
    "concurrency": whole(0, 34),
}
COLUMN = structure({"name": NAME, "type": NAME}, ("name", "type"))
FIELD_MAPPINGS = array(
    structure({"sourceField": NAME, "destinationField": NAME}, ("sourceField", "destinationField"))
)
DESTINATION = structure(
    {
        "database": NAME,
        "table": or_null(NAME),
        "managedTable": or_null(FLAG),
        "columns": or_null(array(COLUMN)),
        "roles": or_null(array(NAME)),
        "tableDefinition": or_null(
            structure(
                {
                    "engine": structure(
                        {
                            "type": choice(
                                "MergeTree", "ReplacingMergeTree", "SummingMergeTree", "Null"
                            ),
                            "versionColumnId": or_null(NAME),
                            "columnIds": or_null(array(NAME)),
                        },
                        ("type",),
                    ),
                    "sortingKey": or_null(array(NAME)),
                    "partitionBy": or_null(NAME),
                    "primaryKey": or_null(NAME),
                    "ttl": or_null(NAME),
                },
                ("engine",),
            )
        ),
    },
)

DNS_MAPPINGS = array(
    structure({"privateDnsName": NAME, "targetId": or_null(NAME)}, ("privateDnsName",))
)


def _all_arms(*keys: str) -> JsonObject:
    # The contract declares every arm but postgres nullable.
    arms: Properties = {
        key: {"type": "object"} if key == "postgres" else {"type": ["object", "null"]}
        for key in keys
    }
    return structure({**arms, "validateSamples": FLAG})


STREAM_ARMS = ("kafka", "objectStorage", "kinesis", "pubsub")
DATABASE_ARMS = ("postgres", "mysql", "mongodb", "bigquery")
SCHEMAS: Properties = {
    "create": structure(
        {
            "name": {"type": "string", "minLength": 1, "maxLength": 255},
            "source": _all_arms(*STREAM_ARMS, *DATABASE_ARMS),
            "destination": DESTINATION,
            "fieldMappings": or_null(FIELD_MAPPINGS),
            "scaling": structure(SCALING, minProperties=1),
            "settings": structure(NULLABLE_SETTINGS, minProperties=1),
            "startPaused": FLAG,
        },
        ("name", "source", "destination"),
    ),
    **_streams.ARM_SCHEMAS,
    **_databases.ARM_SCHEMAS,
    "update": structure(
        {
            "name": {"type": ["string", "null"], "minLength": 1, "maxLength": 255},
            "source": or_null(_all_arms(*STREAM_ARMS, *DATABASE_ARMS)),
            "destination": or_null(
                structure({"columns": array(COLUMN, minItems=1)}, ("columns",))
            ),
            "fieldMappings": or_null(FIELD_MAPPINGS),
            "settings": or_null(structure(NULLABLE_SETTINGS)),
        }
    ),
    "state": structure({"command": choice("start", "stop", "resync")}, ("command",)),
    "state_action": structure({"action": choice("start", "stop", "resync")}, ("action",)),
    "scaling": structure({key: or_null(schema) for key, schema in SCALING.items()}),
    "settings": structure(NULLABLE_SETTINGS, minProperties=1),
    "cdc_scaling": structure(
        {
            "replicaCpuMillicores": whole(1000, 32000, multipleOf=1000),
            "replicaMemoryGb": {"type": "number", "minimum": 4, "maximum": 128, "multipleOf": 4},
        },
        minProperties=1,
    ),
    "discovery": structure({"source": _all_arms(*STREAM_ARMS)}, ("source",)),
    "service_state": structure({"command": choice("start", "stop", "awake")}, ("command",)),
    "endpoint_create": structure(
        {
            "description": {"type": "string", "maxLength": 255},
            "type": choice(
                "VPC_ENDPOINT_SERVICE", "VPC_RESOURCE", "MSK_MULTI_VPC",
                "GCP_PSC_SERVICE_ATTACHMENT",
            ),
            "vpcEndpointServiceName": or_null(NAME),
            "vpcResourceConfigurationId": or_null(NAME),
            "vpcResourceShareArn": or_null(NAME),
            "mskClusterArn": or_null(NAME),
            "mskAuthentication": or_null(choice("SASL_IAM", "SASL_SCRAM")),
            "gcpServiceAttachment": {
                "type": ["string", "null"],
                "pattern": "^projects/[^/]+/regions/[^/]+/serviceAttachments/[^/]+$",
            },
            "customPrivateDnsMappings": or_null(DNS_MAPPINGS),
        },
        ("description", "type"),
    ),
    "endpoint_update": structure(
        {"customPrivateDnsMappings": DNS_MAPPINGS}, ("customPrivateDnsMappings",)
    ),
}  # fmt: skip


def render() -> dict[str, str]:
    """The files of this folder by name, as they should be."""
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {
        f"{name}.json": json.dumps({**dialect, **schema}, indent=1) + "\n"
        for name, schema in SCHEMAS.items()
    }


def write(folder: Path) -> None:
    """Write every schema into the folder."""
    for name, content in render().items():
        (folder / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    write(Path(__file__).parent)
