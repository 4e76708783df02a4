"""The shape of a request, and what the service says of a request that breaks it.

Two keywords of our own steer the texts: `errorForm: value` answers the offending value where the
service does so for a range, `errorText` is a text quoted from the service.
"""

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from clickpipes_mcp.simulator.documents import Document, JsonObject, as_object
from clickpipes_mcp.simulator.envelope import bad_request

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

_ECHO_LIMIT: Final = 120  # characters of a refused value that an error repeats
_HIDDEN: Final = "[hidden]"


@dataclass(frozen=True, eq=False)
class RequestSchema:
    """A JSON schema (draft 2020-12) under a name."""

    name: str
    document: JsonObject

    def first_violation(self, value: object, *prefix: str) -> str | None:
        """What the service answers to a value, or None when it is as it should be.

        `prefix` is where the value stands in the request body. Secret values are never repeated.
        Source: the texts quoted in clickhousectl issues 449, 794 and Terraform provider issue 639.
        """
        for error in _validator(self).iter_errors(value):
            return _text(error, prefix)
        return None

    def require(self, value: object, *prefix: str) -> None:
        """Raise ApiError 400 with those words for a value that is not as it should be."""
        violation = self.first_violation(value, *prefix)
        if violation:
            raise bad_request(violation)


@cache
def _validator(schema: RequestSchema) -> "Draft202012Validator":
    # Imported late: jsonschema is a tenth of a second that a server without writes never needs.
    from jsonschema import Draft202012Validator

    return Draft202012Validator(schema.document)


def _text(error: "ValidationError", prefix: tuple[str, ...]) -> str:
    schema = as_object(error.schema)
    quoted = schema.get("errorText")
    if isinstance(quoted, str):
        return quoted
    path = _path((*prefix, *error.absolute_path))
    keyword, instance = str(error.validator), error.instance
    if keyword == "required":
        missing = next(name for name in _required(schema) if name not in as_object(instance))
        return f"request body{path}.{missing}: 'undefined'"
    if keyword == "additionalProperties":
        known = as_object(schema.get("properties"))
        unknown = next(name for name in as_object(instance) if name not in known)
        return f"request body{path}.{unknown}: unknown property"
    if keyword in ("minItems", "minProperties"):
        noun = "array" if keyword == "minItems" else "object"
        length = len(instance) if isinstance(instance, list | dict) else 0
        return (
            f"request body{path} {noun} length < minLength, length: {length}, "
            f"minLength: {error.validator_value}"
        )
    if keyword in ("minimum", "maximum") and schema.get("errorForm") != "value":
        return f"request body{path}: {_range(schema)}"
    return f"request body{path}: '{_echo(instance, schema)}'"


def _required(schema: Document) -> list[str]:
    required = schema.get("required")
    return [str(name) for name in required] if isinstance(required, list) else []


def _range(schema: Document) -> str:
    if "maximum" in schema:
        return f"Not between {schema['minimum']} and {schema['maximum']}"
    return f"Value must be >= {schema['minimum']}"


def _path(parts: tuple[str | int, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)


def _echo(value: object, schema: Document) -> str:
    if schema.get("writeOnly"):
        return _HIDDEN
    if isinstance(value, dict | list):
        return "[object Object]"
    shown = value if isinstance(value, str) else json.dumps(value)
    return shown[:_ECHO_LIMIT]
