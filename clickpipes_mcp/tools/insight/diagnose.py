"""Finding out what is wrong with a pipe, or with a call that failed."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import anyio.lowlevel
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from clickpipes_mcp.checks import check_of
from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.diagnosis import (
    Advice,
    Confidence,
    Facts,
    Step,
    advice_for,
    unknown_of,
)
from clickpipes_mcp.diagnosis.speakers import Speaker, speakers_in
from clickpipes_mcp.errors import InvalidArguments, NextAction, Problem
from clickpipes_mcp.pipe_states import Stage, state_named
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools import pipe_views as shown
from clickpipes_mcp.tools.addressing import PipeArguments, ServiceArguments, find_pipe
from clickpipes_mcp.tools.evidence.causes import MOST_FINDINGS, Judged, judge
from clickpipes_mcp.tools.evidence.gathering import (
    ENDPOINTS,
    SETTINGS,
    Sight,
    add_rates,
    gather,
    look_closer,
)
from clickpipes_mcp.tools.insight.findings import (
    PIPE,
    QUOTED,
    Found,
    FoundCause,
    Told,
    causes,
    meaning_of,
    read,
)
from clickpipes_mcp.tools.insight.judgement import (
    Judgement,
    headline,
    more,
    of_quoted,
    worth_knowing,
)
from clickpipes_mcp.tools.insight.next_steps import calls, is_destructive
from clickpipes_mcp.tools.insight.probes import ProbeResult, probe, way_around
from clickpipes_mcp.tools.insight.recreation import own_source, secrets_of
from clickpipes_mcp.tools.insight.steps import (
    Case,
    case_of,
    changes_settings,
    fitting,
    is_new_login,
    is_recreation,
    steps_for,
)
from clickpipes_mcp.tools.insight.successors import needs_stop, stop_first, successor, tell
from clickpipes_mcp.tools.record import Call, Effect, ToolSpec
from clickpipes_mcp.tools.source_proposals import propose_look
from clickpipes_mcp.tools.views import MOST_NEXT_ACTIONS, View, actions

MOST_STEPS_OF_OTHERS = 2
MOST_ADVICE = 2
_LONGEST_ERROR = 20_000
_OWN_CODE = re.compile(r"\A[a-z]+(?:_[a-z]+)+: ")
"""What an error of this server begins with: a word of ours, which rules would take for theirs."""

_STATUS = re.compile(r"\(([45]\d\d)\)|\b(?:status|HTTP)[ :/\d.]*\b([45]\d\d)\b", re.IGNORECASE)


class DiagnoseArguments(ServiceArguments):
    """What to look at."""

    clickpipe: str | None = Field(default=None, min_length=1, description="Id or name.")
    error_text: str | None = Field(
        default=None, description="Error of a failed create, or from the console's Logs."
    )
    probe: bool | None = Field(default=None, description="Also try DNS, TCP and TLS from here.")


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
    """Gather what can be seen of the pipe and of the quoted error, and judge it."""
    arguments = call.arguments
    told = _OWN_CODE.sub("", (arguments.error_text or "")[:_LONGEST_ERROR].strip())
    if arguments.clickpipe is None:
        if not told:
            place = call.form.spelled(("clickpipe",))
            raise InvalidArguments(
                [Problem(place, "is missing", fix="Name a ClickPipe, or pass error_text.")]
            )
        return _said_of_text(told)
    named = PipeArguments(clickpipe=arguments.clickpipe, service=arguments.service)
    pipe = await find_pipe(call.app, named, as_known=True)
    sight = await gather(call.app, pipe)
    probes = await _probes(call, pipe, sight) if arguments.probe else []
    judged = await _judge(call, pipe, sight)
    sight.past = call.app.client.history.readings_of(pipe.sent.id)
    # Each of these computes for a while: the others get their turn in between.
    await anyio.lowlevel.checkpoint()
    said = _read(told, sight.facts)
    await anyio.lowlevel.checkpoint()
    diagnosis = _said_of_pipe(pipe, sight, Judgement(told, said, judged), probes)
    if not arguments.probe or _way(pipe, sight):
        return diagnosis
    looks = list(_look(pipe))
    first = diagnosis.next_actions[: MOST_NEXT_ACTIONS - len(looks)]
    return diagnosis.model_copy(update={"next_actions": [*first, *actions(*looks)]})


def _look(pipe: Pipe) -> Iterator[NextAction]:
    """The look at the pipe's own source, if what the API tells of it can be shown as it is."""
    spec = shown.spec_of(pipe)
    check = check_of(spec.key) if spec else None
    if spec and check and pipe.truth.arm_body == pipe.arm_body:
        yield from propose_look(spec, *own_source(pipe, spec, check.busy))


