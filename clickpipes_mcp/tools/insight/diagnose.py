"""Finding out what is wrong with a pipe, or with a call that failed."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from pydantic import BaseModel, ConfigDict, Field

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.diagnosis import (
    Advice,
    Confidence,
    Facts,
    Finding,
    Step,
    advice_for,
)
from clickpipes_mcp.errors import InvalidArguments, NextAction, Problem
from clickpipes_mcp.pipe_states import state_named
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.sources import source_of
from clickpipes_mcp.tools import pipe_views as shown
from clickpipes_mcp.tools.addressing import PipeArguments, ServiceArguments, find_pipe
from clickpipes_mcp.tools.evidence.causes import causes_in, notes_in
from clickpipes_mcp.tools.evidence.gathering import Sight, add_rates, gather
from clickpipes_mcp.tools.insight.next_steps import calls
from clickpipes_mcp.tools.insight.probes import ProbeResult, probe
from clickpipes_mcp.tools.pipes.commands import RESYNC
from clickpipes_mcp.tools.record import Call, Effect, ToolSpec
from clickpipes_mcp.tools.views import View, actions

MOST_STEPS_OF_OTHERS = 2
MOST_EVIDENCE = 3
MOST_ADVICE = 2
_LONGEST_ERROR = 20_000
_OWN_CODE = re.compile(r"\A[a-z]+(?:_[a-z]+)+: ")
"""What an error of this server begins with: a word of ours, which rules would take for theirs."""

_NAME = re.compile(r"\w+")
_STATUS = re.compile(r"\(([45]\d\d)\)|\b(?:status|HTTP)[ :/\d.]*\b([45]\d\d)\b", re.IGNORECASE)


class DiagnoseArguments(ServiceArguments):
    """What to look at."""

    clickpipe: str | None = Field(default=None, min_length=1, description="Id or name.")
    error_text: str | None = Field(
        default=None, description="Error of a failed create, or from the console's Logs."
    )
    probe: bool | None = Field(default=None, description="Also try DNS, TCP, TLS from here.")


class FoundCause(BaseModel):
    """A cause, with what speaks for it."""

    model_config = ConfigDict(frozen=True)

    no: int
    cause: str
    severity: str
    confidence: str
    what: str
    why: str
    evidence: str
    documentation: str


class FixStep(BaseModel):
    """A step against the cause of that number."""

    model_config = ConfigDict(frozen=True)

    no: int
    where: str
    step: str
    code: str | None = None


class Diagnosis(View):
    """What was found, what to do, and what could not be seen."""

    state: str | None = None
    state_means: str | None = None
    findings: list[FoundCause] = Field(default_factory=list)
    steps: list[FixStep] = Field(default_factory=list)
    worth_knowing: list[str] = Field(default_factory=list)
    probes: list[ProbeResult] = Field(default_factory=list)
    looked_at: str = ""
    not_seen: list[str] = Field(default_factory=list)


async def diagnose_clickpipe(call: Call[DiagnoseArguments]) -> Diagnosis:
    """Look at everything, then say what it shows."""
    arguments = call.arguments
    told = _OWN_CODE.sub("", (arguments.error_text or "")[:_LONGEST_ERROR].strip())
    if arguments.clickpipe is None:
        if not told:
            place = call.form.spelled(("clickpipe",))
            raise InvalidArguments(
                [Problem(place, "is missing", fix="Name a ClickPipe, or pass error_text.")]
            )
        return _said_of_text(_with_told(Facts(), told), told)
    named = PipeArguments(clickpipe=arguments.clickpipe, service=arguments.service)
    pipe = await find_pipe(call.app, named)
    sight = await gather(call.app, pipe)
    sight.facts = _with_told(sight.facts, told)
    probes: list[ProbeResult] = []
    if arguments.probe:
        spec = shown.spec_of(pipe)
        addresses = spec.addresses(pipe.arm_body) if spec else ()
        probes = await probe(addresses, allow_private=call.app.settings.probe_private)
        sight.facts = _with_told(sight.facts, *(one.told for one in probes))
    if not causes_in(sight.facts) and "metrics" in sight.looked_at:
        # Nothing shows at a glance: whether anything moves takes a second sample.
        await call.report(0, None, "waiting for a second sample of the metrics")
        await add_rates(call.app, pipe, sight)
    return _said_of_pipe(pipe, sight, told, probes)


def _with_told(facts: Facts, *texts: str) -> Facts:
    told = tuple(text for text in texts if text)
    statuses = [match[1] or match[2] for text in told for match in _STATUS.finditer(text)]
    status = int(statuses[-1]) if statuses else facts.http_status
    return replace(facts, errors=(*facts.errors, *told), http_status=status)


def _said_of_text(facts: Facts, told: str) -> Diagnosis:
    findings = causes_in(facts) or notes_in(facts)
    return Diagnosis(
        summary=_headline(findings, "the error")
        if findings
        else "The error text matches nothing that is known.",
        findings=_causes(findings),
        steps=_steps(findings, None, facts),
        worth_knowing=_advice(told, facts, findings),
        looked_at="the error text",
        next_actions=actions(*calls(_all_steps(findings, facts), {})),
    )


def _said_of_pipe(pipe: Pipe, sight: Sight, told: str, probes: Sequence[ProbeResult]) -> Diagnosis:
    causes = causes_in(sight.facts)
    notes = notes_in(sight.facts)
    findings = causes or notes
    name = clean(pipe.name, limit=80)
    spec = shown.spec_of(pipe)
    known: dict[str, object] = {"clickpipe": pipe.id}
    if spec:
        known["source"] = spec.key
    following = calls(_all_steps(causes, sight.facts), known)
    return Diagnosis(
        summary=_headline(causes, f"“{name}”")
        if causes
        else f"Nothing wrong found with “{name}”, which is {pipe.state}.",
        state=pipe.state,
        state_means=state_named(pipe.state).meaning,
        findings=_causes(findings),
        steps=_steps(findings, pipe, sight.facts),
        worth_knowing=[
            *(f"{note.rule.title}. {note.rule.cause}" for note in notes if causes),
            *_advice(told, sight.facts, findings),
        ],
        probes=list(probes),
        looked_at=", ".join(sight.looked_at),
        not_seen=[clean(reason, limit=300) for reason in sight.unseen],
        next_actions=actions(*(following or _otherwise(pipe, causes))),
    )


def _otherwise(pipe: Pipe, findings: Sequence[Finding]) -> list[NextAction]:
    if findings:
        again = NextAction("diagnose_clickpipe", "once the fix is made", {"clickpipe": pipe.id})
        return [again]
    return shown.what_next(pipe)


def _headline(findings: Sequence[Finding], of_what: str) -> str:
    first, others = findings[0].rule, len(findings) - 1
    more = f" ({others} more below)" if others else ""
    if findings[0].confidence is Confidence.LOW:
        return f"Nothing certain is wrong with {of_what}; perhaps: {first.title}.{more}"
    return f"Most likely cause of the trouble with {of_what}: {first.title}.{more}"


def _causes(findings: Iterable[Finding]) -> list[FoundCause]:
    return [
        FoundCause(
            no=number,
            cause=finding.rule.id,
            severity=finding.rule.severity.name.lower(),
            confidence=finding.confidence.name.lower(),
            what=finding.rule.title,
            why=finding.rule.cause,
            evidence="; ".join(_evidence(finding)),
            documentation=finding.rule.documentation,
        )
        for number, finding in enumerate(findings, 1)
    ]


def _evidence(finding: Finding) -> Iterator[str]:
    # Two thresholds may judge one reading: it is shown once.
    told = {item.text.partition(" (inferred")[0]: item for item in reversed(finding.evidence)}
    for item in list(reversed(told.values()))[:MOST_EVIDENCE]:
        times = f" ({item.count} times)" if item.count > 1 else ""
        yield f"{item.where}: {item.text}{times}"


def _all_steps(findings: Iterable[Finding], facts: Facts) -> Iterator[Step]:
    for finding in findings:
        yield from _suitable(finding, facts)


def _suitable(finding: Finding, facts: Facts) -> list[Step]:
    spec = source_of(facts.arm, facts.source_type)
    is_refused = {RESYNC.name: spec is not None and not spec.resyncable}
    return [
        step
        for step in finding.rule.fix
        if step.suits(facts.family) and not is_refused.get(step.code)
    ]


def _steps(findings: Iterable[Finding], pipe: Pipe | None, facts: Facts) -> list[FixStep]:
    return [
        FixStep(
            no=number,
            where=step.kind.value,
            step=step.text,
            code=_filled(step.code, pipe) or None,
        )
        for number, finding in enumerate(findings, 1)
        for step in _suitable(finding, facts)[: None if number == 1 else MOST_STEPS_OF_OTHERS]
    ]


def _filled(code: str, pipe: Pipe | None) -> str:
    """A step's code with the names of the pipe's own table in it."""
    destination = pipe.destination if pipe else {}
    for placeholder, key in (("<database>", "database"), ("<table>", "table")):
        value = destination.get(key)
        if isinstance(value, str) and _NAME.fullmatch(value):
            code = code.replace(placeholder, value)
    return code


def _advice(told: str, facts: Facts, findings: Sequence[Finding]) -> list[str]:
    """What may help with a symptom of which at most a guess is known."""
    if not told or any(one.confidence is not Confidence.LOW for one in findings):
        return []
    pieces: Sequence[Advice] = advice_for(told, facts)[:MOST_ADVICE]
    return [
        f"{piece.title}. {piece.cause} {' '.join(step.text for step in piece.fix)} "
        f"({piece.documentation})"
        for piece in pieces
    ]


DIAGNOSE = ToolSpec(
    name="diagnose_clickpipe",
    title="Diagnose a ClickPipe",
    description="Show why a ClickPipe or a failed call goes wrong: causes, evidence, fixes.",
    toolset="insight",
    effect=Effect.READ,
    arguments=DiagnoseArguments,
    view=Diagnosis,
    run=diagnose_clickpipe,
)
TOOLS = (DIAGNOSE,)
