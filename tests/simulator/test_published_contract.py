"""The request schemas against the published OpenAPI document, every difference with its reason.

Collected only where CLICKPIPES_OPENAPI names the document.
"""

import json
import os
from pathlib import Path

import pytest

from clickpipes_mcp.simulator.contract import generate

COMPONENTS = json.loads(Path(os.environ["CLICKPIPES_OPENAPI"]).read_text(encoding="utf-8"))[
    "components"
]["schemas"]
NAMES = {
    "create": "ClickPipePostRequest",
    "create_kafka": "ClickPipePostKafkaSource",
    "create_kinesis": "ClickPipePostKinesisSource",
    "create_objectStorage": "ClickPipePostObjectStorageSource",
    "create_pubsub": "ClickPipePostPubSubSource",
    "create_postgres": "ClickPipeMutatePostgresSource",
    "create_mysql": "ClickPipeMutateMySQLSource",
    "create_mongodb": "ClickPipeMutateMongoDBSource",
    "create_bigquery": "ClickPipeMutateBigQuerySource",
    "update": "ClickPipePatchRequest",
    "update_kafka": "ClickPipePatchKafkaSource",
    "update_kinesis": "ClickPipePatchKinesisSource",
    "update_objectStorage": "ClickPipePatchObjectStorageSource",
    "update_pubsub": "ClickPipePatchPubSubSource",
    "update_postgres": "ClickPipePatchPostgresSource",
    "update_mysql": "ClickPipePatchMySQLSource",
    "update_mongodb": "ClickPipePatchMongoDBSource",
    "scaling": "ClickPipeScalingPatchRequest",
    "settings": "ClickPipeSettingsPutRequest",
    "cdc_scaling": "ClickPipesCdcScalingPatchRequest",
    "state": "ClickPipeStatePatchRequest",
    "service_state": "ServiceStatePatchRequest",
    "endpoint_create": "CreateReversePrivateEndpoint",
    "endpoint_update": "UpdateReversePrivateEndpoint",
}
REASONS = {
    "The contract declares hardly any required list; both official clients always send these and "
    "the prose calls them required": [
        "create required destination name source",
        "create.fieldMappings[] required destinationField sourceField",
        "create.destination.columns[] required name type",
        "create.destination.tableDefinition required engine",
        "create.destination.tableDefinition.engine required type",
        "create_kafka required brokers format topics type",
        "create_kafka.offset required strategy",
        "create_kinesis required authentication format iteratorType region streamName",
        "create_kinesis.accessKey required accessKeyId secretKey",
        "create_objectStorage required format type",
        "create_objectStorage.accessKey required accessKeyId secretKey",
        "create_pubsub.serviceAccountKey required serviceAccountFile",
        "create_postgres required database host port tableMappings",
        "create_postgres.tableMappings[] required sourceSchemaName sourceTable targetTable",
        "create_bigquery required settings snapshotStagingPath tableMappings",
        "create_bigquery.settings required replicationMode",
        "create_bigquery.credentials required serviceAccountFile",
        "create_bigquery.tableMappings[] required sourceDatasetName sourceTable targetTable",
        "update.fieldMappings[] required destinationField sourceField",
        "update.destination.columns[] required name type",
        "update_kinesis.accessKey required accessKeyId secretKey",
        "update_objectStorage.accessKey required accessKeyId secretKey",
        "update_pubsub.serviceAccountKey required serviceAccountFile",
        "update_postgres.tableMappingsToAdd[] required sourceSchemaName sourceTable targetTable",
        "update_postgres.tableMappingsToRemove[] required sourceSchemaName sourceTable targetTable",
        "state required command",
        "service_state required command",
        "endpoint_create required description type",
        "endpoint_create.customPrivateDnsMappings[] required privateDnsName",
        "endpoint_update required customPrivateDnsMappings",
        "endpoint_update.customPrivateDnsMappings[] required privateDnsName",
    ],
    "Refused by the service (cases Q23 and Q36)": [
        "update.destination required columns",
        "update_postgres.credentials required password username",
        "update_mysql.credentials required password username",
        "update_mongodb.credentials required password username",
    ],
    "Accepted by the service without them (case Q33)": [
        "update_mysql optional host port",
        "update_mongodb optional readPreference uri",
    ],
    "Not needed with workload identity, which is newer than this document": [
        "create_pubsub optional serviceAccountKey",
        "update_pubsub optional serviceAccountKey",
    ],
    "Newer than this document: clickhousectl sends them, or the next published one has them": [
        "create properties startPaused",
        "create.settings properties kafka_read_committed",
        "update.settings properties kafka_read_committed",
        "settings properties kafka_read_committed",
        "create.destination.tableDefinition properties ttl",
        "create_kafka properties protobufSchema tombstoneMode",
        (
            "create_kafka.schemaRegistry properties glueRegion glueRegistryName glueRoleArn "
            "roleArn type"
        ),
        "create_kinesis properties protobufSchema schemaRegistry",
        "create_kinesis.format enum Protobuf",
        "create_kafka.authentication enum SERVICE_ACCOUNT_WORKLOAD_IDENTITY",
        "create_objectStorage.authentication enum SERVICE_ACCOUNT_WORKLOAD_IDENTITY",
        "create_pubsub.authentication enum SERVICE_ACCOUNT_WORKLOAD_IDENTITY",
        "update_kafka.authentication enum SERVICE_ACCOUNT_WORKLOAD_IDENTITY",
        "update_objectStorage.authentication enum SERVICE_ACCOUNT_WORKLOAD_IDENTITY",
        "update_pubsub.authentication enum SERVICE_ACCOUNT_WORKLOAD_IDENTITY",
        "create_mysql.tableMappings[] properties partitionByExpr",
        "update_mysql.tableMappingsToAdd[] properties partitionByExpr",
        "update_mysql.tableMappingsToRemove[] properties partitionByExpr",
        "create_mysql.type enum cloudsqlmysql planetscalevitess",
        "create_mongodb.tableMappings[] properties structuredIngestion",
        "update_mongodb.tableMappingsToAdd[] properties structuredIngestion",
        "create_mongodb.settings properties initialLoadParallelism",
        "create_bigquery properties authentication projectId",
        "endpoint_create.customPrivateDnsMappings[] properties targetId",
        "endpoint_update.customPrivateDnsMappings[] properties targetId",
    ],
    "Create-only fields that a patch ignores (case Q37)": [
        (
            "update_kafka properties brokers consumerGroup exactlyOnce format offset "
            "protobufSchema schemaRegistry tombstoneMode topics type"
        ),
        (
            "update_kinesis properties format iteratorType protobufSchema region schemaRegistry "
            "streamName timestamp useEnhancedFanOut"
        ),
        (
            "update_objectStorage properties compression delimiter format isContinuous queueUrl "
            "type url"
        ),
        (
            "update_pubsub properties enableOrdering filter format projectId seekTimestamp "
            "seekType topic"
        ),
    ],
    "Let through to be answered with a text of its own (case Q31; an arm without a patch)": [
        "update_postgres properties authentication iamRole",
        "update.source properties bigquery",
    ],
    "The service enforces another range than it publishes (case Q21)": [
        f"{name}.object_storage_max_insert_bytes {end}"
        for name in ("create.settings", "update.settings", "settings")
        for end in ("minimum 524288000 10485760", "maximum 10737418240 53687091200")
    ],
    "Said by the prose, by another schema of the contract or by the service, not by this one": [
        "create.name maxLength 255 None",
        "update.name maxLength 255 None",
        "endpoint_create.description maxLength 255 None",
        "create.scaling.concurrency minimum 0 None",
        "create.scaling.concurrency maximum 34 None",
        "create_bigquery.settings.initialLoadParallelism minimum 1 None",
        "create_bigquery.settings.snapshotNumRowsPerPartition minimum 1 None",
        "create_bigquery.settings.snapshotNumberOfParallelTables minimum 1 None",
    ],
}
EXPLAINED = {line for lines in REASONS.values() for line in lines}


