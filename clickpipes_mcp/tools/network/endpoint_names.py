"""Replacing the custom DNS names of a reverse private endpoint."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from pydantic import Field

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.consent import NAMES_CHANGED, Impact, Operation
from clickpipes_mcp.errors import NextAction
from clickpipes_mcp.private_endpoints import (
    NAME_RULES,
    TYPED_NAME_RULES,
    CustomDns,
    DnsMapping,
    Replacement,
    dns_unique,
)
from clickpipes_mcp.private_endpoints.names import normal
from clickpipes_mcp.quotation import quote_unless_plain
from clickpipes_mcp.secret_refs import SendableBody, digest_of
from clickpipes_mcp.tools.agreement import ConfirmedArguments
from clickpipes_mcp.tools.arguments import check
from clickpipes_mcp.tools.dry_run import DryRunArguments
from clickpipes_mcp.tools.fences import check_users
from clickpipes_mcp.tools.network import endpoint_views
from clickpipes_mcp.tools.network.dns_ways import asked_ways, only_target, present_ways
from clickpipes_mcp.tools.network.endpoint_targets import (
    EndpointArguments,
    Found,
    find_endpoint,
    impact_on,
    taken_names,
    write_to_endpoint,
)
from clickpipes_mcp.tools.network.endpoint_views import EndpointOutcome
from clickpipes_mcp.tools.record import Call, Effect, Prepared, ToolSpec
from clickpipes_mcp.tools.views import actions
from clickpipes_mcp.tools.writes import send


class UpdateArguments(ConfirmedArguments, DryRunArguments, EndpointArguments):
    """The DNS names an endpoint shall have from now on."""

    custom_private_dns_mappings: list[DnsMapping] = Field(
        description="The whole list, which replaces the present one; [] removes all."
    )


@dataclass(frozen=True)
class Change:
    """What becomes of an endpoint's names, and the pipes that use one that is lost."""

    found: Found
    wanted: CustomDns
    names: Replacement
    users: Sequence[Pipe]


async def prepare_update(call: Call[UpdateArguments]) -> Prepared:
    """Replace an endpoint's custom DNS names; where pipes use a lost one, a person is asked."""
    found = await find_endpoint(call.app, call.arguments)
    wanted = _wanted(call, found)
    names = _replacement(found, wanted)
    pipes = await call.app.client.pipes(found.service_id) if names.summary else []
    names = replace(names, hosts=endpoint_views.hosts_of(pipes))
    change = Change(found, wanted, names, _users_of_lost(found, names, pipes))
    check_users(call.app, change.users)
    impact = _impact_of(call, change)
    return Prepared(impact, partial(_update, call, change), is_passing=impact is None)


async def _update(call: Call[UpdateArguments], change: Change) -> EndpointOutcome:
    endpoint, summary = change.found.endpoint, change.names.summary
    if not summary:
        return EndpointOutcome(
            summary="The endpoint has exactly these DNS names already; nothing was sent.",
            endpoint=endpoint_views.row(endpoint),
        )
    if change.users:
        call.warnings.append(_warning(change.users))
    name, requests = endpoint_views.name(endpoint), await call.app.client.requests()
    request = requests.update_private_endpoint(
        change.found.service_id, endpoint.id, _body(change.wanted)
    )
    write = write_to_endpoint(change.found, "update private endpoint", request)
    if call.is_dry_run:
        return endpoint_views.show_write(
            call, write, f"Would change the DNS names of “{name}”: {summary}."
        )
    changed = await send(call, write)
    look = NextAction("get_private_endpoint", "shows the names in force", {"endpoint": endpoint.id})
    return EndpointOutcome(
        summary=f"Changed the DNS names of “{name}”: {summary}.",
        endpoint=endpoint_views.row(changed),
        next_actions=actions(look),
    )


def _impact_of(call: Call[UpdateArguments], change: Change) -> Impact | None:
    """What replacing the names breaks; None where no pipe uses one that goes or is redirected."""
    if not change.users:
        return None
    summary = change.names.summary
    return impact_on(
        call,
        change.found,
        _operation(change.names),
        NAMES_CHANGED,
        noun=_noun(change.names),
        detail=f"{summary[0].upper()}{summary[1:]}. "
        f"Used by: {endpoint_views.name_pipes(change.users)}.",
        change=digest_of(_body(change.wanted), call.app.store_key),
    )


def _operation(names: Replacement) -> Operation:
    if not names.redirected:
        return Operation.DELETE
    return Operation.DELETE_AND_REDIRECT if names.removed else Operation.REDIRECT


def _noun(names: Replacement) -> str:
    if len(names.lost) > 1:
        return "DNS names of the private endpoint"
    return f"DNS name {quote_unless_plain(min(names.lost), limit=255)} of the private endpoint"


def _body(wanted: CustomDns) -> dict[str, SendableBody]:
    return {"customPrivateDnsMappings": [one.body() for one in wanted.custom_private_dns_mappings]}


def _replacement(found: Found, wanted: CustomDns) -> Replacement:
    endpoint = found.endpoint.truth
    custom = {normal(name) for name in endpoint.custom_names}
    own = {normal(name) for name in (*endpoint.dns_names, *endpoint.private_dns_names)} - custom
    elsewhere = {
        (normal(name), other.id)
        for other in (one.truth for one in found.others)
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


def _users_of_lost(found: Found, names: Replacement, pipes: Sequence[Pipe]) -> list[Pipe]:
    """Pipes that use a name that goes away or leads elsewhere, whatever other names they use.

    A pipe that holds the endpoint by its id may use any of its names: its brokers tell them.
    """
    if not names.lost:
        return []
    users = endpoint_views.reaching(sorted(names.lost), pipes)
    holders = endpoint_views.holding(found.endpoint, pipes)
    return users + [pipe for pipe in holders if pipe not in users]


def _warning(users: Sequence[Pipe]) -> str:
    told = "These pipes use a name that goes or leads elsewhere, so they may lose their source"
    return f"{told}: {endpoint_views.name_pipes(users)}."


UPDATE = ToolSpec(
    name="update_private_endpoint",
    title="Update a private endpoint",
    description="Change the custom DNS names of a reverse private endpoint; nothing else of it "
    "can change. The list replaces the present one: get_private_endpoint shows it. Taking away "
    "names that pipes use, or adding one they use already, asks a person: it may cut them off.",
    toolset="network",
    effect=Effect.MIXED,
    is_idempotent=True,
    arguments=UpdateArguments,
    view=EndpointOutcome,
    prepare=prepare_update,
    rules=NAME_RULES,
)
TOOLS = (UPDATE,)
