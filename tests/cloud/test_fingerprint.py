import copy
from typing import Any

import pytest

from clickpipes_mcp.cloud import Pipe, Scaling, differences, holds_secrets
from clickpipes_mcp.secret_refs import Secret
from clickpipes_mcp.sources import SOURCES
from tests.serving import KAFKA, POSTGRES

SPECS = {spec.arm: spec for spec in SOURCES if spec.arm != "objectStorage"}


def compared(asked: dict[str, Any], shown: Pipe) -> tuple[str, ...]:
    (arm,) = asked["source"]
    return differences(asked, shown, SPECS[arm])


def pipe(body: dict[str, Any], **more: Any) -> Pipe:
    facts = {key: body[key] for key in ("source", "destination", "fieldMappings") if key in body}
    return Pipe.model_validate({"id": "1", "name": body["name"], **copy.deepcopy(facts), **more})


def kafka(**changes: Any) -> dict[str, Any]:
    return {**KAFKA, "source": {"kafka": {**KAFKA["source"]["kafka"], **changes}}}


def postgres(**changes: Any) -> dict[str, Any]:
    return {**POSTGRES, "source": {"postgres": {**POSTGRES["source"]["postgres"], **changes}}}


def test_a_pipe_is_what_was_asked_for():
    assert compared(KAFKA, pipe(KAFKA)) == ()


def test_another_arm_is_all_that_is_said():
    assert compared(KAFKA, pipe(POSTGRES)) == ("source",)


def test_a_body_without_a_source_is_like_no_pipe():
    assert differences({"name": "x"}, pipe(KAFKA), SPECS["kafka"]) == ("source",)


def test_a_field_that_differs_is_named_by_its_path():
    changed = pipe(kafka(topics="others"))
    assert compared(KAFKA, changed) == ("source.kafka.topics",)


SAME = {
    "order of names": (kafka(brokers="a:1,b:2"), kafka(brokers="b:2, a:1")),
    "credentials": (kafka(credentials={"password": Secret("x")}), kafka(credentials=None)),
    "null for an empty list": (
        kafka(reversePrivateEndpointIds=[]),
        kafka(reversePrivateEndpointIds=None),
    ),
    "order of endpoints": (
        kafka(reversePrivateEndpointIds=["a", "b"]),
        kafka(reversePrivateEndpointIds=["b", "a"]),
    ),
    "a group the API names": (kafka(consumerGroup=None), kafka(consumerGroup="clickpipes-1")),
    "what no request can hold": (kafka(), kafka(newlyInvented="x")),
    "a default of the API": (kafka(), kafka(offset={"strategy": "from_beginning"})),
    "a default that is not shown": (kafka(offset={"strategy": "from_beginning"}), kafka()),
    "false for nothing": (kafka(exactlyOnce=False), kafka()),
    "a moment written otherwise": (
        kafka(offset={"strategy": "from_timestamp", "timestamp": "2026-01-01T00:00"}),
        kafka(offset={"strategy": "from_timestamp", "timestamp": "2026-01-01T00:00:00Z"}),
    ),
    "text for nothing": (postgres(), postgres(tlsHost="", iamRole="")),
    "a publication the API makes": (
        postgres(),
        postgres(settings=POSTGRES["source"]["postgres"]["settings"] | {"publicationName": "p"}),
    ),
}


@pytest.mark.parametrize(("asked", "shown"), SAME.values(), ids=SAME)
def test_what_a_read_shows_otherwise_is_no_difference(asked, shown):
    assert compared(asked, pipe(shown)) == ()


OTHER = {
    "left out but set": (kafka(), kafka(caCertificate="x"), "source.kafka.caCertificate"),
    "asked for but unset": (kafka(caCertificate="x"), kafka(), "source.kafka.caCertificate"),
    "false for true": (kafka(exactlyOnce=False), kafka(exactlyOnce=True), "source.kafka.exactly"),
    "another type": (kafka(type="msk"), kafka(type="redpanda"), "source.kafka.type"),
    "another moment": (
        kafka(offset={"timestamp": "2026-01-01T00:00"}),
        kafka(offset={"timestamp": "2026-01-02T00:00"}),
        "source.kafka.offset.timestamp",
    ),
    "a table more": (
        postgres(),
        postgres(
            tableMappings=[
                *POSTGRES["source"]["postgres"]["tableMappings"],
                {"sourceSchemaName": "public", "sourceTable": "b", "targetTable": "b"},
            ]
        ),
        "source.postgres.tableMappings",
    ),
}


@pytest.mark.parametrize(("asked", "shown", "path"), OTHER.values(), ids=OTHER)
def test_what_was_asked_otherwise_is_a_difference(asked, shown, path):
    found = compared(asked, pipe(shown))
    assert found
    assert all(one.startswith(path) for one in found)


def test_the_members_of_a_list_are_not_named():
    asked = {**KAFKA, "destination": {**KAFKA["destination"], "columns": [{"name": "private"}]}}
    assert "private" not in " ".join(compared(asked, pipe(KAFKA)))


def test_fields_mapped_to_themselves_need_no_mapping():
    mapped = {**KAFKA, "fieldMappings": [{"sourceField": "a", "destinationField": "a"}]}
    unmapped = {**KAFKA, "fieldMappings": []}
    assert compared(mapped, pipe(unmapped)) == ()
    assert compared(unmapped, pipe(mapped)) == ()


