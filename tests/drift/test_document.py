"""What is read out of an OpenAPI document, and which documents are not read."""

import json

import pytest

from clickpipes_mcp.drift import document as module
from clickpipes_mcp.drift.document import Document, Key, read_document
from clickpipes_mcp.errors import UnreadableDocument

PIPES = Key("/v1/services/{}/clickpipes", "POST")


def of(body, components=None, **operation):
    """A document of one operation that takes this body."""
    return {
        "openapi": "3.1.0",
        "paths": {
            "/v1/services/{serviceId}/clickpipes/": {
                "post": {
                    "operationId": "create",
                    "requestBody": {"content": {"application/json": {"schema": body}}},
                    **operation,
                }
            }
        },
        "components": {"schemas": components or {}},
    }


def request(body, components=None):
    return Document(of(body, components))[PIPES].request


def field(schema, components=None):
    return request({"properties": {"it": schema}}, components).fields["it"]


def test_an_operation_is_found_by_its_path_whatever_its_parameters_are_called():
    operation = Document(of({"type": "object"}))[PIPES]
    assert operation.name == "create"


@pytest.mark.parametrize("path", ["/v1/x/clickpipesSshKeyResources", "/v1/{o}/clickPipes/{id}"])
def test_what_begins_with_clickpipe_is_of_clickpipes(path):
    assert Key(path, "GET").is_of_clickpipes


def test_other_services_are_not():
    assert not Key("/v1/organizations/{}/services/{}/backups", "GET").is_of_clickpipes


@pytest.mark.parametrize(
    "schema",
    [
        {"type": ["string", "null"]},
        {"type": "string", "nullable": True},
        {"oneOf": [{"type": "string"}, {"type": "null"}]},
        {"anyOf": [{"type": "null"}, {"type": "string"}]},
        {"enum": ["a", None], "type": "string"},
        {"$ref": "#/components/schemas/Text"},
        {"allOf": [{"$ref": "#/components/schemas/Text"}]},
    ],
)
def test_null_is_never_counted(schema):
    assert field(schema, {"Text": {"type": "string"}}).kinds == {"string"}


def test_alternatives_are_one_object_that_needs_what_all_of_them_need():
    arms = [
        {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
        {"type": "object", "properties": {"b": {"type": "string"}}},
    ]
    shape = field({"oneOf": arms})
    assert set(shape.fields) == {"a", "b"}
    assert shape.required == set()


def test_parts_are_one_object_that_needs_what_any_of_them_needs():
    parts = [
        {"properties": {"a": {"type": "string"}}, "required": ["a"]},
        {"properties": {"b": {"maxLength": 3}}, "required": ["b"]},
        {"properties": {"b": {"type": "string", "maxLength": 5}}},
    ]
    shape = field({"allOf": parts})
    assert shape.required == {"a", "b"}
    assert shape.fields["b"].limits == {"maxLength": 3}


def test_alternative_values_and_ranges_are_taken_together():
    values = field({"oneOf": [{"const": "a"}, {"type": "string", "enum": ["b"]}]})
    assert values.values == {"a", "b"}
    ranges = [
        {"type": "integer", "minimum": 1, "maximum": 5},
        {"type": "integer", "minimum": 3, "maximum": 9, "multipleOf": 3},
    ]
    assert field({"oneOf": ranges}).limits == {"minimum": 1, "maximum": 9}


def test_an_alternative_that_allows_anything_allows_anything():
    assert field({"oneOf": [{"type": "string"}, {}]}).is_anything


def test_ranges_that_leave_their_end_out_are_those_that_keep_it():
    schema = {"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 11}
    assert field(schema).limits == {"minimum": 1, "maximum": 10}


def test_a_schema_that_holds_itself_ends():
    components = {"Node": {"properties": {"next": {"$ref": "#/components/schemas/Node"}}}}
    shape = request({"$ref": "#/components/schemas/Node"}, components)
    assert shape.fields["next"].is_anything


def test_the_result_is_taken_out_of_its_envelope():
    envelope = {"properties": {"status": {}, "result": {"type": "array", "items": {}}}}
    answer = {"content": {"application/json": {"schema": envelope}}}
    document = of({}, responses={"200": {"$ref": "#/components/schemas/R"}, "400": {}})
    document["components"]["schemas"]["R"] = answer
    assert Document(document)[PIPES].answer.kinds == {"array"}


def test_parameters_beside_the_path_are_read_wherever_they_stand():
    parameters = [
        {"name": "serviceId", "in": "path"},
        {"$ref": "#/components/schemas/Limit"},
    ]
    document = of({}, {"Limit": {"name": "limit", "in": "query", "required": True}})
    document["paths"]["/v1/services/{serviceId}/clickpipes/"]["parameters"] = parameters
    query = Document(document)[PIPES].query
    assert set(query.fields) == query.required == {"limit"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ("openapi: 3.1.0", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "not an OpenAPI document"),
        ('{"swagger": "2.0", "paths": {}}', "not an OpenAPI document"),
        ('{"openapi": "3.1.0"}', "not an OpenAPI document"),
    ],
)
def test_what_is_no_document_says_so(text, said):
    with pytest.raises(UnreadableDocument, match=said) as raised:
        read_document(text)
    assert "GET /v1" in raised.value.fix


def test_a_document_that_is_too_long_is_not_read(monkeypatch):
    monkeypatch.setattr(module, "MAX_BYTES", 10)
    with pytest.raises(UnreadableDocument, match="longer"):
        read_document(json.dumps(of({})))


@pytest.mark.slow
def test_a_document_that_grows_without_end_is_left():
    doubled = {
        f"S{n}": {
            "properties": {
                side: {"$ref": f"#/components/schemas/S{n + 1}"} for side in ("left", "right")
            }
        }
        for n in range(40)
    } | {"S40": {"type": "string"}}
    with pytest.raises(UnreadableDocument, match="too many places"):
        request({"$ref": "#/components/schemas/S0"}, doubled)


def test_a_document_that_goes_too_deep_is_left():
    deep = {"type": "string"}
    for _ in range(5000):
        deep = {"items": deep}
    with pytest.raises(UnreadableDocument, match="too deep"):
        request(deep)


@pytest.mark.parametrize("reference", ["#/components/schemas/Absent", "other.json#/X"])
def test_a_reference_to_nothing_is_said(reference):
    with pytest.raises(UnreadableDocument, match="does not hold"):
        request({"$ref": reference})


def test_references_in_circles_are_said():
    document = of({}, {"A": {"$ref": "#/components/schemas/A"}})
    document["paths"]["/v1/services/{serviceId}/clickpipes/"]["post"]["requestBody"] = {
        "$ref": "#/components/schemas/A"
    }
    with pytest.raises(UnreadableDocument, match="in circles"):
        Document(document)[PIPES]
