"""The whole call that creates a pipe in place of one that cannot be changed."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final, TypeAlias, get_args

from pydantic import BaseModel, JsonValue, ValidationError
from pydantic.alias_generators import to_camel, to_snake

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.contract import Request, Rule, SourceSpec
from clickpipes_mcp.diagnosis import Facts, Position, position_of
from clickpipes_mcp.secret_refs import Secret
from clickpipes_mcp.sources import SETTING_DEFAULTS

Body: TypeAlias = dict[str, Any]
Path: TypeAlias = tuple[str, ...]
_REFERENCE: Final = "${{env:CLICKPIPES_SECRET_{name}}}"
_NO_WORD: Final = re.compile(r"[^A-Z0-9]{1,250}")
_LONGEST_NAME: Final = 40
_MOST_SECRETS: Final = 2
"""Of one object: a name and what belongs to it."""


_SIZE: Final = ("replicas", "replica_cpu_millicores", "replica_memory_gb")
_SIZE_BY_ITSELF: Final = [1, 125, 0.5]
"""Source: ClickPipes documentation, sizes of replicas: XS is the default."""


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
        **_rest(pipe, spec),
    }
    secrets = list(_add_secrets(body, spec))
    unseen = [name for name in _unseen(spec) if name not in body["source"]]
    alone = _alone(pipe, spec, frozenset(_names(body["source"])))
    body["name"] = f"{pipe.name[:240]} (2)"
    return Recreation(
        body,
        " ".join([*_advice(pipe, position, secrets, unseen), *alone]),
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
    body["destination"] = _known(_model(spec, "destination"), pipe.destination, {})
    list(_add_secrets(body, spec))
    return {name: value for name, value in body["source"].items() if name in fields}


def _unseen(spec: SourceSpec) -> Iterator[str]:
    """Fields of a source that a read may leave out although they are set."""
    hidden = (*spec.read_back.never, *spec.read_back.sometimes)
    yield from (name for name in _model(spec, "source").model_fields if name in hidden)


def _alone(pipe: Pipe, spec: SourceSpec, kept: frozenset[str]) -> Iterator[str]:
    """What the old pipe has to itself, and what comes of it."""
    shown = _known(_model(spec, "source"), pipe.arm_body, spec.read_back.defaults)
    shareable = set(_names(_shareable(shown, spec)))
    alone = [name for name in _names(shown) if name not in shareable | kept]
    if alone:
        yield f"Two pipes cannot share {', '.join(alone)}: it is left out."
        yield from spec.read_back.tell_without(alone)


def _source(
    pipe: Pipe, spec: SourceSpec, position: Position, wanted: Mapping[str, JsonValue]
) -> Body:
    shown = _known(_model(spec, "source"), pipe.arm_body, spec.read_back.defaults)
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
    found = _known(_model(spec, "destination"), pipe.destination, {})
    if "table" not in found:
        return found
    if position.suffix:
        return {**found, "table": f"{found['table']}{position.suffix}"}
    # The table is there, with its rows.
    found.pop("table_definition", None)
    return {**found, "managed_table": False}


def _rest(pipe: Pipe, spec: SourceSpec) -> Body:
    known = spec.create.model_fields
    rest: Body = {}
    if "field_mappings" in known and pipe.field_mappings:
        rest["field_mappings"] = [
            {to_snake(key): value for key, value in one.items()} for one in pipe.field_mappings
        ]
    size = pipe.scaling
    sizes = [getattr(size, name, None) for name in _SIZE]
    if "scaling" in known and all(sizes) and sizes != _SIZE_BY_ITSELF:
        rest["scaling"] = dict(zip(_SIZE, sizes, strict=True))
    settings = {
        name: value for name, value in pipe.settings.items() if value != SETTING_DEFAULTS.get(name)
    }
    if "settings" in known and settings:
        rest["settings"] = settings
    return rest


def _advice(
    pipe: Pipe, position: Position, secrets: Sequence[Path], unseen: Sequence[str]
) -> Iterator[str]:
    if secrets:
        named = ", ".join(".".join(path) for path in secrets)
        yield f"Tell the person to set the variables of {named}, or pass ${{ask:label}}."
    if unseen:
        yield f"The API may hide these, so give them where they were set: {', '.join(unseen)}."
    yield position.advice
    if position.suffix and pipe.destination.get("managedTable") is False:
        table = pipe.destination.get("table")
        yield f"First CREATE TABLE {table}{position.suffix} AS {table}."


def _model(spec: SourceSpec, field: str) -> type[Request]:
    (model,) = _models(spec.create.model_fields[field].annotation)
    return model


def _models(annotation: object) -> Iterator[type[Request]]:
    for one in (annotation, *get_args(annotation)):
        if isinstance(one, type) and issubclass(one, Request):
            yield one
        elif one is not annotation:
            yield from _models(one)


def _is_secret(annotation: object) -> bool:
    return any(
        (isinstance(one, type) and issubclass(one, Secret))
        or (one is not annotation and _is_secret(one))
        for one in (annotation, *get_args(annotation))
    )


def _known(
    model: type[Request], sent: Mapping[str, Any], defaults: Mapping[str, tuple[object, ...]]
) -> Body:
    """What a create takes of what a read shows, in its own words, without what is as by itself."""
    found: Body = {}
    for name, field in model.model_fields.items():
        value = sent.get(to_camel(name))
        if value is None or _is_secret(field.annotation):
            continue
        inner = next(_models(field.annotation), None)
        if inner is not None and isinstance(value, Mapping):
            value = _known(inner, value, defaults)
        elif inner is not None and isinstance(value, list):
            value = [_known(inner, item, defaults) for item in value if isinstance(item, Mapping)]
        by_itself = value is False or value in defaults.get(name, ())
        if value not in ({}, [], "") and (field.is_required() or not by_itself):
            found[name] = value
    return found


def _merge(found: Body, change: Mapping[str, JsonValue]) -> None:
    for name, value in change.items():
        held = found.get(name)
        if isinstance(held, dict) and isinstance(value, dict) and name != "offset":
            _merge(held, value)
        else:
            found[name] = value


def _add_secrets(body: Body, spec: SourceSpec) -> Iterator[Path]:
    """Put references where secrets have to stand, object by object, the fewest that do."""
    for group in _groups(_model(spec, "source"), ()):
        choices = [
            choice for size in range(_MOST_SECRETS + 1) for choice in combinations(group, size)
        ]
        best = min(choices, key=lambda choice: (_flaws(_with(body, choice), spec), len(choice)))
        body["source"] = _with(body, best)["source"]
        yield from best


def _groups(model: type[BaseModel], at: Path) -> Iterator[tuple[Path, ...]]:
    """The secrets of each object of a source."""
    own = tuple((*at, name) for name, f in model.model_fields.items() if _is_secret(f.annotation))
    if own:
        yield own
    for name, field in model.model_fields.items():
        for inner in _models(field.annotation):
            if not str(field.annotation).startswith("list"):
                yield from _groups(inner, (*at, name))


def _with(body: Body, paths: Sequence[Path]) -> Body:
    source = _copied(body["source"])
    for path in paths:
        holder = source
        for name in path[:-1]:
            holder = holder.setdefault(name, {})
        holder[path[-1]] = _REFERENCE.format(name=_reference_name(body["name"], path))
    return {**body, "source": source}


def _reference_name(pipe: str, path: Path) -> str:
    """A name that no other pipe's secret has, and no other secret of this one."""
    of_pipe = _NO_WORD.sub("_", pipe.upper()).strip("_")[:_LONGEST_NAME]
    return "_".join((of_pipe, *path[:-2], path[-1])).upper()


def _copied(value: Any) -> Any:  # noqa: ANN401 # JSON
    return (
        {key: _copied(inner) for key, inner in value.items()} if isinstance(value, dict) else value
    )


def _flaws(body: Body, spec: SourceSpec) -> int:
    """How much a create would refuse."""
    try:
        request = spec.create.model_validate(body)
    except ValidationError as error:
        return 1000 + error.error_count()
    rules: Sequence[Rule[Any]] = spec.rules
    return sum(1 for rule in rules if rule.effect == "refuse" for _ in rule.check(request))
