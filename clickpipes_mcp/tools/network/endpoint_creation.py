"""Creating reverse private endpoints: each at most once."""

from collections.abc import Sequence
from typing import TypeAlias

from clickpipes_mcp.cloud import PrivateEndpoint
from clickpipes_mcp.private_endpoints import (
    CREATE_RULES,
    CreateEndpoint,
    dns_unique,
    hosted_on,
    status_named,
)
from clickpipes_mcp.tools.addressing import ServiceArguments, find_service_id
from clickpipes_mcp.tools.adoption import adopt, write_for
from clickpipes_mcp.tools.arguments import check
from clickpipes_mcp.tools.attempts import before_sending, create_once
from clickpipes_mcp.tools.dry_run import DryRunArguments
from clickpipes_mcp.tools.network import endpoint_views
from clickpipes_mcp.tools.network.endpoint_adoption import WantedEndpoint, unbroken
from clickpipes_mcp.tools.network.endpoint_targets import taken_names
from clickpipes_mcp.tools.network.endpoint_views import EndpointOutcome
from clickpipes_mcp.tools.record import Call, Effect, ToolSpec
from clickpipes_mcp.tools.views import actions
from clickpipes_mcp.tools.writes import Write


class CreateArguments(DryRunArguments, CreateEndpoint, ServiceArguments):
    """The endpoint to create."""


_Creation: TypeAlias = Call[CreateArguments]


async def create_endpoint(call: _Creation) -> EndpointOutcome:
    """Create an endpoint; what exists already, or turns out to, is not made twice."""
    arguments, client = call.arguments, call.app.client
    given = arguments.model_dump(include=set(CreateEndpoint.model_fields), exclude_unset=True)
    service = await find_service_id(call.app, arguments)
    wanted = WantedEndpoint(service, CreateEndpoint.model_validate(given))
    requests = await client.requests()
    request = requests.create_private_endpoint(service, wanted.request.body())
    write = write_for(wanted, request)
    if call.is_dry_run:
        return await _show(call, wanted, write)
    known: set[str] = set()

    async def first() -> PrivateEndpoint | None:
        before = await client.private_endpoints(service)
        known.update(one.id for one in before)
        return await _find_existing(call, wanted, before)

    async def look() -> PrivateEndpoint | None:
        return adopt(call, wanted, unbroken(await client.private_endpoints(service)))

    async def afterwards() -> PrivateEndpoint | None:
        # A new one that is broken already is the answer too.
        now = await client.private_endpoints(service)
        return adopt(call, wanted, [one for one in now if one.id not in known])

    made = await create_once(call, wanted, write, look, first=first, afterwards=afterwards)
    if made.is_new:
        return _answer_created(made.thing, wanted.kind.accept)
    return _answer_adopted(made.thing)


async def _show(
    call: _Creation, wanted: WantedEndpoint, write: Write[PrivateEndpoint]
) -> EndpointOutcome:
    before = await call.app.client.private_endpoints(wanted.service_id)
    with before_sending():
        endpoint = await _find_existing(call, wanted, before)
    if endpoint is not None:
        return _answer_adopted(endpoint)
    title, prepare = wanted.kind.title, wanted.kind.prepare
    return endpoint_views.show_write(
        call,
        write,
        f"Would create the {title} endpoint. Beforehand, at the source: {prepare}",
    )


async def _find_existing(
    call: _Creation, wanted: WantedEndpoint, endpoints: Sequence[PrivateEndpoint]
) -> PrivateEndpoint | None:
    """The endpoint that is there already. Where there is none, check that it can be created.

    Raises:
        Conflict: It is there and is set up differently, or is being deleted.
        InvalidArguments: Something else of the service does not let it be.
    """
    endpoint = adopt(call, wanted, unbroken(endpoints))
    if endpoint is not None:
        return endpoint
    check(call, call.arguments, [dns_unique(taken_names(endpoints))])
    if wanted.kind.provider:
        provider = (await call.app.client.service(wanted.service_id)).provider
        check(call, call.arguments, [hosted_on(provider)])
    beside = [one for one in unbroken(endpoints) if wanted.shares_place_with(one)]
    if beside:
        call.warnings.append(
            f"“{endpoint_views.name(beside[0])}” ({beside[0].id}) leads to the same "
            "place; several pipes of a service can go through one endpoint."
        )
    return None


def _answer_adopted(endpoint: PrivateEndpoint) -> EndpointOutcome:
    waits = f" It waits: {to_do}" if (to_do := endpoint_views.to_do(endpoint)) else ""
    return EndpointOutcome(
        summary=f"The private endpoint “{endpoint_views.name(endpoint)}” exists already "
        f"as asked for and was adopted. Nothing was sent. It is {_state_of(endpoint)}{waits}",
        endpoint=endpoint_views.row(endpoint),
        next_actions=actions(*endpoint_views.what_next(endpoint)),
    )


def _answer_created(endpoint: PrivateEndpoint, accept: str) -> EndpointOutcome:
    later = f" Then: {accept}" if accept else ""
    return EndpointOutcome(
        summary=f"Created the private endpoint “{endpoint_views.name(endpoint)}”; it is "
        f"{_state_of(endpoint)}{later}",
        endpoint=endpoint_views.row(endpoint),
        next_actions=actions(*endpoint_views.what_next(endpoint)),
    )


def _state_of(endpoint: PrivateEndpoint) -> str:
    return f"{endpoint.status}: {status_named(endpoint.status).meaning}."


CREATE = ToolSpec(
    name="create_private_endpoint",
    title="Create a private endpoint",
    description="Create a reverse private endpoint, through which Kafka and database pipes of "
    "this service reach a source in a private network. Pass the fields of one type. dry_run says "
    "what has to be prepared at the source. Takes minutes; some types wait for their owner to "
    "accept.",
    toolset="network",
    effect=Effect.WRITE,
    arguments=CreateArguments,
    view=EndpointOutcome,
    run=create_endpoint,
    rules=CREATE_RULES,
)
TOOLS = (CREATE,)
