import pytest
from jsonschema import Draft202012Validator

from clickpipes_mcp.simulator.arms import ARMS, CREATE
from clickpipes_mcp.simulator.contract import pipes, services
from tests.simulator.request_schemas import REQUEST_SCHEMAS


def unsaid(path, schema):
    """The places of a schema that let anything through."""
    is_open = "object" in schema.get("type", ()) and "additionalProperties" not in schema
    if is_open or not {"type", "enum"} & schema.keys():
        yield path
    for key, inner in schema.get("properties", {}).items():
        yield from unsaid(f"{path}.{key}", inner)
    if "items" in schema:
        yield from unsaid(f"{path}[]", schema["items"])


@pytest.mark.parametrize("name", REQUEST_SCHEMAS)
def test_a_schema_is_a_valid_schema_without_prose(name):
    document = REQUEST_SCHEMAS[name].document
    Draft202012Validator.check_schema(document)
    assert "'description': '" not in str(document)


@pytest.mark.parametrize("name", REQUEST_SCHEMAS)
def test_a_schema_says_what_every_value_is(name):
    # Each source is judged by a schema of its own.
    judged_apart = {f"{name}.source.{arm.key}" for arm in ARMS}
    assert set(unsaid(name, REQUEST_SCHEMAS[name].document)) <= judged_apart


@pytest.mark.parametrize(
    ("schema", "value", "text"),
    [
        (pipes.STATE, {}, "request body.command: 'undefined'"),
        (pipes.STATE, {"command": "pause"}, "request body.command: 'pause'"),
        (pipes.STATE, {"command": None}, "request body.command: 'null'"),
        (pipes.SCALING, {"replicas": 41}, "request body.replicas: Not between 1 and 40"),
        (pipes.SCALING, {"replicas": "two"}, "request body.replicas: 'two'"),
        (CREATE, {"name": {}, "source": {}, "destination": {}}, "name: '[object Object]'"),
        (services.STATE, [], "request body: '[object Object]'"),
    ],
)
def test_a_violation_names_its_path_and_value(schema, value, text):
    assert text in str(schema.first_violation(value))


def test_a_prefix_is_part_of_the_path():
    text = REQUEST_SCHEMAS["create_kinesis"].first_violation({}, "source", "kinesis")
    assert text == "request body.source.kinesis.format: 'undefined'"


def test_a_good_value_has_no_violation():
    assert pipes.STATE.first_violation({"command": "start"}) is None


def test_long_values_are_cut():
    assert len(str(pipes.STATE.first_violation({"command": "x" * 10_000}))) < 200
