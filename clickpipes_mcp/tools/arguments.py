"""Arguments checked against the schema and every rule, all problems at once."""

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Generic, TypeVar, cast

from pydantic import ValidationError

from clickpipes_mcp.argument_errors import problems_of, proposal
from clickpipes_mcp.argument_form import NormalForm, normal_form, snake_case
from clickpipes_mcp.contract import FieldPath, Request, Rule, Violation
from clickpipes_mcp.errors import InvalidArguments, Problem
from clickpipes_mcp.misplaced_references import find_misplaced_references, find_shown_marks
from clickpipes_mcp.quoted_names import find_quoted_names
from clickpipes_mcp.schema_shape import SECRET, JsonObject, full_schema, node_at
from clickpipes_mcp.sources import SOURCES, source_of
from clickpipes_mcp.tools.record import Call, Effect, ToolSpec
from clickpipes_mcp.tools.sound_part import NotKnownYetError, SoundPart, sound_part

R = TypeVar("R", bound=Request)

_MOST_REFUSALS = 5
"""Of one rule; it may find as many places as a pipe has tables."""


@dataclass(frozen=True)
class Valid(Generic[R]):
    """A request that may be sent, how the caller spelled it, and what to mention."""

    request: R
    form: NormalForm
    warnings: list[str] = field(default_factory=list)


def valid_call(
    tool: ToolSpec[Any], given: Mapping[str, object], hidden: Collection[str] = ()
) -> Valid[Request]:
    """The arguments of a tool as an assistant wrote them; `hidden` ones are not theirs to set.

    Raises:
        InvalidArguments: With all problems; nothing is sent.
    """
    model: type[Request] = tool.arguments
    schema = _schema(model)
    form = normal_form(given, schema, arm=tool.arm)
    misplaced = list(_of_another_source(tool, form))
    if misplaced:
        raise InvalidArguments(misplaced)
    not_theirs = [
        Problem(form.spelled((name,)), "is set by the operator of this server; leave it out")
        for name in form.value
        if name in hidden
    ]
    if tool.effect is not Effect.READ:
        not_theirs += find_shown_marks(form, ())
        not_theirs += find_quoted_names(form, schema, ())
    schema = _without(schema, hidden)
    if tool.copying is not None and form.value.get("like") is not None:
        return _checked(tool.copying, form, schema, (), (), not_theirs)
    return _checked(model, form, schema, (), tool.rules, not_theirs)


def _without(schema: JsonObject, hidden: Collection[str]) -> JsonObject:
    """A schema that proposes nothing of what no tool shows."""
    shown = {name: node for name, node in schema["properties"].items() if name not in hidden}
    return {**schema, "properties": shown} if hidden else schema


def valid_whole(tool: ToolSpec[Any], form: NormalForm) -> Valid[Request]:
    """The arguments of a tool that were brought into their form before, and filled in since.

    Raises:
        InvalidArguments: With all problems; nothing is sent.
    """
    model: type[Request] = tool.arguments
    return _checked(model, form, _schema(model), (), tool.rules, [])


def _of_another_source(tool: ToolSpec[Any], form: NormalForm) -> Iterator[Problem]:
    """A documented body pasted into the create tool of a different source."""
    source = form.value.get("source")
    if tool.arm is None or not isinstance(source, dict):
        return
    pasted = {("source", "type"): source_of(tool.arm, source.get("type"))}
    for key, inner in source.items():
        arm = _arms().get(snake_case(key))
        if arm is not None and isinstance(inner, dict):
            pasted[("source", key)] = source_of(arm, inner.get("type"))
    for place, meant in pasted.items():
        if meant is not None and meant.key != tool.source:
            yield Problem(
                form.spelled(place),
                f"belongs to a {meant.title} source",
                fix=f"Call create_{meant.key}_clickpipe with the same arguments.",
            )


def valid_part(
    model: type[R],
    given: Mapping[str, object],
    rules: Iterable[Rule[Any]],
    *,
    at: str,
    arm: str | None = None,
    fixed: Mapping[str, str] | None = None,
) -> Valid[R]:
    """The part of the arguments whose shape depends on what the call is about.

    `at` names the argument that holds it. `fixed` says of fields that exist but cannot be
    changed why, or what to do instead.

    Raises:
        InvalidArguments: With all problems; nothing is sent.
    """
    schema: JsonObject = {"type": "object", "properties": {at: _schema(model)}}
    form = normal_form({at: given}, schema, arm=arm)
    shown = [*find_shown_marks(form, (at,)), *find_quoted_names(form, schema, (at,))]
    return _checked(model, form, schema, (at,), rules, shown, fixed or {})


