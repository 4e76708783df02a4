"""Replacing the custom DNS names of a reverse private endpoint."""

import json
from collections.abc import Sequence
from typing import Any

from pydantic import Field

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.cloud.bodies import masked
from clickpipes_mcp.consent import Consequences, Impact
from clickpipes_mcp.errors import ConsentStale, NextAction
from clickpipes_mcp.private_endpoints import (
    NAME_RULES,
    TYPED_NAME_RULES,
    CustomDns,
    DnsMapping,
    Replacement,
    dns_unique,
)
from clickpipes_mcp.private_endpoints.names import normal
from clickpipes_mcp.secret_refs import SendableBody
from clickpipes_mcp.tools.agreement import ConfirmedArguments
from clickpipes_mcp.tools.arguments import check
from clickpipes_mcp.tools.dry_run import DryRunArguments
from clickpipes_mcp.tools.network import endpoint_views
from clickpipes_mcp.tools.network.dns_ways import asked_ways, only_target, present_ways
from clickpipes_mcp.tools.network.endpoint_targets import (
    EndpointArguments,
    Found,
    find_agreed_endpoint,
    find_endpoint,
    impact_on,
    taken_names,
    write_to_endpoint,
)
from clickpipes_mcp.tools.network.endpoint_views import EndpointOutcome
from clickpipes_mcp.tools.record import Call, Effect, ToolSpec
from clickpipes_mcp.tools.views import actions
from clickpipes_mcp.tools.writes import send

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


async def update_endpoint(call: Call[UpdateArguments]) -> EndpointOutcome:
    """Replace an endpoint's custom DNS names; a person has agreed where pipes use a lost one."""
    found = await find_agreed_endpoint(call)
    endpoint = found.endpoint
    wanted = _wanted(call, found)
    body = _body(wanted)
    names = _replacement(found, wanted)
    change = names.summary
    if not change:
        return EndpointOutcome(
            summary="The endpoint has exactly these DNS names already; nothing was sent.",
            endpoint=endpoint_views.row(endpoint),
        )
    users = await _users_of_lost(call, found, names)
    if users:
        call.warnings.append(_warning(users))
    name = endpoint_views.name(endpoint)
    requests = await call.app.client.requests()
    request = requests.update_private_endpoint(found.service_id, endpoint.id, body)
    write = write_to_endpoint(found, "update private endpoint", request)
    if call.is_dry_run:
        return endpoint_views.show_write(
            call,
            write,
            f"Would change the DNS names of “{name}”: {change}.",
        )
    if users and call.asked_about is None:
        raise ConsentStale(
            "A ClickPipe began to use a name that goes or leads elsewhere. Nothing was done.",
            fix="Call again: the person will be asked.",
        )
    changed = await send(call, write)
    return EndpointOutcome(
        summary=f"Changed the DNS names of “{name}”: {change}.",
        endpoint=endpoint_views.row(changed),
        next_actions=actions(
            NextAction(
                "get_private_endpoint", "shows the names in force", {"endpoint": endpoint.id}
            )
        ),
    )


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
    pipes = await call.app.client.pipes(found.service_id)
    return endpoint_views.reaching(sorted(names.lost), pipes)


def _warning(users: Sequence[Pipe]) -> str:
    told = "these pipes use a name that goes or leads elsewhere and may lose their source"
    return f"{told}: {endpoint_views.name_pipes(users)}"


async def impact(call: Call[UpdateArguments]) -> Impact | None:
    """What replacing DNS names breaks; None where no pipe uses one that goes or is redirected."""
    found = await find_endpoint(call.app, call.arguments)
    wanted = _wanted(call, found)
    names = _replacement(found, wanted)
    users = await _users_of_lost(call, found, names)
    if not users:
        return None
    change = names.summary
    return impact_on(
        call,
        found,
        "DNS names of the private endpoint",
        NAMES_CHANGED,
        f"{change[0].upper()}{change[1:]}. Used by: {endpoint_views.name_pipes(users)}.",
        json.dumps(masked(_body(wanted)), sort_keys=True),
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
    impact=impact,
    rules=NAME_RULES,
)
TOOLS = (UPDATE,)
