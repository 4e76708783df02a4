"""Asking the API what a source holds."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from clickpipes_mcp.cloud import DiscoveredSchema
from clickpipes_mcp.contract import Request, Rule, SourceSpec, Violation
from clickpipes_mcp.counting import counted
from clickpipes_mcp.errors import InvalidArguments, Problem
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.schema_shape import JsonObject, with_merged
from clickpipes_mcp.secret_refs import SendableBody
from clickpipes_mcp.sources import SOURCES, source_called
from clickpipes_mcp.tools.addressing import ServiceArguments, find_service_id
from clickpipes_mcp.tools.agreement import ConfirmedArguments
from clickpipes_mcp.tools.arguments import Valid, apply, valid_part
from clickpipes_mcp.tools.dry_run import DryRunArguments, PlannedRequest, as_dry_run, preview
from clickpipes_mcp.tools.insight.table_proposal import propose
from clickpipes_mcp.tools.record import Call, Effect, Prepared, ToolSpec
from clickpipes_mcp.tools.secret_recipients import sent_secrets
from clickpipes_mcp.tools.views import View
from clickpipes_mcp.tools.writes import Write, send

MOST_FIELDS = 200
MOST_REASONS = 10
_OPERATION = "discover schema"
_KINDS = {spec.key: spec for spec in SOURCES if spec.discoverable}


class DiscoveryArguments(ConfirmedArguments, DryRunArguments, ServiceArguments):
    """Which source to look into."""

    kind: str = Field(description="Kind of source, as in its create tool.")
    source: dict[str, JsonValue] = Field(description="As that tool takes it, with credentials.")


class FoundField(BaseModel):
    """One field of the source."""

    model_config = ConfigDict(frozen=True)

    name: str
    type: str
    optional: bool | None = None


class SchemaView(View):
    """What a sample of the source holds; in a dry run, the request that would take it."""

    fields: list[FoundField] = Field(default_factory=list)
    request: PlannedRequest | None = None
    proposal: dict[str, object] | None = None
    reasons: list[str] = Field(default_factory=list)


def _source_model(spec: SourceSpec) -> type[Request]:
    return cast("type[Request]", spec.create.model_fields["source"].annotation)


async def prepare_discovery(call: Call[DiscoveryArguments]) -> Prepared:
    """Prepare to take a sample of a source. It creates nothing, but sends the secrets there."""
    called = source_called(call.arguments.kind)
    spec = _KINDS.get(called.key) if called else None
    if spec is None:
        place = call.form.spelled(("kind",))
        raise InvalidArguments([Problem(place, "is not an allowed value", tuple(_KINDS))])
    valid = valid_part(_source_model(spec), call.arguments.source, (), at="source", arm=spec.arm)
    _check_source(call, spec, valid)
    body: dict[str, SendableBody] = {"source": {spec.arm: valid.request.body()}}
    act = partial(_discover, call, spec, valid.request, body)
    return Prepared(None, act, sent_secrets(body), body=body)


async def _discover(
    call: Call[DiscoveryArguments],
    spec: SourceSpec,
    source: Request,
    body: dict[str, SendableBody],
) -> SchemaView:
    service = await find_service_id(call.app, call.arguments, as_known=True)
    request = (await call.app.client.requests()).discover_schema(service, body)
    write = Write(request, _OPERATION, service)
    if call.is_dry_run:
        return SchemaView(
            summary=as_dry_run(f"Would take a sample of the {spec.title} source."),
            request=preview(call, write),
        )
    return _answer(spec, source, await send(call, write))


def _answer(spec: SourceSpec, source: Request, found: DiscoveredSchema) -> SchemaView:
    fields = [
        FoundField(
            name=clean(field.name, limit=120),
            type=clean(field.type, limit=120),
            optional=field.optional or None,
        )
        for field in found.fields[:MOST_FIELDS]
        if field.name
    ]
    left_out = len(found.fields) - len(fields)
    if not fields:
        return SchemaView(summary="The sample of the source holds no fields.", fields=[])
    table = propose(fields, source.model_dump(exclude_none=True))
    return SchemaView(
        summary=f"{counted(len(found.fields), 'field was', 'fields were')} found in a sample of "
        f"the {spec.title} source. The proposal is a destination for create_{spec.key}_clickpipe.",
        fields=fields,
        proposal=dict(table.destination),
        reasons=[*table.reasons[:MOST_REASONS], *table.reasons[MOST_REASONS:][-2:]],
        warnings=[f"{left_out} more fields are not shown."] if left_out else [],
    )


def _check_source(call: Call[Any], spec: SourceSpec, valid: Valid[Request]) -> None:
    """Apply the rules of the source, as its create tool does, to a pipe that has it.

    Raises:
        InvalidArguments: With all problems; nothing is sent.
    """
    pipe = spec.create.model_validate(spec.example).model_copy(update={"source": valid.request})
    refused, warnings = apply(map(_about_source, spec.rules), pipe, valid.form)
    if refused:
        raise InvalidArguments(refused)
    call.warnings += warnings


def _about_source(rule: Rule[Any]) -> Rule[Any]:
    """The same rule, which reports only what is wrong within `source`."""

    def check(request: Request) -> Iterator[Violation]:
        return (found for found in rule.check(request) if found.path[:1] == ("source",))

    return replace(rule, check=check)


def _with_source_fields(published: JsonObject, _sources: Collection[str]) -> JsonObject:
    models = [_source_model(spec) for spec in _KINDS.values()]
    merged = with_merged(published, "source", models, only_required=True)
    kind = {**merged["properties"]["kind"], "enum": list(_KINDS)}
    return {**merged, "properties": {**merged["properties"], "kind": kind}}


DISCOVER = ToolSpec(
    name="discover_source_schema",
    title="Discover a source's schema",
    description="Connect to a source with its credentials: show its fields and propose a "
    "destination. Object storage needs a running service.",
    toolset="insight",
    effect=Effect.CONTACT,
    arguments=DiscoveryArguments,
    view=SchemaView,
    prepare=prepare_discovery,
    schema=_with_source_fields,
)
TOOLS = (DISCOVER,)