def _checked(
    model: type[R],
    form: NormalForm,
    schema: JsonObject,
    within: FieldPath,
    rules: Iterable[Rule[Any]],
    found: list[Problem],
    fixed: Mapping[str, str] | None = None,
) -> Valid[R]:
    misplaced = list(find_misplaced_references(form, schema))
    found = [*form.problems, *found, *misplaced]
    part: object = form.value
    for step in within:
        part = part[step] if isinstance(part, dict) else part
    try:
        request = model.model_validate(part)
    except ValidationError as error:
        told = list(problems_of(error, form, schema, within, fixed))
        more = form.left_out + error.error_count() - len(told)
        places = {problem.path for problem in misplaced}
        told = [problem for problem in told if problem.path not in places]
        details = error.errors(include_url=False, include_input=False)
        sound = sound_part(model, part, details, schema, within)
        told += _told_of_sound(rules, sound, form, within) if sound else []
        raise InvalidArguments([*found, *told], more=more) from None
    refused, warnings = apply(rules, request, form, within)
    found += refused
    if found:
        raise InvalidArguments(found, more=form.left_out)
    return Valid(request, form, warnings)


def _told_of_sound(
    rules: Iterable[Rule[Any]], sound: SoundPart[Any], form: NormalForm, within: FieldPath
) -> Iterator[Problem]:
    """What rules refuse of what is right by itself, as far as it is known while the rest is not."""
    for rule in rules:
        try:
            yield from apply((rule,), sound.request, form, within, sound.seen)[0]
        except NotKnownYetError:
            continue


def apply(
    rules: Iterable[Rule[Any]],
    request: Request,
    form: NormalForm,
    within: FieldPath = (),
    seen: Request | None = None,
) -> tuple[list[Problem], list[str]]:
    """What rules refuse and what they warn of, in the caller's spelling.

    A rule warns once, and refuses a few places and counts the rest. `seen` is what rules may read
    of the request.
    """
    refused: list[Problem] = []
    warnings: list[str] = []
    for rule in rules:
        violations = [_proposing(request, found) for found in rule.check(seen or request)]
        if not violations:
            continue
        found = [
            Problem(
                form.spelled((*within, *violation.path)),
                violation.message,
                violation.allowed,
                violation.fix,
                rule.id,
            )
            for violation in violations[:_MOST_REFUSALS]
        ]
        if rule.effect == "refuse":
            refused += _counted(found, len(violations) - len(found))
        else:
            warnings.append(_warning(found[0], len(violations) - 1))
    return refused, warnings


def _proposing(request: Request, violation: Violation) -> Violation:
    """What a rule found; where a secret was left out, with the reference that asks a person."""
    value: object = request
    for step in violation.path:
        value = getattr(value, step, None) if isinstance(step, str) else None
    node = node_at(_schema(type(request)), violation.path)
    if value is not None or SECRET not in node:
        return violation
    return replace(violation, fix=f"{violation.fix} {proposal(violation.path)}".strip())


def _counted(found: list[Problem], rest: int) -> Iterator[Problem]:
    """What one rule refuses: the first few, and how many more there are."""
    yield from found
    if rest > 0:
        yield Problem(found[0].path, f"and {rest} more", rule=found[0].rule)


def _warning(first: Problem, rest: int) -> str:
    """What one rule warns of, at its first place."""
    more = f" and {rest} more place{'s' if rest > 1 else ''}" if rest else ""
    said = (f"{first.path}{more}:" if first.path else "", first.message, first.fix)
    return f"{' '.join(word for word in said if word)} ({first.rule})"


@cache
def _arms() -> Mapping[str, str]:
    return {snake_case(spec.arm): spec.arm for spec in SOURCES}


@cache
def _schema(model: Hashable) -> JsonObject:
    return full_schema(cast("type[Request]", model))


def check(call: Call[Any], request: Request, rules: Sequence[Rule[Any]]) -> None:
    """Apply rules to a request that is made of a call's arguments.

    Raises:
        InvalidArguments: With all problems; nothing is sent.
    """
    refused, warnings = apply(rules, request, call.form)
    if refused:
        raise InvalidArguments(refused)
    call.warnings += warnings
