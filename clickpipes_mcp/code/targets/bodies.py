"""The body of a create, under the API's own names."""

from collections.abc import Mapping
from typing import Final

from pydantic.alias_generators import to_camel

from clickpipes_mcp.code.create_arguments import Body
from clickpipes_mcp.code.declaration import Declaration

_AS_THEY_ARE: Final = "settings"
"""The settings of a pipe keep their snake_case at the API. Those of a database do not."""


def body_of(pipe: Declaration) -> Body:
    """The body; references stand where they stand in the arguments."""
    parts = {name: value for name, value in pipe.arguments.items() if name != "source"}
    settings = parts.pop(_AS_THEY_ARE, None)
    body = camel({"name": parts.pop("name"), "source": {}, **parts})
    body["source"] = {pipe.spec.arm: camel(pipe.arguments["source"])}
    if settings:
        body[_AS_THEY_ARE] = settings
    if pipe.rests and not pipe.is_database:
        body["startPaused"] = True
    return body


def camel(value: Body) -> Body:
    """An object with every name in it as the API writes it."""
    return {to_camel(name): _camel(inner) for name, inner in value.items()}


def _camel(value: object) -> object:
    if isinstance(value, Mapping):
        return camel(dict(value))
    return [_camel(item) for item in value] if isinstance(value, list) else value
