"""The words the request schemas are written in."""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from clickpipes_mcp.simulator.documents import JsonObject

Properties: TypeAlias = dict[str, JsonObject]

TEXT: Final[JsonObject] = {"type": "string"}
NAME: Final[JsonObject] = {"type": "string", "minLength": 1}
FLAG: Final[JsonObject] = {"type": "boolean"}
SECRET: Final[JsonObject] = {"type": "string", "minLength": 1, "writeOnly": True}


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


def picked(properties: Properties, *names: str) -> Properties:
    """Some of the properties, as they are."""
    return {name: properties[name] for name in names}


WORKLOAD_IDENTITY: Final = "SERVICE_ACCOUNT_WORKLOAD_IDENTITY"
GOOGLE_AUTHENTICATION: Final = choice("SERVICE_ACCOUNT", WORKLOAD_IDENTITY)
SERVICE_ACCOUNT: Final = structure(
    {"serviceAccountFile": SECRET}, ("serviceAccountFile",), writeOnly=True
)
LOGIN: Final = structure({"username": SECRET, "password": SECRET}, writeOnly=True)
ACCESS_KEY: Final = structure(
    {"accessKeyId": SECRET, "secretKey": SECRET}, ("accessKeyId", "secretKey"), writeOnly=True
)
PROTOBUF_SCHEMA: Final[JsonObject] = {**SECRET, "maxLength": 1048576}
SSH_KEY_RESOURCE_ID: Final = "sshKeyResourceId"
