"""Creating reverse private endpoints."""

from collections.abc import Sequence

from clickpipes_mcp.cloud import PrivateEndpoint
from clickpipes_mcp.errors import ClickPipesError, Conflict, NextAction, NobodyYet
from clickpipes_mcp.pipe_states import Stage
from clickpipes_mcp.private_endpoints import (
    CREATE_RULES,
    KINDS,
    CreateEndpoint,
    dns_unique,
    hosted_on,
    status_named,
)
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.tools import _endpoint_views as shown
from clickpipes_mcp.tools._endpoint_targets import check, planned_endpoint, taken_names
from clickpipes_mcp.tools._endpoint_views import EndpointOutcome
from clickpipes_mcp.tools._targets import ServiceArguments, service_id
from clickpipes_mcp.tools._tool import Call, Effect, ToolSpec
from clickpipes_mcp.tools._writes import DryRunArguments, sent
from clickpipes_mcp.tools.views import actions


class CreateArguments(DryRunArguments, CreateEndpoint, ServiceArguments):
    """The endpoint to create."""


async def create_endpoint(call: Call[CreateArguments]) -> EndpointOutcome:
    """Create an endpoint; what exists already is not made twice."""
    client, arguments = call.app.client, call.arguments
    service = await service_id(call.app, arguments)
    kind = KINDS[arguments.type]
    existing = await client.private_endpoints(service)
    check(call, arguments, [dns_unique(taken_names(existing))])
    if kind.provider:
        check(call, arguments, [hosted_on((await client.service(service)).provider)])
    _refuse_twin(arguments, existing)
    given = arguments.model_dump(include=set(CreateEndpoint.model_fields), exclude_unset=True)
    body = CreateEndpoint.model_validate(given).body()
    if call.is_dry_run:
        return planned_endpoint(
            (await client.requests()).create_private_endpoint(service, body),
            f"Would create the {kind.title} endpoint. Beforehand, at the source: {kind.prepare}",
        )
    try:
        made = await sent(
            call,
            "create private endpoint",
            lambda: client.create_private_endpoint(service, body),
            service_id=service,
            name=arguments.description,
        )
    except NobodyYet as error:
        if not error.may_have_happened:
            raise
        made = await _found_after_all(call, service, existing, error)
    later = f" Then: {kind.accept}" if kind.accept else ""
    return EndpointOutcome(
        summary=f"Created the private endpoint “{clean(shown.label(made), limit=80)}”; it is "
        f"{made.status}: {status_named(made.status).meaning}.{later}",
        endpoint=shown.row(made),
        next_actions=actions(*shown.what_next(made)),
    )


def _refuse_twin(wanted: CreateEndpoint, existing: Sequence[PrivateEndpoint]) -> None:
    """What leads to the same place cannot exist twice, or hardly anybody wants it to."""
    kind = KINDS[wanted.type]
    for one in existing:
        if one.type != wanted.type or status_named(one.status).stage is Stage.BROKEN:
            continue
        if kind.exclusive:
            is_twin = _agree(wanted, one, kind.exclusive)
        else:
            is_twin = _agree(wanted, one, (*kind.companions, "description"))
        if is_twin:
            raise Conflict(
                f"A private endpoint to the same place exists already ({one.id}, {one.status}). "
                "Nothing was sent.",
                fix="Use it: several pipes of a service can go through one endpoint.",
                next_actions=[NextAction("get_private_endpoint", "shows it", {"endpoint": one.id})],
            )


def _agree(wanted: CreateEndpoint, one: PrivateEndpoint, names: Sequence[str]) -> bool:
    return all(getattr(wanted, name) == getattr(one, name) for name in names)


async def _found_after_all(
    call: Call[CreateArguments],
    service: str,
    before: Sequence[PrivateEndpoint],
    error: NobodyYet,
) -> PrivateEndpoint:
    """The endpoint, where the answer was lost but the request had arrived."""
    wanted, known = call.arguments, {one.id for one in before}
    names = (*KINDS[wanted.type].companions, "type", "description")
    try:
        now = await call.app.client.private_endpoints(service)
    except ClickPipesError:
        error.message += " The list of private endpoints could not be read either."
        now = []
    for one in now:
        if one.id not in known and _agree(wanted, one, names):
            call.warnings.append(
                "The API did not confirm the creation, but the endpoint exists. It was not sent "
                "twice."
            )
            return one
    error.next_actions = (
        NextAction("list_private_endpoints", "look again in a minute, before creating it again"),
    )
    raise error


CREATE = ToolSpec(
    name="create_private_endpoint",
    title="Create a private endpoint",
    description="Create a reverse private endpoint, through which Kafka and database pipes of "
    "this service reach a source in a private network. Pass the fields of one type. dry_run says "
    "what has to be prepared at the source. Takes minutes; some types wait for their owner to "
    "accept.",
    toolset="private_endpoints",
    effect=Effect.WRITE,
    arguments=CreateArguments,
    view=EndpointOutcome,
    run=create_endpoint,
    rules=CREATE_RULES,
)
TOOLS = (CREATE,)
