"""What of a pipe no read shows."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TypeAlias

from pydantic.alias_generators import to_camel

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.contract import Request
from clickpipes_mcp.schema_shape import JsonObject, full_schema
from clickpipes_mcp.sources import source_of

Path: TypeAlias = tuple[str, ...]


def not_returned(pipe: Pipe) -> Iterator[str]:
    """The fields of such a pipe that a read leaves out, whether they are set or not."""
    told = pipe.sent
    spec = source_of(told.arm, told.source_type)
    if spec is None:
        return
    hidden = frozenset((*spec.read_back.never, *spec.read_back.sometimes))
    shown: Mapping[str, object] = {"source": pipe.arm_body, "destination": pipe.destination}
    for path, sent in _fields_of(spec.create, hidden).items():
        holder: object = shown
        for step in sent[:-1]:
            holder = holder.get(step) if isinstance(holder, dict) else None
        if isinstance(holder, dict) and sent[-1] not in holder:
            yield ".".join(path)


@cache
def _fields_of(model: type[Request], names: frozenset[str]) -> Mapping[Path, Path]:
    """The fields of these names that stand in no list: the path, and that in the API's keys."""
    paths = (path for path in _paths(full_schema(model), ()) if path[-1] in names)
    return {path: tuple(to_camel(step) for step in path) for path in paths}


def _paths(schema: JsonObject, path: Path) -> Iterator[Path]:
    for name, inner in schema.get("properties", {}).items():
        yield (*path, name)
        yield from _paths(inner, (*path, name))
