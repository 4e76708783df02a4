"""A source as an argument: by its key, by a flavour, or as people call it."""

from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from clickpipes_mcp.sources import SOURCE_KEYS, known_name


def _known(value: object) -> str:
    name = known_name(value) if isinstance(value, str) else None
    if name is None:
        raise ValueError(f"is not a known kind of source; there are {', '.join(SOURCE_KEYS)}")
    return name


SourceName = Annotated[str, BeforeValidator(_known)]
"""A key or a flavour, such as `kafka` or `confluent`, whatever the caller wrote."""

SourceChoice = Annotated[SourceName, WithJsonSchema({"type": "string", "enum": list(SOURCE_KEYS)})]
"""The same, offered as a choice among the keys."""
