import json
from importlib import resources

import pytest

from clickpipes_mcp.simulator.contract import first_violation, generate


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
