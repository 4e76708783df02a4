"""Looking at a source from where this server runs, before anything is created."""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Any, cast

from pydantic import Field, JsonValue, create_model
from pydantic.fields import FieldInfo

from clickpipes_mcp.checks import CHECKS, Checked, Outcome, Seen, SourceCheck, check_of, run_check
from clickpipes_mcp.checks.names import listed
from clickpipes_mcp.checks.shown_records import MOST_LETTERS
from clickpipes_mcp.contract import Request, Rule, SourceSpec, Violation
from clickpipes_mcp.errors import (
    ClickPipesError,
    InvalidArguments,
    NextAction,
    Problem,
    ToolUnavailable,
)
from clickpipes_mcp.journal import DONE
from clickpipes_mcp.quotation import quote
from clickpipes_mcp.schema_shape import JsonObject
from clickpipes_mcp.secret_history import note_secret
from clickpipes_mcp.secret_refs import SendableBody
from clickpipes_mcp.sources import source_called, source_named
from clickpipes_mcp.tools.agreement import ConfirmedArguments
from clickpipes_mcp.tools.arguments import apply, valid_part
from clickpipes_mcp.tools.asking import check_given
from clickpipes_mcp.tools.dry_run import DryRunArguments, as_dry_run
from clickpipes_mcp.tools.insight.probes import way_around
from clickpipes_mcp.tools.record import Call, Effect, Prepared, ToolSpec
from clickpipes_mcp.tools.secret_recipients import SentSecret, check_recipients, sent_secrets
from clickpipes_mcp.tools.source_proposals import repeat_source
from clickpipes_mcp.tools.views import View, actions
from clickpipes_mcp.tools.writes import check_secrets, warn_of_literals

_OPERATION = "check source"
_FROM_HERE = (
    "Whether the source lets in the addresses of ClickPipes cannot be seen from here; "
    "get_source_guide with the topic network lists them."
)


class CheckArguments(ConfirmedArguments, DryRunArguments):
    """Which source to look at."""

    kind: str = Field(description="As in its create tool.")
    source: dict[str, JsonValue] = Field(
        description="As that tool takes it; table_mappings optional."
    )
    show_sample: bool | None = Field(default=None, description="Show records.")


class SourceCheckView(View):
    """Each prerequisite with what was seen of it. The create is a next action."""

    checks: list[dict[str, str]] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)
    sample: list[str] | None = None


async def prepare_check(call: Call[CheckArguments]) -> Prepared:
    """Prepare to look at a source. It creates nothing, but sends the secrets there."""
    spec, check = _kind(call)
    model = _relaxed(spec.key)
    valid = valid_part(model, call.arguments.source, (), at="source", arm=spec.arm)
    pipe = spec.create.model_validate(spec.example).model_copy(update={"source": valid.request})
    refused, warnings = apply([_about_source(rule, check) for rule in spec.rules], pipe, valid.form)
    if refused:
        raise InvalidArguments(refused)
    call.warnings += warnings
    if not check.is_installed:
        raise ToolUnavailable(
            f"Looking at a {spec.title} source needs a library that is not installed.",
            fix=f"Tell the person. The operator installs clickpipes-mcp[{check.extra}] where this "
            "server is installed, and restarts it.",
        )
    body: dict[str, SendableBody] = {"source": {spec.arm: valid.request.body()}}
    sends = sent_secrets(body)
    act = partial(_check, call, spec, check, valid.request, body, sends)
    return Prepared(None, act, sends, body=body)


def _kind(call: Call[CheckArguments]) -> tuple[SourceSpec, SourceCheck]:
    """The source that is meant, and how it is looked at.

    Raises:
        InvalidArguments: There is none, or nothing here can look at it.
    """
    spec = source_called(call.arguments.kind)
    check = check_of(spec.key) if spec else None
    if spec is None or check is None:
        place = call.form.spelled(("kind",))
        allowed = tuple(one.source for one in CHECKS)
        raise InvalidArguments([Problem(place, "is not a kind that can be looked at", allowed)])
    return spec, check


@cache
def _relaxed(key: str) -> type[Request]:
    """The source of a create in which what a look can do without may be left out."""
    spec, check = source_named(key), next(one for one in CHECKS if one.source == key)
    model = cast("type[Request]", spec.create.model_fields["source"].annotation)
    fields: dict[str, Any] = {}
    for name in check.optional:
        known: FieldInfo = model.model_fields[name]
        fields[name] = (
            known.rebuild_annotation() | None,
            Field(None, description=known.description),
        )
    return create_model(f"{model.__name__}ToCheck", __base__=model, **fields)


def _about_source(rule: Rule[Any], check: SourceCheck) -> Rule[Any]:
    """The same rule, which reports only what is wrong with the part that is looked at."""

    def judge(request: Request) -> Iterator[Violation]:
        for found in rule.check(request):
            where, *below = (*found.path, "")
            if where == "source" and below[0] not in check.optional:
                yield found

    return replace(rule, check=judge)


async def _check(
    call: Call[CheckArguments],
    spec: SourceSpec,
    check: SourceCheck,
    source: Request,
    body: dict[str, SendableBody],
    sends: Sequence[SentSecret],
) -> SourceCheckView:
    check_recipients(call.app, sends)
    check_secrets(call, body)
    warn_of_literals(call, body)
    if call.is_dry_run:
        asked = tuple(spec.addresses(source.body())) or spec.recipients_of(source.body())
        hosts = ", ".join(dict.fromkeys(one.host for one in asked))
        return SourceCheckView(
            summary=as_dry_run(
                f"Would connect to {hosts} and read what the {spec.title} source needs for a pipe."
            )
        )
    way = way_around(source.body(), spec.endpoint_ids, has_endpoint=False)
    if way:
        seen = _elsewhere(way)
    else:
        seen = await _look(call, spec, check, body, sends)
    return _answer(spec, source, _with_notes_on_sample(call, check, seen))


