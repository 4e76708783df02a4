"""Reverse private endpoints: ways from ClickPipes into somebody's private network."""

import json
from collections.abc import Sequence
from typing import Any

from pydantic import Field

from clickpipes_mcp.cloud import Pipe, PrivateEndpoint
from clickpipes_mcp.cloud.bodies import masked
from clickpipes_mcp.consent import (
    ENDPOINT_DELETION,
    Consequences,
    Impact,
    Operation,
    changed_since,
)
from clickpipes_mcp.errors import ConsentStale, NextAction
from clickpipes_mcp.private_endpoints import (
    KINDS,
    NAME_RULES,
    TYPED_NAME_RULES,
    CustomDns,
    DnsMapping,
    Replacement,
    dns_unique,
)
from clickpipes_mcp.private_endpoints.names import normal
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.secret_refs import SendableBody
from clickpipes_mcp.tools.addressing import MOST_CANDIDATES, ServiceArguments, service_id
from clickpipes_mcp.tools.agreement import ConfirmedArguments
from clickpipes_mcp.tools.dry_run import DryRunArguments, sent
from clickpipes_mcp.tools.network import endpoint_views as shown
from clickpipes_mcp.tools.network.endpoint_targets import (
    EndpointArguments,
    Found,
    asked_ways,
    check,
    found_endpoint,
    only_target,
    planned_endpoint,
    present_ways,
    taken_names,
)
from clickpipes_mcp.tools.network.endpoint_views import EndpointList, EndpointOutcome, EndpointView
from clickpipes_mcp.tools.record import Call, Effect, ToolSpec
from clickpipes_mcp.tools.views import actions

MOST_ROWS = 50
MOST_USERS = 20


NAMES_CHANGED = Consequences(
    ("the present way to the source of every pipe that uses one of these names",),
    ("the private connection and its other names", "the pipes, which fail until pointed elsewhere"),
    "Set the names again, with the targets they had.",
)
"""Source: ClickPipes documentation of private networking."""


class UpdateArguments(ConfirmedArguments, DryRunArguments, EndpointArguments):
    """The DNS names an endpoint shall have from now on."""

    custom_private_dns_mappings: list[DnsMapping] = Field(
        description="All of them: replaces the present list; [] removes all."
    )


class DeleteArguments(ConfirmedArguments, DryRunArguments, EndpointArguments):
    """Which endpoint to delete."""


async def list_endpoints(call: Call[ServiceArguments]) -> EndpointList:
    """The endpoints of a service, those that wait for somebody named."""
    service = await service_id(call.app, call.arguments)
    endpoints = await call.app.client.private_endpoints(service)
    waiting = [
        f"“{clean(shown.label(one), limit=80)}”: {to_do}"
        for one in endpoints
        if (to_do := shown.to_do(one))
    ]
    rest = len(endpoints) - MOST_ROWS
    hidden = [f"{rest} more are not shown; get_private_endpoint finds them"] if rest > 0 else []
    counted = f": {shown.statuses(endpoints)}" if endpoints else ""
    return EndpointList(
        summary=f"{len(endpoints)} private endpoints{counted}.",
        endpoints=[shown.row(one) for one in endpoints[:MOST_ROWS]],
        warnings=[*waiting[:MOST_CANDIDATES], *hidden],
    )


async def get_endpoint(call: Call[EndpointArguments]) -> EndpointView:
    """One endpoint, freshly read, and the pipes that go through it."""
    found = await found_endpoint(call.app, call.arguments)
    client = call.app.client
    endpoint = await client.private_endpoint(found.service_id, found.endpoint.id)
    return shown.whole(endpoint, await client.pipes(found.service_id))


