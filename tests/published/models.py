"""The request models, by the name of the schema that the simulator judges them with."""

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel

from clickpipes_mcp.cdc_scaling import CdcScalingRequest
from clickpipes_mcp.private_endpoints import CreateEndpoint, CustomDns
from clickpipes_mcp.scaling import ScalingRequest
from clickpipes_mcp.sources import SOURCES, PipeSettings

SOURCE = "source"
SENT_UNDER_ANOTHER_NAME = {"validateSamples": "source.validateSamples"}
# The type of an endpoint says which rules its names keep to.
NOT_SENT = {"endpoint_update": {"type"}}


def sent_fields(name: str) -> set[str]:
    """The dotted names of all that a request may hold."""
    fields = {path for model in MODELS[name] for path in field_paths(model)}
    return fields - NOT_SENT.get(name, set())


def _models() -> dict[str, list[type[BaseModel]]]:
    found: dict[str, list[type[BaseModel]]] = {
        "create": [source.create for source in SOURCES],
        "settings": [PipeSettings],
        "scaling": [ScalingRequest],
        "cdc_scaling": [CdcScalingRequest],
        "endpoint_create": [CreateEndpoint],
        "endpoint_update": [CustomDns],
    }
    for source in SOURCES:
        found.setdefault(f"create_{source.arm}", []).append(created_source(source.create))
        if source.update is not None:
            found.setdefault(f"update_{source.arm}", []).append(source.update)
    return found


def created_source(create: type[BaseModel]) -> type[BaseModel]:
    """The model of what stands under a source's key in a create."""
    (model,) = models_in(create.model_fields[SOURCE].annotation)
    return model


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that an annotation is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part)


def field_paths(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """The names of all fields as they are sent, those inside others with a dotted path.

    What stands inside the source of a create has a model of its own.
    """
    for name, field in model.model_fields.items():
        path = f"{prefix}.{field.alias or name}" if prefix else field.alias or name
        yield SENT_UNDER_ANOTHER_NAME.get(path, path)
        for inner in models_in(field.annotation) if path != SOURCE else ():
            yield from field_paths(inner, path)


MODELS = _models()