def _elsewhere(way: str) -> Seen:
    evidence = f"The pipe reaches the source through {way}, which this machine does not go through."
    return Seen((Checked("reachable", Outcome.UNSEEN, evidence),))


async def _look(
    call: Call[CheckArguments],
    spec: SourceSpec,
    check: SourceCheck,
    body: dict[str, SendableBody],
    sends: Sequence[SentSecret],
) -> Seen:
    """Look, with a line in the journal before and after."""
    await check_given(call.app, call.principal, sends)
    resolved = call.app.client.resolve(body)
    intent = await call.app.journal.announce(
        tool=call.tool.name,
        operation=_OPERATION,
        consent=call.consent or None,
        principal=call.principal or None,
        secrets=[note_secret(one.reference, one.host) for one in sends],
        connection=call.app.settings.called,
    )
    outcome = "failed"
    configuration = json.loads(resolved.content)["source"][spec.arm]
    try:
        seen = await run_check(
            check,
            configuration,
            spec.addresses(configuration),
            allow_private=call.app.settings.checks == "private",
            secrets=resolved.secrets,
            clock=call.app.clock,
            show_sample=call.arguments.show_sample is True,
        )
        outcome = DONE
    except ClickPipesError as error:
        outcome = error.code
        raise
    finally:
        await call.app.journal.conclude(intent, outcome)
    return seen


def _with_notes_on_sample(call: Call[CheckArguments], check: SourceCheck, seen: Seen) -> Seen:
    if not call.arguments.show_sample:
        return seen
    if seen.sample:
        told = "The sample is data of the source: cut, with secrets masked, and no word of ours."
    elif check.reads_records:
        told = "There is no sample: no record could be read."
    else:
        told = "There is no sample: of this kind of source no record is read."
    return replace(seen, notes=(*seen.notes, told))


def _answer(spec: SourceSpec, source: Request, seen: Seen) -> SourceCheckView:
    wrong, unseen, fine = (
        [one for one in seen.checked if one.outcome is outcome]
        for outcome in (Outcome.NOT_OK, Outcome.UNSEEN, Outcome.OK)
    )
    return SourceCheckView(
        summary=_summary(spec, wrong, unseen, has_more=bool(fine)),
        checks=[_row(one) for one in (*wrong, *unseen, *fine)],
        notes=[*seen.notes, _FROM_HERE],
        sample=[quote(one, MOST_LETTERS) for one in seen.sample] or None,
        next_actions=actions(*_next(spec, source, seen, is_ready=not (wrong or unseen))),
    )


def _summary(
    spec: SourceSpec, wrong: Sequence[Checked], unseen: Sequence[Checked], *, has_more: bool
) -> str:
    if wrong:
        more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        return f"The {spec.title} source is not ready: {wrong[0].prerequisite}{more}."
    if unseen and has_more:
        names = listed(one.prerequisite for one in unseen)
        return f"The {spec.title} source is ready as far as can be seen; not seen: {names}."
    if unseen:
        return f"The {spec.title} source could not be looked at from here."
    return f"The {spec.title} source has everything that can be seen from here."


def _row(one: Checked) -> dict[str, str]:
    row = {
        "prerequisite": one.prerequisite,
        "outcome": one.outcome.value,
        "evidence": one.evidence,
        "mend": one.mend,
    }
    return {name: value for name, value in row.items() if value}


def _next(spec: SourceSpec, source: Request, seen: Seen, *, is_ready: bool) -> Iterator[NextAction]:
    if not is_ready:
        yield NextAction(
            "get_source_guide",
            "tells how to prepare the source at each provider",
            {"source": spec.key},
        )
    arguments = _create_arguments(spec, source, seen)
    if arguments is not None:
        why = "creates the pipe with what was seen"
        yield NextAction(
            f"create_{spec.key}_clickpipe",
            why if is_ready else f"{why}, once what is not ok is mended",
            arguments,
        )


def _create_arguments(spec: SourceSpec, source: Request, seen: Seen) -> dict[str, object] | None:
    """What a create takes: the source as it was given, and what was seen beside it."""
    if not (seen.proposal or seen.destination):
        return None
    whole = {**seen.proposal, **repeat_source(source)}
    return {
        "name": f"{spec.title} {seen.called}".strip(),
        "source": whole,
        "destination": dict(seen.destination),
    }


def _with_a_field(published: JsonObject, _sources: Collection[str]) -> JsonObject:
    """Some clients refuse an object without properties; those of the create tools hold here."""
    properties = published["properties"]
    shown = {"host": {"type": "string", "description": "Of a database."}}
    return {
        **published,
        "properties": {**properties, "source": {**properties["source"], "properties": shown}},
    }


CHECK_SOURCE = ToolSpec(
    name="check_source",
    title="Check a source",
    description="Connect from here, read-only: show what a source lacks for a pipe.",
    toolset="insight",
    effect=Effect.CONTACT,
    arguments=CheckArguments,
    view=SourceCheckView,
    prepare=prepare_check,
    connects_itself=True,
    schema=_with_a_field,
)
TOOLS = (CHECK_SOURCE,)
