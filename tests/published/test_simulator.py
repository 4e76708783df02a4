"""The request schemas of the simulator against the published contract, with every difference."""

import re

import pytest

from clickpipes_mcp.simulator.http.openapi import OPERATIONS
from tests.published.contract import (
    ADDED_OPERATIONS,
    COMPONENT_OF,
    COMPONENTS,
    DOCUMENT,
    NEWER,
    OF_NEWER,
    ONLY_OURS,
    field_paths,
    merged,
)
from tests.published.models import MODELS, sent_fields
from tests.simulator.request_schemas import REQUEST_SCHEMAS

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
        "ssh_key_create required host name port username",
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
    "Create-only fields that a patch of these accepts without effect (case Q37)": [
        (
            "update_kafka properties brokers consumerGroup exactlyOnce format offset "
            "schemaRegistry topics type"
        ),
        (
            "update_kinesis properties format iteratorType region streamName timestamp "
            "useEnhancedFanOut"
        ),
        (
            "update_objectStorage properties compression delimiter format isContinuous queueUrl "
            "type url"
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
    whole = path.replace("[]", "")
    added = {name.removeprefix(f"{whole}.") for name in ONLY_OURS}
    newer = NEWER if path.endswith(".source") else added
    known = set(theirs.get("properties", {}))
    for word, mine, its in (
        ("properties", set(ours.get("properties", {})) - (newer - known), known),
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
        for name, component in COMPONENT_OF.items()
        for line in differences(name, REQUEST_SCHEMAS[name].document, COMPONENTS[component])
    }


@pytest.mark.parametrize("name", COMPONENT_OF)
def test_a_schema_differs_from_the_published_one_only_for_a_reason(name):
    schema, component = REQUEST_SCHEMAS[name].document, COMPONENTS[COMPONENT_OF[name]]
    assert set(differences(name, schema, component)) - EXPLAINED == set()


def test_no_reason_is_left_for_a_difference_that_is_gone():
    assert EXPLAINED - found() == set()


def test_every_request_schema_is_compared():
    without_a_counterpart = {"state_action", "discovery", "ssh_key_validate"}
    assert set(REQUEST_SCHEMAS) - set(COMPONENT_OF) - OF_NEWER == without_a_counterpart


def test_every_published_operation_is_there():
    published = {(verb, path) for path, verbs in DOCUMENT["paths"].items() for verb in verbs}
    here = {(operation.method, unnamed(operation.path)) for operation in OPERATIONS}
    wanted = {(verb, unnamed(path)) for verb, path in published | {*ADDED_OPERATIONS}}
    assert wanted - here == set()


def unnamed(path):
    """A path without the names of its parameters."""
    return re.sub(r"\{\w+\}", "{}", path)


@pytest.mark.parametrize("name", MODELS)
def test_every_field_that_can_be_sent_is_one_that_the_simulator_and_the_contract_know(name):
    assert name in REQUEST_SCHEMAS, f"the simulator has no request schema {name}"
    ours = REQUEST_SCHEMAS[name].document
    known = {"the simulator's schema": ours}
    if name not in OF_NEWER:
        known["the published facts"] = COMPONENTS[COMPONENT_OF[name]]
    for where, schema in known.items():
        only_ours = {path for path in sent_fields(name) if f"{name}.{path}" in ONLY_OURS}
        unsaid = sent_fields(name) - (only_ours if schema is not ours else set())
        unknown = sorted(unsaid - set(field_paths(schema)))
        assert unknown == [], f"not in {where} of {name}: {unknown}"
