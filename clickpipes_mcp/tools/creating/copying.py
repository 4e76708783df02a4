"""A create that copies a pipe that is there: what is given wins, the rest is taken from that pipe.

What the API never returns, secrets above all, cannot be copied: it is named, and has to be given.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import Field, JsonValue

from clickpipes_mcp.argument_form import NormalForm, snake_case
from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.code.unseen import not_returned
from clickpipes_mcp.contract import Request, Rule, SourceSpec
from clickpipes_mcp.errors import InvalidArguments, Problem
from clickpipes_mcp.field_types import Flag, Text
from clickpipes_mcp.quotation import quote
from clickpipes_mcp.redaction import MASK
from clickpipes_mcp.schema_shape import JsonObject, full_schema, input_schema
from clickpipes_mcp.tools import pipe_views
from clickpipes_mcp.tools.addressing import ServiceArguments, find_in, find_service_id
from clickpipes_mcp.tools.agreement import ConfirmedArguments
from clickpipes_mcp.tools.arguments import Valid, valid_whole
from clickpipes_mcp.tools.creating.misfits import leave_out_misfits
from clickpipes_mcp.tools.creating.short_example import short_example
from clickpipes_mcp.tools.dry_run import DryRunArguments
from clickpipes_mcp.tools.record import Call

_PARTS = ("source", "destination")
_MOST_NAMED = 15


class LikeArguments(Request):
    """Present in every create."""

    like: Text | None = Field(
        default=None,
        description="Pipe to copy; less will do.",
    )


class CopyArguments(ConfirmedArguments, DryRunArguments, ServiceArguments):
    """The arguments of a create with `like`: everything else may be left out.

    The parts are judged once they are complete, so their shape is open here.
    """

    name: Text
    like: Text
    source: dict[str, JsonValue] | None = Field(default=None, repr=False)
    destination: dict[str, JsonValue] | None = Field(default=None, repr=False)
    field_mappings: list[JsonValue] | None = Field(default=None, repr=False)
    scaling: dict[str, JsonValue] | None = Field(default=None, repr=False)
    settings: dict[str, JsonValue] | None = Field(default=None, repr=False)
    start_paused: Flag | None = None
    validate_samples: Flag | None = None


@dataclass
class _Copy:
    """What was taken of a pipe, as the arguments of a create, and what was left behind and why."""

    arguments: dict[str, object] = field(default_factory=dict)
    not_returned: list[str] = field(default_factory=list)
    not_shareable: list[str] = field(default_factory=list)
    not_known: list[str] = field(default_factory=list)


def with_like(published: JsonObject, example: Mapping[str, object]) -> JsonObject:
    """The published schema of a create: with `like`, parts of the rest are enough.

    What is needed without it is shown as an example, because some clients show the description of
    an object and none of its fields.
    """
    properties = dict(published["properties"])
    for part in _PARTS:
        schema = dict(properties[part])
        if "required" in schema:
            needed = short_example(example[part], schema)
            schema["description"] = f"{schema['description'].rstrip('.')}: at least {needed}."
            del schema["required"]
        properties[part] = schema
    return {**published, "properties": properties, "required": ["name"]}


async def complete(call: Call[Any], spec: SourceSpec) -> Sequence[Pipe] | None:
    """Fill in what the pipe of `like` has and the call leaves out; then the call is like any other.

    Returns the pipes of the service, listed for that; None where there is nothing to copy.

    Raises:
        UnknownPipe: None or several fit; the candidates are named.
        InvalidArguments: It is of another kind, or what was copied and given breaks a rule.
    """
    asked = call.arguments
    if not isinstance(asked, CopyArguments):
        return None
    service = await find_service_id(call.app, asked)
    pipes = await call.app.client.pipes(service)
    pipe = find_in(pipes, asked.like).pipe
    _check_kind(call, pipe, spec)
    given = {name: value for name, value in call.form.value.items() if name != "like"}
    copy = _copy_of(pipe, spec)
    misfits = leave_out_misfits(copy.arguments.get("source"), given.get("source"), spec)
    missing = _missing(copy.not_returned, given)
    try:
        valid = _judge(call, call.form.filled(_merged(copy.arguments, given)), missing)
    except InvalidArguments as error:
        error.fix = _what_to_give(pipe, missing, error.problems)
        raise
    call.arguments, call.form = valid.request, valid.form
    told = _left_behind(pipe, spec, copy, given)
    call.warnings += [*valid.warnings, *told, *misfits.tell()]
    return pipes


def _judge(call: Call[Any], whole: NormalForm, missing: Sequence[str]) -> Valid[Request]:
    """The whole arguments, held against every rule.

    Raises:
        InvalidArguments: With all problems; nothing is sent.
    """
    valid = valid_whole(call.tool, whole)
    missed = list(_missed(call.tool.rules, valid, missing))
    if missed:
        raise InvalidArguments(missed)
    return valid


def _missed(
    rules: Iterable[Rule[Any]], valid: Valid[Request], missing: Sequence[str]
) -> Iterator[Problem]:
    """Where a rule only warns of what is left out: here nobody chose to leave it out."""
    for rule in rules:
        for violation in rule.check(valid.request) if rule.effect == "warn" else ():
            if _is_below(".".join(map(str, violation.path)), missing):
                yield Problem(
                    valid.form.spelled(violation.path),
                    violation.message,
                    violation.allowed,
                    f"{violation.fix} A pipe that is to have none is created without like.".strip(),
                    rule.id,
                )


def _is_below(path: str, names: Iterable[str]) -> bool:
    return any(path == name or path.startswith(f"{name}.") for name in names)


def _check_kind(call: Call[Any], pipe: Pipe, spec: SourceSpec) -> None:
    kind = pipe_views.spec_of(pipe)
    if kind is spec:
        return
    label = pipe_views.source_label(pipe)
    raise InvalidArguments(
        [
            Problem(
                call.form.spelled(("like",)),
                f"is a pipe that reads {label}, which this tool does not create",
                fix=f"Call create_{kind.key}_clickpipe with the same like." if kind else "",
            )
        ]
    )


def _copy_of(pipe: Pipe, spec: SourceSpec) -> _Copy:
    copy = _Copy()
    schema, shown = full_schema(spec.create), input_schema(spec.create)
    sent = pipe.truth
    taken = _Taking(copy, spec)
    parts: dict[str, tuple[object, object]] = {
        "source": (sent.arm_body, pipe.arm_body),
        "destination": (sent.destination, pipe.destination),
        "field_mappings": (sent.field_mappings, pipe.field_mappings),
        "settings": (sent.settings, pipe.settings),
    }
    if "scaling" in shown["properties"]:
        # While a size settles, none or 0 is shown.
        is_shown = pipe.scaling is not None and pipe.scaling.replicas
        size = pipe.scaling.model_dump(exclude_none=True) if pipe.scaling and is_shown else {}
        copy.not_returned += [] if is_shown else ["scaling"]
        parts["scaling"] = (size, size)
    for name, (true, cleaned) in parts.items():
        if name in schema["properties"]:
            value = taken.value(true, cleaned, schema["properties"][name], name)
            if name in _PARTS or value:
                copy.arguments[name] = value
    copy.not_returned += not_returned(pipe)
    if "settings" in schema["properties"] and not pipe.settings:
        copy.not_returned.append("settings")
    return copy


@dataclass(frozen=True)
class _Taking:
    """Takes values over; what cannot be taken is noted."""

    copy: _Copy
    spec: SourceSpec

    def value(self, true: object, shown: object, schema: JsonObject, path: str) -> object:
        if isinstance(true, Mapping):
            return self._fields(true, shown if isinstance(shown, Mapping) else {}, schema, path)
        if isinstance(true, list | tuple) and isinstance(shown, list | tuple):
            items = schema.get("items", {})
            pairs = zip(true, shown, strict=False)
            return [self.value(one, other, items, path) for one, other in pairs]
        return true

    def _fields(
        self,
        true: Mapping[str, object],
        shown: Mapping[str, object],
        schema: JsonObject,
        path: str,
    ) -> dict[str, object]:
        properties = schema.get("properties", {})
        found: dict[str, object] = {}
        for key, value in true.items():
            name = snake_case(key)
            place = f"{path}.{name}"
            if value is None or value in ("", [], {}):
                continue
            if name not in properties:
                self.copy.not_known.append(place)
            elif self.spec.read_back.is_single(name, value):
                self.copy.not_shareable.append(place)
            elif _is_masked(value, shown.get(key)):
                self.copy.not_returned.append(place)
            else:
                taken = self.value(value, shown.get(key), properties[name], place)
                if taken not in ({}, []):
                    found[name] = taken
        return found


def _is_masked(true: object, shown: object) -> bool:
    """Whether a read shows less than there is: a secret that should not have come back at all."""
    is_text = isinstance(true, str) and isinstance(shown, str)
    return is_text and (MASK in str(shown) or MASK in str(true))


def _merged(copied: Mapping[str, object], given: Mapping[str, object]) -> dict[str, object]:
    """What is given wins; objects are merged, everything else is replaced."""
    merged = {**copied, **given}
    for name in copied.keys() & given.keys():
        ours, theirs = copied[name], given[name]
        if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
            merged[name] = _merged(ours, theirs)
    return merged


def _missing(names: Sequence[str], given: Mapping[str, object]) -> list[str]:
    """Those of the paths that the call does not give."""
    return [name for name in dict.fromkeys(names) if not _is_given(name, given)]


def _is_given(path: str, given: object) -> bool:
    for step in path.split("."):
        if not isinstance(given, Mapping) or step not in given:
            return False
        given = given[step]
    return True


def _said(names: Sequence[str]) -> str:
    rest = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _called(pipe: Pipe) -> str:
    return f"{quote(pipe.name)} ({pipe.id})"


def _what_to_give(pipe: Pipe, missing: Sequence[str], problems: Sequence[Problem]) -> str:
    asked_for = {
        ".".join(snake_case(step) for step in problem.path.split(".")) for problem in problems
    }
    never = [name for name in missing if any(_is_below(path, [name]) for path in asked_for)]
    to_give = f" The API never returns {_said(never)}, so give it here." if never else ""
    return f"What is not given here was copied from {_called(pipe)}.{to_give}"


def _left_behind(
    pipe: Pipe, spec: SourceSpec, copy: _Copy, given: Mapping[str, object]
) -> list[str]:
    """What the new pipe does not have of the other, where nothing was given for it."""
    told = []
    missing = _missing(copy.not_returned, given)
    if missing:
        told.append(
            f"Copied from {_called(pipe)}, but for what the API does not return, whether it is set "
            f"or not: {_said(missing)}. Give what of it the new pipe needs."
        )
    alone = _missing(copy.not_shareable, given)
    if alone:
        told.append(f"Not copied, because two pipes cannot share it: {_said(alone)}.")
        told += spec.read_back.tell_without(name.rpartition(".")[2] for name in alone)
    unknown = _missing(copy.not_known, given)
    if unknown:
        told.append(f"Not copied, because this server does not know it: {_said(unknown)}.")
    return told
