"""Everything about a pipe that is not its source."""

from collections.abc import Sequence
from typing import Final

from clickpipes_mcp.simulator.contract._request_schema import RequestSchema
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
from clickpipes_mcp.simulator.contract._source_schemas import SourceSchemas
from clickpipes_mcp.simulator.documents import JsonObject

_SETTINGS: Final[Properties] = {
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
_NULLABLE_SETTINGS: Final = {key: or_null(schema) for key, schema in _SETTINGS.items()}
_SCALING: Final[Properties] = {
    "replicas": whole(1, 40),
    "replicaCpuMillicores": whole(125, 2000),
    "replicaMemoryGb": {"type": "number", "minimum": 0.5, "maximum": 8},
    "concurrency": whole(0, 34),
}
_COLUMN: Final = structure({"name": NAME, "type": NAME}, ("name", "type"))
_FIELD_MAPPINGS: Final = array(
    structure({"sourceField": NAME, "destinationField": NAME}, ("sourceField", "destinationField"))
)
_ENGINE: Final = structure(
    {
        "type": choice("MergeTree", "ReplacingMergeTree", "SummingMergeTree", "Null"),
        "versionColumnId": or_null(NAME),
        "columnIds": or_null(array(NAME)),
    },
    ("type",),
)
_TABLE: Final = structure(
    {
        "engine": _ENGINE,
        "sortingKey": or_null(array(NAME)),
        "partitionBy": or_null(NAME),
        "primaryKey": or_null(NAME),
        "ttl": or_null(NAME),
    },
    ("engine",),
)
_DESTINATION: Final = structure(
    {
        "database": NAME,
        "table": or_null(NAME),
        "managedTable": or_null(FLAG),
        "columns": or_null(array(_COLUMN)),
        "roles": or_null(array(NAME)),
        "tableDefinition": or_null(_TABLE),
    }
)


def create_schema(sources: Sequence[SourceSchemas]) -> RequestSchema:
    """A create that takes these sources."""
    properties: Properties = {
        "name": {"type": "string", "minLength": 1, "maxLength": 255},
        "source": _keys(sources, validateSamples=FLAG),
        "destination": _DESTINATION,
        "fieldMappings": or_null(_FIELD_MAPPINGS),
        "scaling": structure(_SCALING, minProperties=1),
        "settings": structure(_NULLABLE_SETTINGS, minProperties=1),
        "startPaused": FLAG,
    }
    return RequestSchema("create", structure(properties, ("name", "source", "destination")))


def update_schema(sources: Sequence[SourceSchemas]) -> RequestSchema:
    """A patch. A source that no patch changes is let through and answered in words."""
    columns = structure({"columns": array(_COLUMN, minItems=1)}, ("columns",))
    properties: Properties = {
        "name": {"type": ["string", "null"], "minLength": 1, "maxLength": 255},
        "source": or_null(_keys(sources, validateSamples=FLAG)),
        "destination": or_null(columns),
        "fieldMappings": or_null(_FIELD_MAPPINGS),
        "settings": or_null(structure(_NULLABLE_SETTINGS)),
    }
    return RequestSchema("update", structure(properties))


def discovery_schema(sources: Sequence[SourceSchemas]) -> RequestSchema:
    """A schema discovery, of those that can be sampled."""
    discoverable = [source for source in sources if source.is_discoverable]
    return RequestSchema("discovery", structure({"source": _keys(discoverable)}, ("source",)))


def _keys(sources: Sequence[SourceSchemas], **beside: JsonObject) -> JsonObject:
    """An object with one key a source, each judged by its own schema, and what stands beside."""
    keys: Properties = {
        source.key: {"type": ["object", "null"] if source.is_nullable else "object"}
        for source in sources
    }
    return structure({**keys, **beside})


SETTINGS: Final = RequestSchema("settings", structure(_NULLABLE_SETTINGS, minProperties=1))
SCALING: Final = RequestSchema(
    "scaling", structure({key: or_null(schema) for key, schema in _SCALING.items()})
)
_COMMANDS: Final = choice("start", "stop", "resync")
STATE: Final = RequestSchema("state", structure({"command": _COMMANDS}, ("command",)))
# As the reference page has it; the live service knows `command` only.
STATE_ACTION: Final = RequestSchema("state_action", structure({"action": _COMMANDS}, ("action",)))
