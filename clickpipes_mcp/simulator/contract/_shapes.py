"""The words the request schemas are written in."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from clickpipes_mcp.simulator.documents import JsonObject

Properties: TypeAlias = dict[str, JsonObject]

TEXT: JsonObject = {"type": "string"}
NAME: JsonObject = {"type": "string", "minLength": 1}
FLAG: JsonObject = {"type": "boolean"}
ANY: JsonObject = {}
SECRET: JsonObject = {"type": "string", "minLength": 1, "writeOnly": True}


def structure(
    properties: Mapping[str, JsonObject],
    required: Sequence[str] = (),
    **more: object,
) -> JsonObject:
    """An object that knows no other properties."""
    schema: JsonObject = {"type": "object", "additionalProperties": False, **more}
    if required:
        schema["required"] = list(required)
    return {**schema, "properties": dict(properties)}


def array(of: JsonObject, **more: object) -> JsonObject:
    """An array of one kind of item."""
    return {"type": "array", "items": of, **more}


def choice(*values: str) -> JsonObject:
    """One of these strings."""
    return {"type": "string", "enum": list(values)}


def whole(minimum: int, maximum: int | None = None, **more: object) -> JsonObject:
    """An integer within limits."""
    limits: JsonObject = {"minimum": minimum}
    if maximum is not None:
        limits["maximum"] = maximum
    return {"type": "integer", **limits, **more}


def or_null(schema: JsonObject) -> JsonObject:
    """The schema, or null."""
    kind = schema["type"]
    widened: JsonObject = {**schema, "type": [kind, "null"]}
    values = schema.get("enum")
    if isinstance(values, list):
        widened["enum"] = [*values, None]
    return widened


def ignoring(properties: Properties, kept: Properties, required: Sequence[str] = ()) -> JsonObject:
    """A patch arm whose create-only fields are accepted and have no effect."""
    return structure({**dict.fromkeys(properties, ANY), **kept}, required)


WORKLOAD_IDENTITY = "SERVICE_ACCOUNT_WORKLOAD_IDENTITY"
GOOGLE_AUTHENTICATION = choice("SERVICE_ACCOUNT", WORKLOAD_IDENTITY)
SERVICE_ACCOUNT = structure({"serviceAccountFile": SECRET}, ("serviceAccountFile",), writeOnly=True)
LOGIN = structure({"username": SECRET, "password": SECRET}, writeOnly=True)
