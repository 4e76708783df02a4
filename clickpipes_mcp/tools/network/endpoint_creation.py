"""Creating reverse private endpoints: each at most once.

The API knows no idempotency key. What stands in for one are the fields of the type that tell one
endpoint from another; the rest of the configuration is compared.
"""

from collections.abc import Sequence
from typing import TypeAlias

from clickpipes_mcp.cloud import PrivateEndpoint
from clickpipes_mcp.errors import Conflict, NextAction
from clickpipes_mcp.private_endpoints import (
    CREATE_RULES,
    CreateEndpoint,
    dns_unique,
    hosted_on,
    status_named,
)
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.tools.addressing import ServiceArguments, service_id
from clickpipes_mcp.tools.attempts import Made, before_sending, made_once
from clickpipes_mcp.tools.dry_run import DryRunArguments
from clickpipes_mcp.tools.network import endpoint_views as shown
from clickpipes_mcp.tools.network.endpoint_targets import (
    CREATION,
    WantedEndpoint,
    check,
    is_broken,
    planned_endpoint,
    taken_names,
)
from clickpipes_mcp.tools.network.endpoint_views import EndpointOutcome
from clickpipes_mcp.tools.record import Call, Effect, ToolSpec
from clickpipes_mcp.tools.views import actions


class CreateArguments(DryRunArguments, CreateEndpoint, ServiceArguments):
    """The endpoint to create."""


_Creation: TypeAlias = Call[CreateArguments]


async def create_endpoint(call: _Creation) -> EndpointOutcome:
    """Create an endpoint; what exists already, or turns out to, is not made twice."""
    arguments = call.arguments
    given = arguments.model_dump(include=set(CreateEndpoint.model_fields), exclude_unset=True)
    service = await service_id(call.app, arguments)
    wanted = WantedEndpoint(service, CreateEndpoint.model_validate(given))
    if call.is_dry_run:
        return await _planned(call, wanted)
    async with call.app.client.alone(f"{CREATION} {service} {wanted.key}"):
        made = await _made(call, wanted)
    return _created(made.thing, wanted.kind.accept) if made.is_new else _adopted(made.thing)


async def _made(call: _Creation, wanted: WantedEndpoint) -> Made[PrivateEndpoint]:
    client, service = call.app.client, wanted.service_id
    known: set[str] = set()

    async def first() -> PrivateEndpoint | None:
        before = await client.private_endpoints(service)
        known.update(one.id for one in before)
        return await _existing(call, wanted, before)

    async def look() -> PrivateEndpoint | None:
        return _same(wanted, _unbroken(await client.private_endpoints(service)))

    async def afterwards() -> PrivateEndpoint | None:
        # A new one that is broken already is the answer too.
        now = await client.private_endpoints(service)
        return _same(wanted, [one for one in now if one.id not in known])

    async def send() -> PrivateEndpoint:
        return await client.create_private_endpoint(service, wanted.request.body())

    return await made_once(call, wanted.attempt, look, send, first=first, afterwards=afterwards)


async def _planned(call: _Creation, wanted: WantedEndpoint) -> EndpointOutcome:
    client, kind = call.app.client, wanted.kind
    before = await client.private_endpoints(wanted.service_id)
    with before_sending():
        endpoint = await _existing(call, wanted, before)
    if endpoint is not None:
        return _adopted(endpoint)
    return planned_endpoint(
        (await client.requests()).create_private_endpoint(wanted.service_id, wanted.request.body()),
        f"Would create the {kind.title} endpoint. Beforehand, at the source: {kind.prepare}",
    )


async def _existing(
    call: _Creation, wanted: WantedEndpoint, endpoints: Sequence[PrivateEndpoint]
) -> PrivateEndpoint | None:
    """The endpoint that is there already. Where there is none, check that it can be created.

    Raises:
        Conflict: It is there and is set up differently, or is being deleted.
        InvalidArguments: Something else of the service does not let it be.
    """
    endpoint = _same(wanted, _unbroken(endpoints))
    if endpoint is not None:
        return endpoint
    check(call, call.arguments, [dns_unique(taken_names(endpoints))])
    if wanted.kind.provider:
        provider = (await call.app.client.service(wanted.service_id)).provider
        check(call, call.arguments, [hosted_on(provider)])
    beside = [one for one in _unbroken(endpoints) if wanted.shares_place_with(one)]
    if beside:
        call.warnings.append(
            f"“{clean(shown.label(beside[0]), limit=80)}” ({beside[0].id}) leads to the same "
            "place; several pipes of a service can go through one endpoint."
        )
    return None


def _unbroken(endpoints: Sequence[PrivateEndpoint]) -> list[PrivateEndpoint]:
    return [one for one in endpoints if not is_broken(one)]


def _same(wanted: WantedEndpoint, endpoints: Sequence[PrivateEndpoint]) -> PrivateEndpoint | None:
    known = [one for one in endpoints if wanted.is_meant_by(one)]
    if not known:
        return None
    staying = [one for one in known if one.status != "Deleting"]
    if not staying:
        raise _leaving(known[0])
    compared = [(one, wanted.differences(one)) for one in staying]
    for one, differing in compared:
        if not differing:
            return one
    raise _different(*compared[0])


def _leaving(endpoint: PrivateEndpoint) -> Conflict:
    return Conflict(
        f"That private endpoint ({endpoint.id}) is being deleted.",
        fix="Wait until it is gone, then repeat the call unchanged.",
        next_actions=[NextAction("list_private_endpoints", "until it is gone; takes minutes")],
    )


def _different(endpoint: PrivateEndpoint, differing: Sequence[str]) -> Conflict:
    target: dict[str, object] = {"endpoint": endpoint.id}
    return Conflict(
        f"A private endpoint to the same place exists already ({endpoint.id}, {endpoint.status}) "
        f"and is set up differently in: {', '.join(differing)}.",
        fix="Use it: several pipes of a service can go through one endpoint. Its custom DNS names "
        "can be changed, nothing else of it.",
        next_actions=[NextAction("get_private_endpoint", "shows it", target)],
    )


def _adopted(endpoint: PrivateEndpoint) -> EndpointOutcome:
    waits = f" It waits: {to_do}" if (to_do := shown.to_do(endpoint)) else ""
    return EndpointOutcome(
        summary=f"The private endpoint “{clean(shown.label(endpoint), limit=80)}” exists already "
        f"as asked for and was adopted. Nothing was sent. It is {_state_of(endpoint)}{waits}",
        endpoint=shown.row(endpoint),
        next_actions=actions(*shown.what_next(endpoint)),
    )


def _created(endpoint: PrivateEndpoint, accept: str) -> EndpointOutcome:
    later = f" Then: {accept}" if accept else ""
    return EndpointOutcome(
        summary=f"Created the private endpoint “{clean(shown.label(endpoint), limit=80)}”; it is "
        f"{_state_of(endpoint)}{later}",
        endpoint=shown.row(endpoint),
        next_actions=actions(*shown.what_next(endpoint)),
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
    toolset="private_endpoints",
    effect=Effect.WRITE,
    arguments=CreateArguments,
    view=EndpointOutcome,
    run=create_endpoint,
    rules=CREATE_RULES,
)
TOOLS = (CREATE,)
