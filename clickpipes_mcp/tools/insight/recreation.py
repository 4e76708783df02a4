"""The whole call that creates a pipe in place of one that cannot be changed."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.code.create_arguments import (
    Body,
    add_secrets,
    find_needed,
    known_part,
    other_parts,
    part_model,
    secrets_in_field,
)
from clickpipes_mcp.contract import SourceSpec
from clickpipes_mcp.diagnosis import Facts, Position, position_of


@dataclass(frozen=True)
class Recreation:
    """The arguments of a create, and what to know before it is made.

    `differs` where it is another pipe than the old one, in more than its place in the source.
    """

    arguments: Body
    advice: str
    differs: bool
    stops_first: bool


def recreation(
    pipe: Pipe, spec: SourceSpec, facts: Facts, wanted: Mapping[str, JsonValue]
) -> Recreation | None:
    """A create of the same pipe with what is `wanted` of its source.

    None where what the API sent of it cannot be shown as it is, so that it cannot be sent again.
    """
    sent = pipe.truth
    if (sent.arm_body, sent.destination) != (pipe.arm_body, pipe.destination):
        return None
    position = position_of(facts, wanted)
    body: Body = {
        "name": pipe.name,
        "source": _source(pipe, spec, position, wanted),
        "destination": _destination(pipe, spec, position),
        **other_parts(pipe, spec),
    }
    list(add_secrets(body, spec))
    unseen = [name for name in _unseen(spec) if name not in body["source"]]
    alone = _alone(pipe, spec, frozenset(_names(body["source"])))
    body["name"] = f"{pipe.name[:240]} (2)"
    return Recreation(
        body,
        " ".join([*_advice(pipe, position, unseen), *alone]),
        differs=_source(pipe, spec, position, wanted) != _source(pipe, spec, position, {}),
        stops_first=position.stops_first,
    )


def tell_open(pipe: Pipe, facts: Facts, fields: Sequence[str]) -> str:
    """How to make a pipe in place of one of which only a person knows what has to change."""
    position = position_of(facts, {})
    changed = f"the corrected {' or '.join(fields)}" if fields else "what has to change"
    given = f" and in source {json.dumps(position.source)}" if position.source else ""
    return f"Pass like {pipe.id}, a new name, {changed}{given}. {position.advice}"


def secrets_of(pipe: Pipe, spec: SourceSpec, fields: Sequence[str]) -> Body:
    """References for the secrets that such a pipe has in these fields of its source."""
    body: Body = {"name": pipe.name, "source": _source(pipe, spec, Position(""), {})}
    body["destination"] = known_part(part_model(spec, "destination"), pipe.destination, {})
    list(add_secrets(body, spec))
    return {name: value for name, value in body["source"].items() if name in fields}


def own_source(pipe: Pipe, spec: SourceSpec, busy: Collection[str]) -> tuple[Body, list[str]]:
    """The source of the pipe itself, without what is `busy`, and with references for its secrets.

    And the fields that it needs beside, which the API does not tell.
    """
    model = part_model(spec, "source")
    known = _without(known_part(model, pipe.arm_body, spec.read_back.defaults), busy)
    example: Body = {**spec.example}
    lent = {
        name: example["source"][name]
        for name, field in model.model_fields.items()
        if field.is_required() and name in example["source"] and name not in known
        and not any(secrets_in_field(field.annotation))
    }  # fmt: skip
    body: Body = {
        "name": pipe.name,
        "source": {**known, **lent},
        "destination": example.get("destination", {}),
    }
    list(add_secrets(body, spec))
    hidden = [(name,) for name in _unseen(spec) if name not in body["source"]]
    needed = [path[0] for path in find_needed(body, spec, hidden)]
    return {name: value for name, value in body["source"].items() if name not in lent}, needed


def _without(found: Body, names: Collection[str]) -> Body:
    return {
        name: _without(value, names) if isinstance(value, dict) else value
        for name, value in found.items()
        if name not in names
    }


def _unseen(spec: SourceSpec) -> Iterator[str]:
    """Fields of a source that a read may leave out although they are set."""
    hidden = (*spec.read_back.never, *spec.read_back.sometimes)
    yield from (name for name in part_model(spec, "source").model_fields if name in hidden)


def _alone(pipe: Pipe, spec: SourceSpec, kept: frozenset[str]) -> Iterator[str]:
    """What the old pipe has to itself, and what comes of it."""
    shown = known_part(part_model(spec, "source"), pipe.arm_body, spec.read_back.defaults)
    shareable = set(_names(_shareable(shown, spec)))
    alone = [name for name in _names(shown) if name not in shareable | kept]
    if alone:
        yield f"Two pipes cannot share {', '.join(alone)}: it is left out."
        yield from spec.read_back.tell_without(alone)


def _source(
    pipe: Pipe, spec: SourceSpec, position: Position, wanted: Mapping[str, JsonValue]
) -> Body:
    shown = known_part(part_model(spec, "source"), pipe.arm_body, spec.read_back.defaults)
    source = _shareable(shown, spec)
    for beginning in spec.beginnings:
        list(beginning.leave_out(source))
    for change in (position.source, wanted):
        _merge(source, change)
    for table in source.get("table_mappings", ()):
        table["target_table"] = f"{table['target_table']}{position.suffix}"
    return source


def _shareable(found: Body, spec: SourceSpec) -> Body:
    """What two pipes can have at once."""
    return {
        name: _shareable(value, spec) if isinstance(value, dict) else value
        for name, value in found.items()
        if not spec.read_back.is_single(name, value)
    }


def _names(found: Body) -> Iterator[str]:
    for name, value in found.items():
        yield name
        if isinstance(value, dict):
            yield from _names(value)


def _destination(pipe: Pipe, spec: SourceSpec, position: Position) -> Body:
    found = known_part(part_model(spec, "destination"), pipe.destination, {})
    if "table" not in found:
        return found
    if position.suffix:
        return {**found, "table": f"{found['table']}{position.suffix}"}
    # The table is there, with its rows.
    found.pop("table_definition", None)
    return {**found, "managed_table": False}


def _advice(pipe: Pipe, position: Position, unseen: Sequence[str]) -> Iterator[str]:
    if unseen:
        yield f"The API may hide these, so give them where they were set: {', '.join(unseen)}."
    yield position.advice
    if position.suffix and pipe.destination.get("managedTable") is False:
        table = pipe.destination.get("table")
        yield f"First CREATE TABLE {table}{position.suffix} AS {table}."


def _merge(found: Body, change: Mapping[str, JsonValue]) -> None:
    for name, value in change.items():
        held = found.get(name)
        if isinstance(held, dict) and isinstance(value, dict) and name != "offset":
            _merge(held, value)
        else:
            found[name] = value
