import json
import os
from importlib import resources
from pathlib import Path

import pytest

from clickpipes_mcp.simulator.contract import first_violation, generate

OPENAPI = os.environ.get("CLICKPIPES_OPENAPI")
# Contract schema of every request schema, with the properties that are ours on purpose.
NEWER = {
    "create": ("ClickPipePostRequest", {"startPaused"}),
    "create_kafka": ("ClickPipePostKafkaSource", {"protobufSchema", "tombstoneMode"}),
    "create_kinesis": ("ClickPipePostKinesisSource", {"protobufSchema", "schemaRegistry"}),
    "create_objectStorage": ("ClickPipePostObjectStorageSource", set()),
    "create_pubsub": ("ClickPipePostPubSubSource", set()),
    "create_postgres": ("ClickPipeMutatePostgresSource", set()),
    "create_mysql": ("ClickPipeMutateMySQLSource", set()),
    "create_mongodb": ("ClickPipeMutateMongoDBSource", set()),
    "create_bigquery": ("ClickPipeMutateBigQuerySource", {"authentication", "projectId"}),
    "update": ("ClickPipePatchRequest", set()),
    # Refused with a text of their own, so that the schema has to let them through.
    "update_postgres": ("ClickPipePatchPostgresSource", {"authentication", "iamRole"}),
    "update_mysql": ("ClickPipePatchMySQLSource", set()),
    "update_mongodb": ("ClickPipePatchMongoDBSource", set()),
    "scaling": ("ClickPipeScalingPatchRequest", set()),
    "settings": ("ClickPipeSettingsPutRequest", {"kafka_read_committed"}),
    "cdc_scaling": ("ClickPipesCdcScalingPatchRequest", set()),
    "state": ("ClickPipeStatePatchRequest", set()),
    "service_state": ("ServiceStatePatchRequest", set()),
    "endpoint_create": ("CreateReversePrivateEndpoint", set()),
    "endpoint_update": ("UpdateReversePrivateEndpoint", set()),
}
# The service was seen to enforce another range than the contract states.
OTHER_RANGE = {("settings", "object_storage_max_insert_bytes")}
WIDER_ENUM = {"authentication", "format", "type"}


@pytest.mark.parametrize("name", generate.render())
def test_the_kept_schemas_are_what_the_generator_writes(name):
    content = generate.render()[name]
    folder = resources.files("clickpipes_mcp.simulator.contract")
    assert folder.joinpath(name).read_text(encoding="utf-8") == content


def test_the_generator_writes_every_schema(tmp_path):
    generate.write(tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == set(generate.render())


def test_every_schema_is_a_valid_schema_without_prose():
    from jsonschema import Draft202012Validator

    for name, content in generate.render().items():
        Draft202012Validator.check_schema(json.loads(content))
        assert '"description": "' not in content, name


def test_the_schemas_agree_with_the_published_contract():
    """Empty unless CLICKPIPES_OPENAPI names the published document."""
    if not OPENAPI:
        return
    published = json.loads(Path(OPENAPI).read_text(encoding="utf-8"))["components"]["schemas"]
    differences = []
    for name, (component, newer) in NEWER.items():
        ours = generate.SCHEMAS[name]["properties"]
        theirs = published[component]["properties"]
        if set(ours) - newer != set(theirs):
            differences.append((name, sorted((set(ours) - newer) ^ set(theirs))))
        for key in set(ours) & set(theirs):
            mine, its = ours[key], theirs[key]
            extra = set(mine.get("enum", [])) ^ set(its.get("enum", [])) - {None}
            removed = set(its.get("enum", [])) - set(mine.get("enum", []))
            if removed or (extra - {None} and key not in WIDER_ENUM):
                differences.append((name, key, sorted(map(str, extra))))
            limits = [(one.get("minimum"), one.get("maximum")) for one in (mine, its)]
            is_other = its.get("minimum") is not None and limits[0] != limits[1]
            if is_other and (name, key) not in OTHER_RANGE:
                differences.append((name, key, limits))
    assert differences == []


@pytest.mark.parametrize(
    ("schema", "document", "text"),
    [
        ("state", {}, "request body.command: 'undefined'"),
        ("state", {"command": "pause"}, "request body.command: 'pause'"),
        ("state", {"command": None}, "request body.command: 'null'"),
        ("scaling", {"replicas": 41}, "request body.replicas: Not between 1 and 40"),
        ("scaling", {"replicas": "two"}, "request body.replicas: 'two'"),
        ("create", {"name": {}, "source": {}, "destination": {}}, "body.name: '[object Object]'"),
        ("service_state", [], "request body: '[object Object]'"),
    ],
)
def test_a_violation_names_its_path_and_value(schema, document, text):
    assert text in str(first_violation(schema, document))


def test_a_prefix_is_part_of_the_path():
    text = first_violation("create_kinesis", {}, "source", "kinesis")
    assert text == "request body.source.kinesis.format: 'undefined'"


def test_a_good_document_has_no_violation():
    assert first_violation("state", {"command": "start"}) is None


def test_long_values_are_cut():
    assert len(str(first_violation("state", {"command": "x" * 10_000}))) < 200
