"""The JSON Schema of a file of pipes, for editors: what may stand in one document."""

from typing import Any, Final

from clickpipes_mcp.contract import SourceSpec
from clickpipes_mcp.schema_shape import JsonObject, full_schema
from clickpipes_mcp.sources import SOURCES

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_OURS: Final = "x-"


def file_schema() -> JsonObject:
    """One document, of any kind of source."""
    return {
        "$schema": _DIALECT,
        "title": "A ClickPipe, as plan_clickpipes and apply_clickpipes read it",
        "oneOf": [_of_kind(spec) for spec in SOURCES],
    }


def _of_kind(spec: SourceSpec) -> JsonObject:
    schema = _plain(full_schema(spec.create))
    own = {
        "kind": {"const": spec.key, "description": f"Reads {spec.title}."},
        "stopped": {
            "type": "boolean",
            "description": "Whether it is stopped or paused; left as it is by default.",
        },
    }
    return {
        **schema,
        "properties": {**own, **schema["properties"]},
        "required": ["kind", *schema["required"]],
        "additionalProperties": False,
    }


def _plain(node: Any) -> Any:  # noqa: ANN401 # JSON
    """A schema without keywords that only this package knows."""
    if isinstance(node, dict):
        return {key: _plain(item) for key, item in node.items() if not key.startswith(_OURS)}
    return [_plain(item) for item in node] if isinstance(node, list) else node
