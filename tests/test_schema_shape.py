"""Pydantic's schemas become the subset that every client accepts."""

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from clickpipes_mcp.contract import Request
from clickpipes_mcp.schema_shape import (
    UnshapableSchema,
    full_schema,
    input_schema,
    output_schema,
    with_merged,
)
from clickpipes_mcp.secret_refs import Secret


class Inner(Request):
    """Never shown."""

    port: Annotated[int, Field(gt=0, lt=65_536)] = Field(description="Port.")
    secret: Secret | None = Field(default=None, description="A secret.")


class Outer(Request):
    model_config = ConfigDict(json_schema_extra={"x-hide": ["rarely_used"]})

    name: Annotated[str, Field(min_length=1)] = Field(description="Name.")
    inner: Inner | None = Field(default=None, description="Beside the reference.")
    inners: list[Inner] | None = Field(default=None, description="Several.")
    kind: Literal["only"] = Field(description="A constant.")
    rarely_used: float | None = Field(default=None, description="Hidden.")


PORT = {"type": "integer", "minimum": 1, "maximum": 65_535, "description": "Port."}
INNER = {
    "type": "object",
    "properties": {
        "port": PORT,
        "secret": {"type": "string", "description": "A secret."},
    },
    "required": ["port"],
}


def test_a_model_is_shown_without_references_nulls_titles_and_constants() -> None:
    assert input_schema(Outer) == {
        "type": "object",
        "properties": {
            "name": {"type": "string", "description": "Name."},
            "inner": {**INNER, "description": "Beside the reference."},
            "inners": {
                "type": "array",
                "items": {k: v for k, v in INNER.items() if k != "description"},
                "description": "Several.",
            },
            "kind": {"type": "string", "enum": ["only"], "description": "A constant."},
        },
        "required": ["name", "kind"],
    }


def test_what_is_not_shown_is_still_known() -> None:
    assert "rarely_used" not in input_schema(Outer)["properties"]
    assert full_schema(Outer)["properties"]["rarely_used"]["type"] == "number"


def test_hidden_arguments_are_neither_shown_nor_required() -> None:
    shown = input_schema(Outer, hidden={"name"})

    assert "name" not in shown["properties"]
    assert shown["required"] == ["kind"]


def test_a_model_without_fields_has_an_empty_object_of_properties() -> None:
    class Nothing(Request):
        pass

    assert input_schema(Nothing) == {
        "type": "object",
        "properties": {},
    }


def test_a_result_is_shown_without_prose() -> None:
    class Result(BaseModel):
        count: Annotated[int, Field(ge=0)] = Field(default=0, description="Prose.")
        description: str = "a field of that name stays"

    assert output_schema(Result)["properties"] == {
        "count": {"type": "integer"},
        "description": {"type": "string"},
    }


def test_shaping_one_schema_does_not_change_another() -> None:
    first = input_schema(Outer)
    first["properties"]["inner"]["properties"].clear()

    assert "port" in input_schema(Outer)["properties"]["inner"]["properties"]


class Union(Request):
    either: int | str = Field(description="Two types.")


class Untyped(Request):
    anything: object = Field(description="No type.")


class Tuple(Request):
    pair: tuple[int, str] = Field(description="A tuple.")


@pytest.mark.parametrize("model", [Union, Untyped, Tuple])
def test_a_field_that_some_client_would_refuse_is_refused_here(model) -> None:
    with pytest.raises(UnshapableSchema, match=model.__name__):
        input_schema(model)


class Kafka(Request):
    type: Literal["kafka"] = Field(description="Kind.")
    brokers: str = Field(description="Brokers.")
    tls: Inner = Field(description="TLS.")


class Files(Request):
    type: Literal["s3", "gcs"] = Field(description="Kind.")
    url: str = Field(description="Address.")
    tls: Inner = Field(description="TLS.")


def test_an_argument_of_several_shapes_shows_the_fields_of_all() -> None:
    class Call(Request):
        source: dict[str, int] = Field(description="The source.")

    merged = with_merged(input_schema(Call), "source", [Kafka, Files])["properties"]["source"]

    assert merged["description"] == "The source."
    assert set(merged["properties"]) == {"type", "brokers", "url", "tls"}
    assert merged["properties"]["type"]["enum"] == ["kafka", "s3", "gcs"]
    assert merged["required"] == ["type", "tls"]