async def update_endpoint(call: Call[UpdateArguments]) -> EndpointOutcome:
    """Replace an endpoint's custom DNS names; a person has agreed where pipes use a lost one."""
    found = await _agreed(call)
    endpoint, client = found.endpoint, call.app.client
    wanted = _wanted(call, found)
    body = _body(wanted)
    names = _replacement(found, wanted)
    change = names.summary
    if not change:
        return EndpointOutcome(
            summary="The endpoint has exactly these DNS names already; nothing was sent.",
            endpoint=shown.row(endpoint),
        )
    users = await _users_of_lost(call, found, names)
    if users:
        call.warnings.append(_warning(users))
    name = clean(shown.label(endpoint), limit=80)
    if call.is_dry_run:
        return planned_endpoint(
            (await client.requests()).update_private_endpoint(found.service_id, endpoint.id, body),
            f"Would change the DNS names of “{name}”: {change}.",
        )
    if users and call.asked_about is None:
        raise ConsentStale(
            "A ClickPipe began to use a name that goes or leads elsewhere. Nothing was done.",
            fix="Call again: the person will be asked.",
        )
    changed = await sent(
        call,
        "update private endpoint",
        lambda: client.update_private_endpoint(found.service_id, endpoint.id, body),
        service_id=found.service_id,
        name=_journaled(endpoint),
    )
    return EndpointOutcome(
        summary=f"Changed the DNS names of “{name}”: {change}.",
        endpoint=shown.row(changed),
        next_actions=actions(
            NextAction(
                "get_private_endpoint", "shows the names in force", {"endpoint": endpoint.id}
            )
        ),
    )


async def _agreed(call: Call[Any]) -> Found:
    """The endpoint a call is about; where a person was asked, exactly the one they were shown.

    Raises:
        ConsentStale: The description means another endpoint by now, or the endpoint has changed.
    """
    found, asked = await found_endpoint(call.app, call.arguments), call.asked_about
    if asked and (found.endpoint.id, found.endpoint.version) != (asked.subject_id, asked.version):
        raise changed_since(asked)
    return found


def _body(wanted: CustomDns) -> dict[str, SendableBody]:
    return {"customPrivateDnsMappings": [one.body() for one in wanted.custom_private_dns_mappings]}


def _replacement(found: Found, wanted: CustomDns) -> Replacement:
    endpoint = found.endpoint
    custom = {normal(name) for name in endpoint.custom_names}
    own = {normal(name) for name in (*endpoint.dns_names, *endpoint.private_dns_names)} - custom
    elsewhere = {
        (normal(name), other.id)
        for other in found.others
        for name in (*other.dns_names, *other.private_dns_names)
    }
    return Replacement(
        before=present_ways(endpoint),
        after=asked_ways(wanted.custom_private_dns_mappings, endpoint),
        beside=frozenset({(name, only_target(endpoint)) for name in own} | elsewhere),
    )


def _wanted(call: Call[UpdateArguments], found: Found) -> CustomDns:
    """The names asked for, checked against those of the service's other endpoints."""
    wanted = CustomDns(
        type=found.endpoint.type,
        custom_private_dns_mappings=call.arguments.custom_private_dns_mappings,
    )
    check(call, wanted, [*TYPED_NAME_RULES, dns_unique(taken_names(found.others))])
    return wanted


async def _users_of_lost(call: Call[Any], found: Found, names: Replacement) -> list[Pipe]:
    """Pipes that use a name that goes away or leads elsewhere, whatever other names they use."""
    if not names.lost:
        return []
    return shown.reaching(sorted(names.lost), await call.app.client.pipes(found.service_id))


def _warning(users: Sequence[Pipe]) -> str:
    told = "these pipes use a name that goes or leads elsewhere and may lose their source"
    return f"{told}: {_named(users)}"


def _named(pipes: Sequence[Pipe]) -> str:
    names = [f"{clean(pipe.name, limit=80)} ({pipe.id})" for pipe in pipes[:MOST_USERS]]
    rest = len(pipes) - len(names)
    return ", ".join([*names, *([f"and {rest} more"] if rest else [])])


def _journaled(endpoint: PrivateEndpoint) -> str:
    return f"{endpoint.id} {clean(endpoint.description, limit=200)}".strip()


async def impact(call: Call[DeleteArguments]) -> Impact | None:
    """What deleting an endpoint breaks; None where it is being deleted already."""
    found = await found_endpoint(call.app, call.arguments)
    if found.endpoint.status == "Deleting":
        return None
    users = _users(found.endpoint, await call.app.client.pipes(found.service_id))
    return _impact_on(call, found, "private endpoint", ENDPOINT_DELETION, users)


async def names_impact(call: Call[UpdateArguments]) -> Impact | None:
    """What replacing DNS names breaks; None where no pipe uses one that goes or is redirected."""
    found = await found_endpoint(call.app, call.arguments)
    wanted = _wanted(call, found)
    names = _replacement(found, wanted)
    users = await _users_of_lost(call, found, names)
    if not users:
        return None
    change = names.summary
    return _impact_on(
        call,
        found,
        "DNS names of the private endpoint",
        NAMES_CHANGED,
        f"{change[0].upper()}{change[1:]}. Used by: {_named(users)}.",
        json.dumps(masked(_body(wanted)), sort_keys=True),
    )