def merged(node):
    """A published schema with references and alternatives folded into one."""
    if "$ref" in node:
        return merged(COMPONENTS[node["$ref"].rsplit("/", 1)[-1]])
    result = dict(node)
    for key in ("oneOf", "anyOf", "allOf"):
        for part in map(merged, node.get(key, [])):
            properties = {**part.get("properties", {}), **result.get("properties", {})}
            result = {**part, **result, **({"properties": properties} if properties else {})}
    return result


def differences(path, ours, theirs):
    theirs = merged(theirs)
    yield from own_differences(path, ours, theirs)
    mine, its = ours.get("properties", {}), theirs.get("properties", {})
    if path.endswith(".source"):
        return  # the arms are compared by their own schemas
    for name in sorted(mine.keys() & its.keys()):
        yield from differences(f"{path}.{name}", mine[name], its[name])
    if "items" in ours and "items" in theirs:
        yield from differences(f"{path}[]", ours["items"], theirs["items"])


def own_differences(path, ours, theirs):
    for word, mine, its in (
        ("properties", set(ours.get("properties", {})), set(theirs.get("properties", {}))),
        ("enum", set(ours.get("enum", [])) - {None}, set(theirs.get("enum", [])) - {None}),
        ("required", set(ours.get("required", [])), set(theirs.get("required", []))),
    ):
        if mine - its and (its or word == "required"):
            yield " ".join([path, word, *sorted(mine - its)])
        if its - mine and (mine or word == "required"):
            lacks = "optional" if word == "required" else f"no {word}"
            yield " ".join([path, lacks, *sorted(its - mine)])
    for word in ("minimum", "maximum", "maxLength", "multipleOf"):
        if ours.get(word) != theirs.get(word):
            yield f"{path} {word} {ours.get(word)} {theirs.get(word)}"


def found():
    return {
        line
        for name, component in NAMES.items()
        for line in differences(name, generate.SCHEMAS[name], COMPONENTS[component])
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_differs_from_the_published_one_only_for_a_reason(name):
    lines = set(differences(name, generate.SCHEMAS[name], COMPONENTS[NAMES[name]]))
    assert lines - EXPLAINED == set()


def test_no_reason_is_left_for_a_difference_that_is_gone():
    assert EXPLAINED - found() == set()


def test_every_request_schema_is_compared():
    without_a_counterpart = {"state_action", "discovery"}
    assert set(generate.SCHEMAS) - set(NAMES) == without_a_counterpart
