"""What of a pipe no read shows."""

from collections.abc import Iterator, Mapping
from functools import cache

from pydantic.alias_generators import to_camel

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.contract import Request
from clickpipes_mcp.schema_shape import JsonObject, full_schema
from clickpipes_mcp.sources import source_of


def not_returned(pipe: Pipe) -> Iterator[str]:
    """The fields of such a pipe that a read leaves out, whether they are set or not."""
    spec = source_of(pipe.truth.arm, pipe.truth.source_type)
    if spec is None:
        return
    hidden = {*spec.read_back.never, *spec.read_back.sometimes}
    shown: Mapping[str, object] = {"source": pipe.arm_body, "destination": pipe.destination}
    for path in _fields_of(spec.create):
        holder: object = shown
        for step in path[:-1]:
            holder = holder.get(to_camel(step)) if isinstance(holder, Mapping) else None
        if path[-1] not in hidden or not isinstance(holder, Mapping):
            continue
        if to_camel(path[-1]) not in holder:
            yield ".".join(path)


@cache
def _fields_of(model: type[Request]) -> tuple[tuple[str, ...], ...]:
    """Every field of a request that stands in no list, by its path."""
    return tuple(_paths(full_schema(model), ()))


def _paths(schema: JsonObject, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for name, inner in schema.get("properties", {}).items():
        yield (*path, name)
        yield from _paths(inner, (*path, name))
