"""What this package knows of the API, written as an OpenAPI document of its own."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias, get_args, get_origin

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from clickpipes_mcp.contract import SourceSpec
from clickpipes_mcp.drift.models import ANSWERS, BODIES, KNOWN_VALUES, NOT_SENT
from clickpipes_mcp.drift.requests import Made, requests
from clickpipes_mcp.drift.schema_words import MODEL
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools.updating.update_arguments import UpdateArguments, UpdateDestination

Schema: TypeAlias = dict[str, Any]

_COMPONENTS: Final = "#/components/schemas/"
_OF_THE_ENVELOPE: Final = "requestId"
_WITHIN_SOURCE: Final = "validateSamples"


def own_document() -> Schema:
    """An OpenAPI document of every request this package can make, in both dialects."""
    models = _Models()
    bodies: dict[str, Schema] = {name: models.reference(model) for name, model in BODIES.items()}
    bodies |= {
        "create_pipe": {"oneOf": [_creation(models, spec) for spec in SOURCES]},
        "update_pipe": {"oneOf": [_update(models, s, s.update) for s in SOURCES if s.update]},
        "discover_schema": {"oneOf": [_discovery(models, s) for s in SOURCES if s.discoverable]},
    }
    paths: dict[str, dict[str, Schema]] = {}
    for made in requests():
        operation = paths.setdefault(made.path, {}).setdefault(
            made.method.lower(),
            {"operationId": made.name, "responses": {"200": _answer(models, made.name)}},
        )
        body = bodies.get(made.name) if made.takes_a_body else _sample(made)
        if body is not None:
            _add_body(operation, body)
    return {"openapi": "3.1.0", "paths": paths, "components": {"schemas": models.components}}


class _WholeModels(GenerateJsonSchema):
    """Schemas that say which class they were made from, and leave out no field that is sent."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        model: type[BaseModel] = schema["cls"]
        made = super().model_schema(schema)
        for name, field in model.model_fields.items():
            alias = field.alias or name
            if alias not in made["properties"]:  # unpublished, but accepted
                adapter: TypeAdapter[Any] = TypeAdapter(field.annotation or Any)
                made["properties"][alias] = self.generate_inner(adapter.core_schema)
        return {**made, MODEL: f"{model.__module__}:{model.__qualname__}"}


class _Models:
    """The schemas of all models: what is sent, and what is known of answers."""

    def __init__(self) -> None:
        references, made = models_json_schema(
            [(model, "validation") for model in _all_models()],
            ref_template=f"{_COMPONENTS}{{model}}",
            schema_generator=_WholeModels,
        )
        self._references = {model: reference for (model, _), reference in references.items()}
        self.components: dict[str, Schema] = made["$defs"]
        for component in self.components.values():
            component.get("properties", {}).pop(_OF_THE_ENVELOPE, None)
        for model, names in NOT_SENT.items():
            for name in names:
                self.properties(model).pop(name)
        for (model, name), values in KNOWN_VALUES.items():
            self.properties(model)[name]["enum"] = list(values)

    def reference(self, model: type[BaseModel]) -> Schema:
        return dict(self._references[model])

    def definition(self, model: type[BaseModel]) -> Schema:
        return self.components[self._references[model]["$ref"].removeprefix(_COMPONENTS)]

    def properties(self, model: type[BaseModel]) -> dict[str, Schema]:
        properties: dict[str, Schema] = self.definition(model)["properties"]
        return properties


def _all_models() -> Iterable[type[BaseModel]]:
    answered = [
        get_args(answer)[0] if get_origin(answer) else answer for answer in ANSWERS.values()
    ]
    changed = [spec.update for spec in SOURCES if spec.update]
    created = [spec.create for spec in SOURCES]
    return dict.fromkeys(
        [*BODIES.values(), *answered, *created, *changed, UpdateArguments, UpdateDestination]
    )


def _creation(models: _Models, spec: SourceSpec) -> Schema:
    """The body that creates a pipe of this source."""
    definition = models.definition(spec.create)
    properties = dict(definition["properties"])
    source = _source(spec, properties.pop("source"), properties.pop(_WITHIN_SOURCE))
    return {**definition, "properties": {**properties, "source": source}}


def _update(models: _Models, spec: SourceSpec, update: type[BaseModel]) -> Schema:
    """The body that changes a pipe of this source in place."""
    given = models.properties(UpdateArguments)
    columns = models.properties(UpdateDestination)["columns"]
    return _object(
        {
            "name": given["name"],
            "source": _source(spec, models.reference(update), given[_WITHIN_SOURCE]),
            "destination": _object({"columns": columns}, ["columns"]),
            "fieldMappings": given["fieldMappings"],
        }
    )


def _discovery(models: _Models, spec: SourceSpec) -> Schema:
    """The body that asks what this source holds."""
    source = models.properties(spec.create)["source"]
    return _object({"source": _object({spec.arm: source}, [spec.arm])}, ["source"])


def _source(spec: SourceSpec, arm: Schema, samples: Schema) -> Schema:
    return _object({spec.arm: arm, _WITHIN_SOURCE: samples}, [spec.arm])


def _sample(made: Made) -> Schema | None:
    """The body of a request that has no model: its keys, and the value of each."""
    if made.body is None:
        return None
    return _object({key: {"enum": [value]} for key, value in made.body.items()}, list(made.body))


def _add_body(operation: Schema, body: Schema) -> None:
    """One more body that the operation may have."""
    empty: Schema = {"content": {"application/json": {"schema": {"oneOf": []}}}}
    content = operation.setdefault("requestBody", empty)["content"]
    content["application/json"]["schema"]["oneOf"].append(body)


def _answer(models: _Models, name: str) -> Schema:
    answer = ANSWERS.get(name)
    if answer is None:
        return {}
    is_list = get_origin(answer) is list
    one = models.reference(get_args(answer)[0] if is_list else answer)
    result = {"type": "array", "items": one} if is_list else one
    return {"content": {"application/json": {"schema": _object({"result": result})}}}


def _object(properties: Mapping[str, Schema], required: Iterable[str] = ()) -> Schema:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }
