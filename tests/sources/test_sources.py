"""What must hold for every source: a walk over the registry."""

import copy
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel, ValidationError

from clickpipes_mcp.contract import Family, Rule, SourceSpec
from clickpipes_mcp.schema_shape import full_schema, input_schema
from clickpipes_mcp.secret_refs import Secret
from clickpipes_mcp.sources import SOURCE_TITLES, SOURCES, source_named, source_of
from clickpipes_mcp.sources._virtual_columns import OF_ANY_SOURCE
from tests.examples import revealed
from tests.walking import walked

CANARY = "canary-3f1c9b"
DOCUMENTED = (
    "https://clickhouse.com/docs/",
    "https://registry.terraform.io/providers/ClickHouse/",
)
BODIES = json.loads((Path(__file__).parent / "reference_bodies.json").read_text())
MODES = [
    pytest.param(source, mode, id=f"{source.key}-{mode}")
    for source in SOURCES
    for mode in ("create", "update")
    if getattr(source, mode) is not None
]
RULES = [
    pytest.param(source, mode, rule, id=f"{source.key}-{mode}-{rule.id}")
    for source in SOURCES
    for mode, rules in (("create", source.rules), ("update", source.update_rules))
    for rule in rules
]


def test_the_titles_that_are_known_beforehand_are_those_of_the_sources() -> None:
    assert {source.key: source.title for source in SOURCES} == SOURCE_TITLES
    assert [source.key for source in SOURCES[:]] == list(SOURCE_TITLES)
    assert len(SOURCES) == len(SOURCE_TITLES)


def model_of(source: SourceSpec, mode: str) -> type[BaseModel]:
    return source.create if mode == "create" else source.update


def broken_rules(source: SourceSpec, mode: str, arguments: Mapping[str, object]) -> list[str]:
    rules = source.rules if mode == "create" else source.update_rules
    model = model_of(source, mode).model_validate(arguments)
    return [rule.id for rule in rules if list(rule.check(model))]


def opened(body: dict) -> tuple[SourceSpec, dict]:
    """A documented body as its source and the arguments of its create."""
    ((arm, source),) = body["source"].items()
    return source_of(arm, source.get("type")), {**body, "source": source}


def nested_models(model: type[BaseModel]) -> Iterator[tuple[str, object, type[BaseModel]]]:
    """Every field below a model, with the model it belongs to."""
    for name, field in model.model_fields.items():
        yield name, field.annotation, model
        for inner in _models_in(field.annotation):
            yield from nested_models(inner)


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def fields_of(schema: dict, path: str = "") -> Iterator[tuple[str, dict]]:
    """Every property below a shaped schema, with its dotted path."""
    for name, node in schema.get("properties", {}).items():
        here = f"{path}.{name}" if path else name
        yield here, node
        yield from fields_of(node.get("items", node), here)


def with_secrets(value: object, canary: str) -> object:
    if isinstance(value, dict):
        return {key: with_secrets(item, canary) for key, item in value.items()}
    if isinstance(value, list):
        return [with_secrets(item, canary) for item in value]
    return canary if isinstance(value, str) and value.startswith("${") else value


@walked(SOURCES, lambda source: source.key)
def test_a_source_is_found_by_its_key(source):
    assert source_named(source.key) is source


def test_an_unknown_key_is_an_error():
    with pytest.raises(KeyError):
        source_named("telegraph")


@walked(SOURCES, lambda source: source.key)
def test_a_source_is_found_by_arm_and_type(source):
    kinds = source.types or (None,)
    assert {source_of(source.arm, kind).key for kind in kinds} == {source.key}


@pytest.mark.parametrize(("arm", "kind"), [("telegraph", None), ("objectStorage", "tape")])
def test_what_is_not_known_yet_has_no_source(arm, kind):
    assert source_of(arm, kind) is None


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body["name"])
def test_a_documented_body_is_sent_exactly_as_documented(body):
    source, arguments = opened(body)
    ((arm, inner),) = body["source"].items()
    sent = revealed(source.create.model_validate(arguments).body())
    assert {**sent, "source": {arm: sent["source"]}} == {**body, "source": {arm: inner}}


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body["name"])
def test_a_documented_body_breaks_no_rule_that_refuses(body):
    source, arguments = opened(body)
    model = source.create.model_validate(arguments)
    assert [
        rule.id for rule in source.rules if rule.effect == "refuse" and list(rule.check(model))
    ] == []


@walked(SOURCES, lambda source: source.key)
def test_the_example_breaks_no_rule(source):
    assert broken_rules(source, "create", source.example) == []


@walked(RULES)
def test_the_broken_example_breaks_exactly_its_rule(source, mode, rule):
    assert broken_rules(source, mode, rule.broken) == [rule.id]


@walked(RULES)
def test_the_kept_example_breaks_no_rule(source, mode, rule):
    assert broken_rules(source, mode, rule.kept) == []


