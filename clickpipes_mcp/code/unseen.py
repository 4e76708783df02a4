"""What of a pipe no read shows."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TypeAlias

from pydantic.alias_generators import to_camel

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.schema_shape import JsonObject, full_schema
from clickpipes_mcp.sources import source_named, source_of

Path: TypeAlias = tuple[str, ...]


def not_returned(pipe: Pipe) -> Iterator[str]:
    """The fields of such a pipe that a read leaves out, whether they are set or not."""
    told = pipe.sent
    spec = source_of(told.arm, told.source_type)
    if spec is None:
        return
    shown: Mapping[str, object] = {"source": pipe.arm_body, "destination": pipe.destination}
    for path, holders, key in _hidden_fields(spec.key):
        holder: object = shown
        for step in holders:
            holder = holder.get(step) if isinstance(holder, dict) else None
        if isinstance(holder, dict) and key not in holder:
            yield path


@cache
def _hidden_fields(source: str) -> Sequence[tuple[str, Path, str]]:
    """What a read may leave out, unless it stands in a list.

    Each with its path in a create, and with what holds it and its own name in the API's keys.
    """
    spec = source_named(source)
    names = {*spec.read_back.never, *spec.read_back.sometimes}
    paths = [path for path in _paths(full_schema(spec.create), ()) if path[-1] in names]
    keys = [tuple(to_camel(step) for step in path) for path in paths]
    return [(".".join(path), key[:-1], key[-1]) for path, key in zip(paths, keys, strict=True)]


def _paths(schema: JsonObject, path: Path) -> Iterator[Path]:
    for name, inner in schema.get("properties", {}).items():
        yield (*path, name)
        yield from _paths(inner, (*path, name))
