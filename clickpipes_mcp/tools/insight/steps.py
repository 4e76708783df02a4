"""Steps against a cause, made to fit the case: possible, in the provider's form, filled in."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pydantic import BaseModel

from clickpipes_mcp.contract import Family, SourceSpec
from clickpipes_mcp.diagnosis import (
    EGRESS,
    LOGIN,
    Facts,
    Finding,
    Provider,
    Step,
    StepKind,
    as_hosted,
    at_provider,
    provider_of,
)
from clickpipes_mcp.pipe_states import Stage, state_named
from clickpipes_mcp.source_facts import Compute
from clickpipes_mcp.sources import SOURCES, source_of
from clickpipes_mcp.tools.evidence.history import START
from clickpipes_mcp.tools.insight.names import Names, fill, names_of
from clickpipes_mcp.tools.insight.probes import PRIVATE_ENDPOINT
from clickpipes_mcp.tools.insight.sizes import sized
from clickpipes_mcp.tools.pipes.commands import RESYNC

FIXED: Final = "It never changes in place: recreate the pipe."
_ENDPOINT: Final = "create_private_endpoint"
_OFFERED: Final = (
    "Where that tool is not offered, the operator adds network to CLICKPIPES_TOOLSETS."
)
_UPDATE: Final = "update_clickpipe"
_SETTINGS: Final = "update_clickpipe_settings"
_SCALE: Final = "scale_clickpipe"
_CDC: Final = re.compile(r"\A(?:get|update)_cdc_scaling\Z")
_CREATES: Final[Mapping[str, SourceSpec]] = {
    f"create_{spec.key}_clickpipe": spec for spec in SOURCES
}


_GUIDE: Final = Step(StepKind.TOOL_CALL, "See what this kind of source allows.", "get_source_guide")


@dataclass(frozen=True)
class Case:
    """What is known of the pipe that steps are for; nothing where only a text was told.

    `way` is what the pipe goes through to its source, empty where it goes straight.
    """

    facts: Facts
    spec: SourceSpec | None = None
    provider: Provider | None = None
    way: str = ""
    names: Names | None = None


def case_of(facts: Facts, told: str = "", way: str = "") -> Case:
    """The case of a pipe, or of a text alone."""
    spec = source_of(facts.arm, facts.source_type)
    addresses = tuple(spec.addresses(facts.source)) if spec else ()
    provider = provider_of(facts.source_type, (*(one.host for one in addresses), told))
    if provider is None and addresses:
        provider = Provider.OWN
    return Case(facts, spec, provider, way, names_of(facts, addresses, told) if spec else None)


def steps_for(finding: Finding, case: Case) -> list[Step]:
    """What can be done about a finding in this case."""
    return fitting(finding.rule.fix, case)


def fitting(fix: Sequence[Step], case: Case) -> list[Step]:
    """The steps that are possible in this case, in its own words; there is always one."""
    for provider in (case.provider, Provider.OWN, None):
        if found := list(_fitting(fix, case, provider)):
            return found
    return [_GUIDE]


def is_recreation(step: Step, case: Case) -> bool:
    """Whether a step makes the pipe of the case anew."""
    made = _CREATES.get(step.code) if step.kind is StepKind.TOOL_CALL else None
    return made is not None and case.spec is not None and made.key == case.spec.key


def is_new_login(step: Step) -> bool:
    """Whether a step gives a pipe other secrets, and says no more of them."""
    return step.code == _UPDATE and step.changes == LOGIN and not step.arguments


def _fitting(steps: Sequence[Step], case: Case, provider: Provider | None) -> Iterator[Step]:
    facts = case.facts
    for step in steps:
        if not step.suits(facts.family, facts.arm, provider, facts.source_type):
            continue
        if step is EGRESS and case.way == PRIVATE_ENDPOINT:
            continue
        possible = _possible(step, case) if step.kind is StepKind.TOOL_CALL else step
        if possible is not None:
            placed = at_provider(as_hosted(possible, case.provider), case.provider)
            filled = fill(placed, case.names)
            is_extra = filled.code == _ENDPOINT
            yield replace(filled, text=f"{filled.text} {_OFFERED}") if is_extra else filled


def _possible(step: Step, case: Case) -> Step | None:
    """A call that this pipe allows; None where there is none that comes to the same."""
    spec, facts = case.spec, case.facts
    if step.code == START:
        may = facts.start_failed_at is None and _may_be_started(facts.state)
        return step if may else None
    if spec is None:
        return step
    if step.code == RESYNC.name:
        return step if spec.resyncable else None
    if step.code == _UPDATE:
        return _updating(step, spec, facts)
    if step.is_anew:
        return replace(step, code=f"create_{spec.key}_clickpipe")
    if step.code in _CREATES:
        return _creating(step, spec)
    if step.code == _SCALE:
        return _scaling(step, spec, facts)
    if step.code == _SETTINGS:
        return sized(step, facts, spec.settings) if _has_settings(step, spec) else None
    if _CDC.match(step.code):
        return sized(step, facts, None) if spec.family is Family.DATABASE else None
    return step


def changes_settings(fixes: Iterable[Iterable[Step]]) -> bool:
    """Whether a step changes settings, whose new values depend on those in force."""
    return any(step.code == _SETTINGS for steps in fixes for step in steps)


def _may_be_started(state: str) -> bool:
    return not state or state_named(state).stage in (Stage.RESTING, Stage.BROKEN)


def _updating(step: Step, spec: SourceSpec, facts: Facts) -> Step | None:
    fields = changed_fields(step)
    if spec.update is not None and (
        not fields
        or any(has_field(spec.update, field) for field in fields)
        or ("field_mappings" in fields and spec.family is not Family.DATABASE)
    ):
        return sized(step, facts, spec.update)
    if any(has_field(spec.create.model_fields["source"].annotation, one) for one in fields):
        return _recreating(step, spec)
    return None


def changed_fields(step: Step) -> tuple[str, ...]:
    """The fields of a source of which an update has to be able to change one."""
    source = step.arguments.get("source")
    return step.changes or (tuple(source) if isinstance(source, dict) else ())


def has_field(model: object, path: str) -> bool:
    """Whether a request has a field at this dotted path."""
    name, _, rest = path.partition(".")
    if not isinstance(model, type) or not issubclass(model, BaseModel):
        return False
    field = model.model_fields.get(name)
    if field is None or not rest:
        return field is not None
    return any(has_field(inner, rest) for inner in _models_in(field.annotation))


def _models_in(annotation: object) -> Iterator[object]:
    inner = getattr(annotation, "__args__", ())
    yield from inner or (annotation,)


def _creating(step: Step, spec: SourceSpec) -> Step | None:
    """The same for the pipe's own source, where it has the fields; another source stays."""
    wanted = _CREATES[step.code]
    if wanted.arm != spec.arm:
        return step
    fields = changed_fields(step)
    if wanted.key != spec.key and fields and not spec.source_fields.intersection(fields):
        return None
    return replace(step, code=f"create_{spec.key}_clickpipe")


def _recreating(step: Step, spec: SourceSpec) -> Step:
    return replace(step, code=f"create_{spec.key}_clickpipe", text=f"{step.text} {FIXED}")


def _scaling(step: Step, spec: SourceSpec, facts: Facts) -> Step | None:
    if spec.family is Family.DATABASE:
        return None
    if spec.charges is not None and spec.charges.compute is Compute.SIZED_ONCE:
        text = "Scale the service up, as its size at creation is the pipe's."
        return replace(_recreating(step, spec), text=f"{text} {FIXED}", arguments={})
    return sized(step, facts, None)


def _has_settings(step: Step, spec: SourceSpec) -> bool:
    if spec.settings is None:
        return False
    named = step.arguments.get("settings")
    known = spec.settings.model_fields
    return not isinstance(named, dict) or any(name in known for name in named)
