"""The published contract as it is known: the facts of its document, and what came after it.

What came after is written down by hand, each piece with where it is known from.
"""

import copy
import re
from collections.abc import Iterator, Mapping
from typing import Any

from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.sources.known_differences import SOURCE_DIFFERENCES
from tests.published.facts import kept

Schema = dict[str, Any]
DOCUMENT = kept("document.json")

TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
POSITIVE: Schema = {"type": "integer", "minimum": 1}
WORKLOAD_IDENTITY = "SERVICE_ACCOUNT_WORKLOAD_IDENTITY"
PROTOBUF: Schema = {"type": "string", "maxLength": 1048576}


def values(*allowed: str) -> Schema:
    return {"type": "string", "enum": list(allowed)}


# CTL: bodies that clickhousectl 0.5.0 sends. TF: models and tests of the Terraform provider 3.33.
# SEP: the document as it was served in September 2026.
ADDED_FIELDS: Mapping[str, Mapping[str, Schema]] = {
    "ClickPipePostRequest": {"startPaused": FLAG},  # CTL
    "ClickPipeSettings": {"kafka_read_committed": FLAG},  # CTL, TF
    "ClickPipeSettingsPutRequest": {"kafka_read_committed": FLAG},  # CTL, TF
    "ClickPipeDestinationTableDefinition": {"ttl": TEXT},  # CTL, TF
    "ClickPipeMutateKafkaSchemaRegistry": {
        "type": values("confluent", "glue"),  # CTL, TF
        "glueRegion": TEXT,
        "glueRegistryName": TEXT,
        "glueRoleArn": TEXT,
    },
    "ClickPipePostKafkaSource": {
        "protobufSchema": PROTOBUF,  # SEP, CTL, TF
        "tombstoneMode": values("delete"),  # TF
        "sshKeyResourceId": TEXT,  # TF
    },
    "ClickPipePostKinesisSource": {
        "protobufSchema": PROTOBUF,  # CTL, TF
        "schemaRegistry": {  # TF
            "type": "object",
            "required": ["type", "glueRegion", "glueRegistryName"],
            "properties": {
                "type": values("glue"),
                "glueRegion": TEXT,
                "glueRegistryName": TEXT,
                "glueRoleArn": TEXT,
            },
        },
    },
    "ClickPipeMutatePostgresSource": {"sshKeyResourceId": TEXT},  # TF
    "ClickPipeMutateMySQLSource": {"sshKeyResourceId": TEXT},  # TF
    "ClickPipeMySQLPipeTableMapping": {"partitionByExpr": TEXT},  # SEP, TF
    "ClickPipePatchMySQLPipeRemoveTableMapping": {"partitionByExpr": TEXT},  # SEP, TF
    "ClickPipeMutateMongoDBSource": {"sshKeyResourceId": TEXT},  # TF
    "ClickPipeMongoDBPipeSettings": {"initialLoadParallelism": POSITIVE},  # CTL, TF
    "ClickPipeMongoDBPipeTableMapping": {
        "structuredIngestion": {  # CTL
            "type": "object",
            "required": ["enabled"],
            "properties": {
                "enabled": FLAG,
                "columns": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["name", "type"],
                        "properties": {"name": TEXT, "type": TEXT},
                    },
                },
                "excludedColumns": {"type": "array", "items": TEXT},
                "sortingKeys": {"type": "array", "items": TEXT},
                "partitionByExpr": TEXT,
                "dropUnexpectedValues": FLAG,
            },
        }
    },
    "ClickPipeMutateBigQuerySource": {
        "authentication": values("SERVICE_ACCOUNT", WORKLOAD_IDENTITY),  # SEP, CTL
        "projectId": TEXT,
    },
    "ClickPipeBigQueryPipeSettings": {  # CTL; TF without syncCron
        "replicationMethod": values("query_based", "events_based"),
        "syncIntervalSeconds": POSITIVE,
        "syncCron": TEXT,
        "queryCdcPullSyncParallelism": POSITIVE,
        "syncDelaySeconds": {"type": "integer"},
        "pullWindowSizeSeconds": POSITIVE,
    },
    "ClickPipeBigQueryPipeTableMapping": {
        "queryCdcWatermarkColumn": TEXT,  # CTL, TF
        "eventsFunction": values("appends", "changes"),
    },
    "CustomPrivateDnsMapping": {"targetId": TEXT},  # CTL
    "CreateSshKeyResource": {  # TF; the name of the schema is ours
        "name": TEXT,
        "description": {"type": "string", "maxLength": 255},
        "host": TEXT,
        "port": {"type": "integer", "minimum": 1, "maximum": 65535},
        "username": TEXT,
    },
}
ADDED_VALUES: Mapping[str, tuple[str, ...]] = {
    "ClickPipePostKafkaSource.authentication": (WORKLOAD_IDENTITY,),  # SEP, CTL
    "ClickPipePatchKafkaSource.authentication": (WORKLOAD_IDENTITY,),
    "ClickPipePostObjectStorageSource.authentication": (WORKLOAD_IDENTITY,),
    "ClickPipePatchObjectStorageSource.authentication": (WORKLOAD_IDENTITY,),
    "ClickPipePostPubSubSource.authentication": (WORKLOAD_IDENTITY,),
    "ClickPipePatchPubSubSource.authentication": (WORKLOAD_IDENTITY,),
    "ClickPipePostKinesisSource.format": ("Protobuf",),  # CTL, TF
    "ClickPipeMutateMySQLSource.type": ("cloudsqlmysql", "planetscalevitess"),  # CTL; TF
    "ClickPipeBigQueryPipeSettings.replicationMode": ("cdc", "cdc_only"),  # CTL, TF
}
_SERVICE = "/v1/organizations/{organizationId}/services/{serviceId}"
_SSH_KEYS = f"{_SERVICE}/clickpipesSshKeyResources"
ADDED_OPERATIONS = (
    ("get", f"{_SERVICE}/clickpipes/context"),  # SEP, CTL
    ("get", _SSH_KEYS),  # TF, as the rest
    ("post", _SSH_KEYS),
    ("get", f"{_SSH_KEYS}/{{sshKeyId}}"),
    ("delete", f"{_SSH_KEYS}/{{sshKeyId}}"),
    ("post", f"{_SSH_KEYS}/{{sshKeyId}}/validate"),
)


