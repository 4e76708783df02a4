"""What is compared covers everything this package sends and reads."""

import inspect
from collections.abc import Iterator
from typing import get_args

import pytest
from annotated_types import Ge, Le
from pydantic import BaseModel

from clickpipes_mcp.cloud import Requests, StateCommand, models
from clickpipes_mcp.contract import Answer
from clickpipes_mcp.drift.document import Document
from clickpipes_mcp.drift.models import BODIES, NOT_SENT
from clickpipes_mcp.drift.own_document import own_document
from clickpipes_mcp.drift.requests import requests
from clickpipes_mcp.pipe_states import STATES
from clickpipes_mcp.private_endpoints import KINDS, STATUSES
from clickpipes_mcp.sources import SOURCES, PipeSettings

OWN = {operation.name: operation for operation in Document(own_document()).values()}
MADE = list(requests())
NOT_ANSWERED = {models.Receipt, models.PipeSettings}
"""Answers that this package makes itself: of what is answered with nothing, and of settings."""

PARTS = {models.PipeHead: models.Pipe}
"""What is read of an answer that is not read whole: its fields are those of the whole."""


def fields_by_model():
    """The fields that are compared, by the class they belong to."""
    found: dict[str, set[str]] = {}
    for operation in OWN.values():
        for whole in (operation.request, operation.answer):
            _collect(whole, found)
    return found


def _collect(shape, found):
    if shape is None:
        return
    for origin in shape.origins:
        found.setdefault(origin, set()).update(shape.fields)
    for inner in (*shape.fields.values(), shape.items):
        _collect(inner, found)


def alias_names(model: type[BaseModel]) -> set[str]:
    return {str(info.alias or name) for name, info in model.model_fields.items()}


def test_every_request_is_an_operation():
    builders = {name for name, _ in inspect.getmembers(Requests, inspect.isfunction)}
    builders = {name for name in builders if not name.startswith("_")}
    assert {"list_organizations", *builders} == set(OWN)


def test_every_request_with_a_body_says_what_is_in_it():
    bare = {made.name for made in MADE if made.takes_a_body} - {
        name for name, operation in OWN.items() if operation.request and operation.request.fields
    }
    assert bare == set()


def test_every_request_that_is_answered_says_with_what():
    bare = {made.name for made in MADE if made.expects == "result"} - {
        name for name, operation in OWN.items() if operation.answer
    }
    assert bare == set()


def test_no_body_is_named_that_is_not_sent():
    assert set(BODIES) <= {made.name for made in MADE if made.takes_a_body}


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.key)
def test_every_field_of_a_source_is_compared(source):
    compared = fields_by_model()
    for model in models_within(source.create.model_fields["source"].annotation, source.update):
        assert compared[f"{model.__module__}:{model.__qualname__}"] >= alias_names(model)


def models_within(*annotations: object) -> Iterator[type[BaseModel]]:
    """The models in these types, and those in the types of their fields."""
    for annotation in annotations:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield annotation
            fields = annotation.model_fields.values()
            yield from models_within(*(field.annotation for field in fields))
        yield from models_within(*get_args(annotation))


def test_every_answer_is_compared():
    compared = fields_by_model()
    answers = {
        model
        for _, model in inspect.getmembers(models, inspect.isclass)
        if issubclass(model, Answer) and model is not Answer
    }
    for part, whole in PARTS.items():
        assert alias_names(part) <= alias_names(whole)
    for model in answers - NOT_ANSWERED - PARTS.keys():
        name = f"{model.__module__}:{model.__qualname__}"
        assert compared[name] == alias_names(model) - {"requestId"}


def test_what_only_rules_need_is_not_compared_as_if_it_were_sent():
    for name, model in BODIES.items():
        assert not set(NOT_SENT.get(model, ())) & set(OWN[name].request.fields)


def test_the_tables_of_values_are_compared():
    assert OWN["get_pipe"].answer.fields["state"].values == set(STATES)
    assert OWN["get_private_endpoint"].answer.fields["status"].values == set(STATUSES)
    assert OWN["create_private_endpoint"].request.fields["type"].values == set(KINDS)
    state = OWN["set_pipe_state"].request.fields
    assert state["command"].values == state["action"].values == set(get_args(StateCommand))


@pytest.mark.parametrize("name", PipeSettings.model_fields)
def test_the_ranges_of_settings_are_compared(name):
    facts = PipeSettings.model_fields[name].metadata
    low = next((fact.ge for fact in facts if isinstance(fact, Ge)), None)
    high = next((fact.le for fact in facts if isinstance(fact, Le)), None)
    limits = OWN["put_pipe_settings"].request.fields[name].limits
    assert (limits.get("minimum"), limits.get("maximum")) == (low, high)


def test_sources_of_one_arm_are_compared_as_one():
    arms = OWN["create_pipe"].request.fields["source"].fields
    assert set(arms) == {source.arm for source in SOURCES} | {"validateSamples"}
    types = {kind for source in SOURCES if source.arm == "objectStorage" for kind in source.types}
    assert arms["objectStorage"].fields["type"].values == types
