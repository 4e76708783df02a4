"""Creating reverse private endpoints: each at most once."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeAlias

from anyio.lowlevel import checkpoint

from clickpipes_mcp.cloud import Pipe, PrivateEndpoint
from clickpipes_mcp.consent import NAMES_CHANGED, Impact, Operation
from clickpipes_mcp.errors import ConsentStale
from clickpipes_mcp.private_endpoints import (
    CREATE_RULES,
    CreateEndpoint,
    dns_unique,
    hosted_on,
    status_named,
)
from clickpipes_mcp.quotation import quote, quote_unless_plain
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.secret_refs import digest_of
from clickpipes_mcp.tools.addressing import ServiceArguments, find_service_id
from clickpipes_mcp.tools.adoption import adopt, write_for
from clickpipes_mcp.tools.agreement import ConfirmedArguments
from clickpipes_mcp.tools.arguments import check
from clickpipes_mcp.tools.attempts import before_sending, create_once
from clickpipes_mcp.tools.dry_run import DryRunArguments
from clickpipes_mcp.tools.fences import check_users
from clickpipes_mcp.tools.network import endpoint_views
from clickpipes_mcp.tools.network.endpoint_adoption import WantedEndpoint, unbroken
from clickpipes_mcp.tools.network.endpoint_targets import taken_names
from clickpipes_mcp.tools.network.endpoint_views import MOST_NAMES, EndpointOutcome
from clickpipes_mcp.tools.record import Call, Effect, Prepared, ToolSpec
from clickpipes_mcp.tools.views import actions, cut
from clickpipes_mcp.tools.writes import Write


class CreateArguments(ConfirmedArguments, DryRunArguments, CreateEndpoint, ServiceArguments):
    """The endpoint to create."""


_Creation: TypeAlias = Call[CreateArguments]


async def prepare_creation(call: _Creation) -> Prepared:
    """Create an endpoint; where pipes use one of its names already, a person is asked first."""
    wanted = await _wanted(call)
    names = [one.private_dns_name for one in wanted.request.custom_private_dns_mappings or ()]
    if not names:
        return Prepared(None, partial(_create, call, wanted, checkpoint))
    users = await _users_of(call, wanted, names)
    act_unasked = _act(call, wanted, names, ())
    if not users:
        return Prepared(None, act_unasked, is_passing=True)
    before = await call.app.client.private_endpoints(wanted.service_id)
    with before_sending():
        if await _find_existing(call, wanted, before):
            return Prepared(None, act_unasked)
    return Prepared(_impact_of(call, wanted, names, users), _act(call, wanted, names, users))


def _act(
    call: _Creation, wanted: WantedEndpoint, names: Sequence[str], told: Sequence[Pipe]
) -> Callable[[], Awaitable[EndpointOutcome]]:
    """What creates it, and leads away no pipe but those that a person was told of."""
    check_again = partial(_check_users_again, call, wanted, names, told)
    return partial(_create, call, wanted, check_again)


async def _users_of(call: _Creation, wanted: WantedEndpoint, names: Sequence[str]) -> list[Pipe]:
    """The pipes that reach their source under one of these names, all of them within reach."""
    users = endpoint_views.reaching(names, await call.app.client.pipes(wanted.service_id))
    check_users(call.app, users)
    return users


async def _check_users_again(
    call: _Creation, wanted: WantedEndpoint, names: Sequence[str], told: Sequence[Pipe]
) -> None:
    """Just before sending: whether the names lead the same pipes away as when it was decided."""
    users = await _users_of(call, wanted, names)
    if {one.id for one in users} - {one.id for one in told}:
        raise ConsentStale(
            "Pipes that nobody was asked about use one of the DNS names by now: "
            f"{endpoint_views.name_pipes(users)}. Nothing was sent.",
            fix="Call again: the person will be asked about it as it is now.",
        )


async def _wanted(call: _Creation) -> WantedEndpoint:
    fields = set(CreateEndpoint.model_fields)
    given = call.arguments.model_dump(include=fields, exclude_unset=True)
    service = await find_service_id(call.app, call.arguments)
    return WantedEndpoint(service, CreateEndpoint.model_validate(given))


def _impact_of(
    call: _Creation, wanted: WantedEndpoint, names: Sequence[str], users: Sequence[Pipe]
) -> Impact:
    """What a new endpoint takes away: the present way of pipes to the hosts of its names."""
    told = cut([quote_unless_plain(name, limit=255) for name in names], MOST_NAMES)
    description = clean(wanted.request.description, limit=255)
    return Impact(
        operation=Operation.REDIRECT,
        noun="private endpoint",
        title=f"Lead pipes through the new private endpoint {quote(description, limit=255)}",
        service_id=wanted.service_id,
        subject_id=description,
        subject_name=description,
        is_new=True,
        kind=f"{wanted.kind.title}, not created yet",
        state="",
        version="",
        consequences=NAMES_CHANGED,
        detail=f"Names: {', '.join(told)}. Used by: {endpoint_views.name_pipes(users)}.",
        change=digest_of(wanted.request.body(), call.app.store_key),
        simulated=call.app.settings.environment == "simulator",
    )


async def _create(
    call: _Creation, wanted: WantedEndpoint, check_again: Callable[[], Awaitable[None]]
) -> EndpointOutcome:
    """What exists already, or turns out to, is not made twice."""
    client, service = call.app.client, wanted.service_id
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

    made = await create_once(
        call, wanted, write, look, first=first, afterwards=afterwards, check=check_again
    )
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
    "what has to be prepared at the source. It takes minutes, and some types wait for their owner "
    "to accept. A DNS name that pipes use already asks a person.",
    toolset="network",
    effect=Effect.WRITE,
    arguments=CreateArguments,
    view=EndpointOutcome,
    prepare=prepare_creation,
    rules=CREATE_RULES,
)
TOOLS = (CREATE,)