def test_the_order_of_a_sorting_key_matters():
    def sorted_by(*names: str) -> dict[str, Any]:
        definition = {"engine": {"type": "MergeTree"}, "sortingKey": list(names)}
        return {**KAFKA, "destination": {**KAFKA["destination"], "tableDefinition": definition}}

    found = compared(sorted_by("a", "b"), pipe(sorted_by("b", "a")))
    assert found == ("destination.tableDefinition.sortingKey",)


def test_a_column_that_may_be_null_is_another():
    def of_type(kind: str) -> dict[str, Any]:
        columns = [{"name": "id", "type": kind}]
        return {**KAFKA, "destination": {**KAFKA["destination"], "columns": columns}}

    found = compared(of_type("UInt64"), pipe(of_type("Nullable(UInt64)")))
    assert found == ("destination.columns.type",)


@pytest.mark.parametrize("key", ["sourceSchemaName", "sourceTable", "targetTable"])
def test_every_part_of_what_tells_a_table_counts(key):
    tables = [
        {"sourceSchemaName": "public", "sourceTable": name, "targetTable": name}
        for name in ("a", "b")
    ]
    other = [tables[0] | {key: "c"}, tables[1]]
    assert compared(postgres(tableMappings=tables), pipe(postgres(tableMappings=other)))


def test_two_tables_that_fill_one_are_two():
    one, other = (
        {"sourceSchemaName": "public", "sourceTable": name, "targetTable": "x"} for name in "ab"
    )
    assert compared(postgres(tableMappings=[one]), pipe(postgres(tableMappings=[other, one])))


def with_uri(text: str) -> dict[str, Any]:
    return {"name": "x", "source": {"mongodb": {"uri": text}}, "destination": {}}


@pytest.mark.parametrize("login", ["reader", "reader:word", "reader:w@rd"])
def test_a_login_that_a_read_does_not_tell_is_not_compared(login):
    shown = pipe(with_uri("mongodb://[REDACTED]@host/db"))
    assert compared(with_uri(f"mongodb://{login}@host/db"), shown) == ()
    assert compared(with_uri("mongodb://host/db"), shown) == ("source.mongodb.uri",)
    assert compared(with_uri(f"mongodb://{login}@other/db"), shown) == ("source.mongodb.uri",)


BEHIND_A_MASK = {
    "equal": ("u:p@h:1/?appName=me@corp", "u:p@h:1/?appName=me@corp", True),
    "another host": ("u:p@h:1/?appName=me@corp", "u:p@other:1/?appName=me@corp", False),
    "another password": ("u:p@h/db", "u:q@h/db", False),
    "another user": ("u:p@h/db", "v:p@h/db", False),
    "a host that looks like a login": ("h1:27017/db@corp", "h2:27017/db@corp", False),
    "a secret parameter": (
        "h/?authMechanismProperties=AWS_SESSION_TOKEN:a",
        "h/?authMechanismProperties=AWS_SESSION_TOKEN:b",
        False,
    ),
    "a mark that cannot be seen": ("h/db", "h\u200b/db", False),
    "the words of a mask": ("u:p@h/db", "[secret]@h/db", False),
    "what is cut": (f"h/?{'a' * 5000}", f"h/?{'a' * 5000}b", False),
}


@pytest.mark.parametrize(("asked", "held", "is_same"), BEHIND_A_MASK.values(), ids=BEHIND_A_MASK)
def test_what_is_not_shown_is_compared_all_the_same(asked, held, is_same):
    found = compared(with_uri(f"mongodb://{asked}"), pipe(with_uri(f"mongodb://{held}")))
    assert found == (() if is_same else ("source.mongodb.uri",))


def test_settings_are_compared_where_they_are_shown():
    asked = {**KAFKA, "settings": {"streaming_max_insert_wait_ms": 1000}}
    assert compared(asked, pipe(KAFKA)) == ()
    shown = pipe(KAFKA, settings={"streaming_max_insert_wait_ms": 5000})
    assert compared(asked, shown) == ("settings.streaming_max_insert_wait_ms",)


@pytest.mark.parametrize("settling", [None, Scaling(replicas=0, replica_cpu_millicores=0)])
def test_a_size_that_has_not_settled_is_not_compared(settling):
    asked = {**KAFKA, "scaling": {"replicas": 2}}
    assert compared(asked, pipe(KAFKA, scaling=settling)) == ()


def test_a_size_in_other_units_is_the_same_size():
    asked = {**KAFKA, "scaling": {"replicas": 2, "replicaMemoryGb": 0.5}}
    shown = {"replicas": 2, "replicaCpuMillicores": "125m", "replicaMemoryGb": "512Mi"}
    assert compared(asked, pipe(KAFKA, scaling=shown)) == ()
    other = pipe(KAFKA, scaling={**shown, "replicas": 3})
    assert compared(asked, other) == ("scaling.replicas",)


def test_secrets_are_found_at_any_depth():
    assert holds_secrets({"a": [{"b": Secret("x")}]})
    assert not holds_secrets({"a": [{"b": "x"}]})
