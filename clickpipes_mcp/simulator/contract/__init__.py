"""Request schemas as data, and what the service says of a request that breaks one."""

import json
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

from clickpipes_mcp.simulator.documents import Document, as_object

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

_ECHO_LIMIT: Final = 120  # characters of a refused value that an error repeats
_HIDDEN: Final = "[hidden]"


def first_violation(schema: str, document: object, *prefix: str) -> str | None:
    """What the service answers to a document, or None when the schema accepts it.

    `prefix` is where the document stands in the request body. Secret values are never repeated.
    Source: the texts quoted in clickhousectl issues 449, 794 and Terraform provider issue 639.
    """
    for error in _validator(schema).iter_errors(document):
        return _text(error, prefix)
    return None


def schema_document(schema: str) -> Document:
    """The schema of this name."""
    content = resources.files(__name__).joinpath(f"{schema}.json").read_text(encoding="utf-8")
    return as_object(json.loads(content))


@cache
def _validator(schema: str) -> "Draft202012Validator":
    # Imported late: jsonschema is a tenth of a second that a server without writes never needs.
    from jsonschema import Draft202012Validator

    return Draft202012Validator(dict(schema_document(schema)))


def _text(error: "ValidationError", prefix: tuple[str, ...]) -> str:
    schema = as_object(error.schema)
    quoted = schema.get("errorText")
    if isinstance(quoted, str):
        return quoted
    path = _path((*prefix, *error.absolute_path))
    keyword, instance = str(error.validator), error.instance
    if keyword == "required":
        missing = next(name for name in schema_required(schema) if name not in as_object(instance))
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


def schema_required(schema: Document) -> list[str]:
    """The names a schema requires."""
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