@walked(RULES)
def test_a_violation_says_what_is_wrong_and_where(source, mode, rule):
    model = model_of(source, mode).model_validate(rule.broken)
    for violation in rule.check(model):
        assert violation.message.endswith(".")
        place: object = model_of(source, mode)
        for step in violation.path:
            if isinstance(step, int):
                continue
            found = [
                field.annotation
                for candidate in _models_in(place)
                for name, field in candidate.model_fields.items()
                if name == step
            ]
            assert found, f"{rule.id}: no field {step} on the way"
            place = found[0]


@walked([pytest.param(each.values[2], id=each.id) for each in RULES])
def test_a_rule_is_well_formed(rule: Rule):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*\.[a-z0-9]+(-[a-z0-9]+)*", rule.id)
    assert rule.summary.endswith(".")
    assert "\n" not in rule.summary
    assert rule.documentation.startswith(DOCUMENTED)


@walked(MODES)
def test_rule_ids_are_unique_within_a_source(source, mode):
    rules = source.rules if mode == "create" else source.update_rules
    assert len({rule.id for rule in rules}) == len(rules)


@walked(MODES)
def test_every_field_tells_an_assistant_what_it_is(source, mode):
    assert [
        path
        for path, node in fields_of(full_schema(model_of(source, mode)))
        if not 0 < len(node.get("description", "")) <= 200
    ] == []


@walked(MODES)
def test_a_published_schema_is_not_deeper_than_clients_accept(source, mode):
    schema = input_schema(model_of(source, mode))
    assert max(path.count(".") for path, _ in fields_of(schema)) <= 3


@walked(MODES)
def test_an_unknown_field_is_refused_at_every_level(source, mode):
    model = model_of(source, mode)
    assert {
        inner.__name__
        for inner in (model, *(owner for _, _, owner in nested_models(model)))
        if inner.model_config.get("extra") != "forbid"
    } == set()


def a_change_of(source: SourceSpec) -> Mapping[str, object]:
    return source.update_rules[0].broken if source.update_rules else {"surprise": CANARY}


@walked(MODES)
def test_no_error_shows_a_value(source, mode):
    model = model_of(source, mode)
    start = source.example if mode == "create" else a_change_of(source)
    arguments = with_secrets(copy.deepcopy(dict(start)), CANARY)
    places = [arguments, *(value for value in arguments.values() if isinstance(value, dict))]
    for place in places:
        place["surprise"] = CANARY
        for name, value in list(place.items()):
            if value == CANARY:
                place[name] = [CANARY]
    with pytest.raises(ValidationError) as raised:
        model.model_validate(arguments)
    assert CANARY not in str(raised.value)


@walked(RULES)
def test_no_violation_shows_a_secret(source, mode, rule):
    rules = source.rules if mode == "create" else source.update_rules
    for example in (rule.broken, rule.kept):
        model = model_of(source, mode).model_validate(with_secrets(example, CANARY))
        found = [violation for each in rules for violation in each.check(model)]
        assert CANARY not in repr((found, model))


@walked(MODES)
def test_what_looks_like_a_secret_is_one(source, mode):
    exposed = [
        f"{owner.__name__}.{name}"
        for name, annotation, owner in nested_models(model_of(source, mode))
        if re.search(r"password|secret_key$|private_key|connection_string|account_(key|file)", name)
        and not list(_models_in(annotation))
        and not any(
            isinstance(kind, type) and issubclass(kind, Secret)
            for kind in (annotation, *get_args(annotation))
        )
    ]
    assert exposed == []


@walked(SOURCES, lambda source: source.key)
def test_what_cannot_be_changed_is_a_field_of_create_and_not_of_update(source):
    arm = source.create.model_fields["source"].annotation
    for path in source.immutable:
        place: object = arm
        for step in path.split("."):
            (place,) = [
                candidate.model_fields[step].annotation
                for candidate in _models_in(place)
                if step in candidate.model_fields
            ]
        if source.update and "." not in path:
            assert path not in source.update.model_fields


@walked(SOURCES, lambda source: source.key)
def test_discovery_is_for_streams_and_files(source):
    assert source.discoverable == (source.family != Family.DATABASE)


@walked(SOURCES, lambda source: source.key)
def test_what_reads_back_otherwise_is_a_field_of_the_source(source):
    names = {name for name, _, _ in nested_models(source.create)}
    assert source.read_back.names - names == set()


def test_every_virtual_column_is_known_to_the_other_sources():
    assert frozenset().union(*(source.virtual_columns for source in SOURCES)) == OF_ANY_SOURCE


@walked(SOURCES, lambda source: source.key)
def test_the_field_of_private_endpoints_is_one_of_the_source(source):
    fields = source.create.model_fields["source"].annotation.model_fields
    assert not source.endpoint_ids or source.endpoint_ids in fields


@walked(SOURCES, lambda source: source.key)
def test_a_type_that_takes_a_google_identity_is_one_of_the_source(source):
    assert source.google_grant is None or {source.google_grant.type} <= {"", *source.types}


def test_types_of_a_source_are_the_values_its_model_takes():
    for source in SOURCES:
        field = source.create.model_fields["source"].annotation.model_fields.get("type")
        if field is not None:
            values = [
                value
                for kind in (field.annotation, *get_args(field.annotation))
                for value in get_args(kind)
                if isinstance(value, str)
            ]
            assert set(source.types) == set(values)