def _impact_on(
    call: Call[Any],
    found: Found,
    noun: str,
    consequences: Consequences,
    detail: str,
    change: str = "",
) -> Impact:
    endpoint = found.endpoint
    kind = KINDS.get(endpoint.type)
    return Impact(
        operation=Operation.DELETE,
        noun=noun,
        service_id=found.service_id,
        subject_id=endpoint.id,
        subject_name=shown.label(endpoint),
        kind=kind.title if kind else clean(endpoint.type, limit=80),
        state=endpoint.status,
        version=endpoint.version,
        consequences=consequences,
        detail=detail,
        change=change,
        simulated=call.app.settings.environment == "simulator",
    )


def _users(endpoint: PrivateEndpoint, pipes: Sequence[Pipe]) -> str:
    users = shown.through(endpoint, pipes)
    if not users:
        return "No ClickPipe of the service was found to use it."
    return f"Used by {len(users)} of the service's ClickPipes: {_named(users)}."


async def delete_endpoint(call: Call[DeleteArguments]) -> EndpointOutcome:
    """Delete an endpoint; the person has agreed."""
    found = await _agreed(call)
    endpoint, client = found.endpoint, call.app.client
    name = clean(shown.label(endpoint), limit=80)
    gone = actions(NextAction("list_private_endpoints", "until it is gone; takes minutes"))
    if call.is_dry_run:
        users = _users(endpoint, await client.pipes(found.service_id))
        return planned_endpoint(
            (await client.requests()).delete_private_endpoint(found.service_id, endpoint.id),
            f"Would delete the private endpoint “{name}”. {users}",
        )
    if endpoint.status == "Deleting":
        return EndpointOutcome(
            summary=f"“{name}” is being deleted already; nothing was sent.",
            endpoint=shown.row(endpoint),
            next_actions=gone,
        )
    await sent(
        call,
        "delete private endpoint",
        lambda: client.delete_private_endpoint(found.service_id, endpoint.id),
        service_id=found.service_id,
        name=_journaled(endpoint),
    )
    return EndpointOutcome(
        summary=f"Deleting the private endpoint “{name}”; it may stay visible for minutes.",
        endpoint=shown.row(endpoint),
        next_actions=gone,
    )


LIST = ToolSpec(
    name="list_private_endpoints",
    title="List private endpoints",
    description="List the reverse private endpoints of a service with their status, and what "
    "somebody has to do for those that wait to be accepted. Free.",
    toolset="private_endpoints",
    effect=Effect.READ,
    arguments=ServiceArguments,
    view=EndpointList,
    run=list_endpoints,
)
GET = ToolSpec(
    name="get_private_endpoint",
    title="Get a private endpoint",
    description="Show one reverse private endpoint: status and what it means, DNS names, how "
    "pipes use it, which pipes do. Call it again until it is Ready; only then can pipes use it.",
    toolset="private_endpoints",
    effect=Effect.READ,
    arguments=EndpointArguments,
    view=EndpointView,
    run=get_endpoint,
)
UPDATE = ToolSpec(
    name="update_private_endpoint",
    title="Update a private endpoint",
    description="Change the custom DNS names of a reverse private endpoint; nothing else of it "
    "can change. The list replaces the present one: get_private_endpoint shows it. Removing or "
    "redirecting names that pipes use asks a person: those pipes lose their source.",
    toolset="private_endpoints",
    effect=Effect.DESTRUCTIVE,
    is_idempotent=True,
    arguments=UpdateArguments,
    view=EndpointOutcome,
    run=update_endpoint,
    impact=names_impact,
    rules=NAME_RULES,
)
DELETE = ToolSpec(
    name="delete_private_endpoint",
    title="Delete a private endpoint",
    description="Delete a reverse private endpoint for good. A person is asked first, sees which "
    "pipes use it and types its description. Those pipes lose their source.",
    toolset="private_endpoints",
    effect=Effect.DESTRUCTIVE,
    is_idempotent=True,
    arguments=DeleteArguments,
    view=EndpointOutcome,
    run=delete_endpoint,
    impact=impact,
)
TOOLS = (LIST, GET, UPDATE, DELETE)