async def _judge(call: Call[DiagnoseArguments], pipe: Pipe, sight: Sight) -> Judged:
    """What is wrong; what is looked at besides depends on that, because requests are scarce."""
    judged = judge(sight.facts)
    if not judged.causes and "metrics" in sight.looked_at:
        # Nothing shows at a glance: whether anything moves takes a second sample.
        await call.report(0, None, "waiting for a second sample of the metrics")
        await add_rates(call.app, pipe, sight)
        judged = judge(sight.facts)
    if not judged.causes:
        sight.unseen += unknown_of(sight.facts)
        return judged
    closer = [ENDPOINTS]
    if changes_settings(one.rule.fix for one in judged.causes):
        closer.append(SETTINGS)
    await look_closer(call.app, pipe, sight, closer)
    return judge(sight.facts)


async def _probes(call: Call[DiagnoseArguments], pipe: Pipe, sight: Sight) -> list[ProbeResult]:
    """The result of connecting to the source from here, if the pipe connects the same way."""
    way = _way(pipe, sight)
    if way:
        sight.unseen.append(f"probes: not tried, as the pipe reaches its source through {way}.")
        return []
    spec = shown.spec_of(pipe)
    addresses = spec.addresses(pipe.truth.arm_body) if spec else ()
    found = await probe(addresses, allow_private=call.app.settings.probe_private)
    told = tuple(one.told for one in found if one.told)
    sight.facts = replace(sight.facts, probes=told)
    return found


def _way(pipe: Pipe, sight: Sight) -> str:
    spec = shown.spec_of(pipe)
    field = to_camel(spec.endpoint_ids) if spec else ""
    return way_around(pipe.truth.arm_body, field, has_endpoint=bool(sight.facts.endpoints))


def _read(told: str, facts: Facts) -> Told:
    # A status that a source or a registry answered is not one of the API.
    is_of_api = speakers_in(told) <= {Speaker.API}
    statuses = [match[1] or match[2] for match in _STATUS.finditer(told)] if is_of_api else []
    return read(told, facts, int(statuses[-1]) if statuses else None)


def _said_of_text(told: str) -> Diagnosis:
    facts = Facts()
    found = tuple(Found(one, QUOTED) for one in _read(told, facts).findings[:MOST_FINDINGS])
    return Diagnosis(
        summary=of_quoted(found[0].finding) + more(found)
        if found
        else "The error text matches nothing that is known here.",
        findings=causes(found, facts),
        steps=_steps(found, case_of(facts, told)),
        worth_knowing=_advice(told, facts, found),
        looked_at="the error text",
        next_actions=actions(*calls(_all_steps(found, case_of(facts, told)), {})),
    )


def _said_of_pipe(
    pipe: Pipe, sight: Sight, judgement: Judgement, probes: Sequence[ProbeResult]
) -> Diagnosis:
    found, facts = judgement.found, sight.facts
    spec = shown.spec_of(pipe)
    case = case_of(facts, judgement.text, _way(pipe, sight))
    known: dict[str, object] = {"clickpipe": pipe.id}
    if spec:
        known["source"] = spec.key
    is_wrong = bool(judgement.text or judgement.judged.causes)
    following = _following(found, case, pipe, known) if is_wrong else []
    return Diagnosis(
        summary=headline(judgement, pipe, sight),
        state=pipe.state,
        state_means=meaning_of(pipe.state, sight.change, facts.seen_at),
        findings=causes(found, facts),
        steps=_steps(found, case, pipe),
        worth_knowing=[*worth_knowing(judgement, sight), *_advice(judgement.text, facts, found)],
        probes=list(probes),
        looked_at=", ".join(sight.looked_at),
        not_seen=[clean(reason, limit=300) for reason in sight.unseen],
        next_actions=actions(*(following or _otherwise(pipe, is_wrong=is_wrong and bool(found)))),
    )