def _of_sources(verb: str, component: str) -> dict[str, str]:
    """The schemas of what stands under the keys of `source`, by arm."""
    return {
        f"{verb}_{arm}": reference["$ref"].rsplit("/", 1)[-1]
        for arm, schema in DOCUMENT["components"]["schemas"][component]["properties"].items()
        for reference in (schema, *schema.get("oneOf", ()))
        if "$ref" in reference
    }


COMPONENT_OF: Mapping[str, str] = {
    **_of_sources("create", "ClickPipePostSource"),
    **_of_sources("update", "ClickPipePatchSource"),
    "create": "ClickPipePostRequest",
    "update": "ClickPipePatchRequest",
    "scaling": "ClickPipeScalingPatchRequest",
    "settings": "ClickPipeSettingsPutRequest",
    "cdc_scaling": "ClickPipesCdcScalingPatchRequest",
    "state": "ClickPipeStatePatchRequest",
    "service_state": "ServiceStatePatchRequest",
    "endpoint_create": "CreateReversePrivateEndpoint",
    "endpoint_update": "UpdateReversePrivateEndpoint",
    "ssh_key_create": "CreateSshKeyResource",
}
"""The published schema of a request, by the name that the simulator's own schema has."""

NEWER = frozenset(source.arm for source in SOURCES if source.known_from)
"""The keys of `source` that the document does not know."""

_OURS = re.compile(r"(create|update) ([\w.\[\]]+): only ours")
ONLY_OURS = frozenset(
    f"{found[1]}_{arm}.{found[2].replace('[]', '')}"
    for arm, differences in SOURCE_DIFFERENCES.items()
    for known in differences
    for line in known.lines
    if (found := _OURS.fullmatch(line))
)
"""The fields of sources that the document does not know, each after the name of its request."""

OF_NEWER = frozenset(f"{verb}_{arm}" for arm in NEWER for verb in ("create", "update"))


def _with_additions(components: dict[str, Schema]) -> dict[str, Schema]:
    known = copy.deepcopy(components)
    for name, fields in ADDED_FIELDS.items():
        properties = known.setdefault(name, {}).setdefault("properties", {})
        newer = fields.keys() - properties.keys()
        assert newer == fields.keys(), f"{name} is published with {fields.keys() - newer}"
        properties.update(fields)
    for path, more in ADDED_VALUES.items():
        name, field = path.split(".")
        known[name]["properties"][field]["enum"] += more
    return known


COMPONENTS = _with_additions(DOCUMENT["components"]["schemas"])


def merged(schema: Schema) -> Schema:
    """A published schema with its reference and alternatives folded into one."""
    if "$ref" in schema:
        return merged(COMPONENTS[schema["$ref"].rsplit("/", 1)[-1]])
    result = dict(schema)
    for word in ("oneOf", "anyOf", "allOf"):
        for part in map(merged, schema.get(word, [])):
            properties = {**part.get("properties", {}), **result.get("properties", {})}
            result = {**part, **result, **({"properties": properties} if properties else {})}
    return result


def field_paths(schema: Schema, prefix: str = "") -> Iterator[str]:
    """The names of all fields, those inside others with a dotted path."""
    whole = merged(schema)
    yield from field_paths(whole["items"], prefix) if "items" in whole else ()
    for name, inner in whole.get("properties", {}).items():
        path = f"{prefix}.{name}" if prefix else name
        yield path
        yield from field_paths(inner, path)