def _following(
    found: Sequence[Found], case: Case, pipe: Pipe, known: Mapping[str, object]
) -> list[NextAction]:
    if found and found[0].finding.rule.asks_for_text:
        why = "needs error_text, the last error of the console's Logs; without it nothing changes"
        return [NextAction("diagnose_clickpipe", why, {"clickpipe": known["clickpipe"]})]

    def complete(step: Step) -> NextAction | None:
        return _completed(step, pipe, case)

    steps = list(_all_steps(found, case))
    following = calls(steps, known, complete)
    stops = [stop_first(pipe)] if needs_stop(steps, pipe, case) else []
    if stops or (following and all(one.tool.startswith("create_") for one in following)):
        # A new pipe is the last thing to try.
        return [*_otherwise(pipe, is_wrong=True), *stops, *following][:MOST_NEXT_ACTIONS]
    return following


def _completed(step: Step, pipe: Pipe, case: Case) -> NextAction | None:
    """A create in place of the pipe, or an update of its secrets, with all its arguments."""
    spec = case.spec
    if spec is None:
        return None
    if is_recreation(step, case):
        made = successor(step, pipe, case)
        return NextAction(step.code, f"{step.text} {made.advice}", made.arguments) if made else None
    if is_new_login(step):
        secrets = secrets_of(pipe, spec, step.changes)
        arguments: dict[str, object] = {"clickpipe": pipe.id, "source": secrets}
        return NextAction(step.code, step.text, arguments) if secrets else None
    return None


def _otherwise(pipe: Pipe, *, is_wrong: bool) -> list[NextAction]:
    if state_named(pipe.state).stage is Stage.BROKEN:
        return [shown.tried_again(pipe)]
    if not is_wrong:
        return [one for one in shown.what_next(pipe) if one.tool != DIAGNOSE.name]
    why = "looks again once the fix is made"
    return [NextAction("diagnose_clickpipe", why, {"clickpipe": pipe.id})]


_ELSEWHERE = case_of(Facts())
"""The case of an error that is not about the pipe it was quoted with."""


def _all_steps(found: Iterable[Found], case: Case) -> Iterator[Step]:
    """The steps of all findings. Steps that destroy something are kept for the first one only."""
    of_pipe = [one for one in found if not one.is_foreign]
    for number, one in enumerate(of_pipe):
        for step in steps_for(one.finding, case):
            if not number or not (is_destructive(step) or is_recreation(step, case)):
                yield step


def _steps(found: Iterable[Found], case: Case, pipe: Pipe | None = None) -> list[FixStep]:
    return [
        FixStep(
            no=number,
            where=step.kind.value,
            step=tell(step, pipe, case) if pipe else step.text,
            code=step.code or None,
        )
        for number, one in enumerate(found, 1)
        for step in steps_for(one.finding, _ELSEWHERE if one.is_foreign else case)[
            : None if number == 1 else MOST_STEPS_OF_OTHERS
        ]
    ]


def _advice(told: str, facts: Facts, found: Sequence[Found]) -> list[str]:
    """What may help with a symptom of which at most a guess is known."""
    if not told or any(
        one.finding.confidence is not Confidence.LOW for one in found if one.of != PIPE
    ):
        return []
    case = case_of(facts, told)
    pieces: Sequence[Advice] = advice_for(told, facts)[:MOST_ADVICE]
    return [
        f"{_condition(piece, facts)}{piece.title}. {piece.cause} "
        f"{' '.join(step.text for step in fitting(piece.fix, case))} ({piece.documentation})"
        for piece in pieces
    ]


def _condition(piece: Advice, facts: Facts) -> str:
    """Of which source it holds, where nobody knows which one it is about."""
    if facts.arm or not piece.arms:
        return ""
    names = dict.fromkeys(source.title for source in SOURCES if source.arm in piece.arms)
    return f"If the source is {' or '.join(names)}: "


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
