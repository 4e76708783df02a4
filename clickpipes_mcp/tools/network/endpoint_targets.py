"""Which private endpoint a call is about, and what all writes to one share."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from clickpipes_mcp.app import App
from clickpipes_mcp.cloud import ApiRequest, PrivateEndpoint
from clickpipes_mcp.contract import Request, Rule
from clickpipes_mcp.errors import CallerError, InvalidArguments, NextAction
from clickpipes_mcp.pipe_states import Stage
from clickpipes_mcp.private_endpoints import (
    KINDS,
    CreateEndpoint,
    DnsMapping,
    EndpointKind,
    status_named,
)
from clickpipes_mcp.private_endpoints.names import Way, normal
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.tools.addressing import MOST_CANDIDATES, ServiceArguments, service_id
from clickpipes_mcp.tools.arguments import apply
from clickpipes_mcp.tools.attempts import Attempt
from clickpipes_mcp.tools.dry_run import planned
from clickpipes_mcp.tools.network import endpoint_views as shown
from clickpipes_mcp.tools.network.endpoint_views import EndpointOutcome
from clickpipes_mcp.tools.record import Call

CREATION = "create private endpoint"
"""What the journal calls it."""


class EndpointArguments(ServiceArguments):
    """Which endpoint."""

    endpoint: str = Field(min_length=1, description="Id or exact description.")


@dataclass(frozen=True)
class Found:
    """An endpoint that is meant, among those of its service."""

    service_id: str
    endpoint: PrivateEndpoint
    others: tuple[PrivateEndpoint, ...]


@dataclass(frozen=True)
class WantedEndpoint:
    """An endpoint that is to exist, and how it is recognised among those that do."""

    service_id: str
    request: CreateEndpoint

    @property
    def kind(self) -> EndpointKind:
        return KINDS[self.request.type]

    @property
    def key(self) -> str:
        """What it shares with every request for the same endpoint, and with no other."""
        facts = (self.request.type, *(_text(self.request, name) for name in self.kind.identity))
        return hashlib.sha256("\0".join(facts).encode("utf-8", "surrogatepass")).hexdigest()[:16]

    @property
    def journaled(self) -> str:
        """What the journal calls it: descriptions repeat and can be written anew."""
        return f"{self.key} {clean(self.request.description, limit=200)}"

    @property
    def attempt(self) -> Attempt:
        """The attempt at creating it."""
        return Attempt(
            self.service_id,
            CREATION,
            self.journaled,
            lambda entry: self.is_journaled_as(entry.name),
            noun="endpoint",
            title="private endpoint",
            unlisted="No such private endpoint",
            look_again=NextAction(
                "list_private_endpoints", "look again in a minute, before creating it again"
            ),
        )

    def is_journaled_as(self, name: str | None) -> bool:
        """Whether a line of the journal is about it."""
        return (name or "").partition(" ")[0] == self.key

    def is_meant_by(self, endpoint: PrivateEndpoint) -> bool:
        """Whether the endpoint is this one, however the rest of it may be set up."""
        return self._agrees(endpoint, self.kind.identity)

    def shares_place_with(self, endpoint: PrivateEndpoint) -> bool:
        """Whether both lead to the same place."""
        return self._agrees(endpoint, self.kind.companions)

    def differences(self, endpoint: PrivateEndpoint) -> tuple[str, ...]:
        """The fields in which an endpoint is not as asked for."""
        names = ("description", *self.kind.companions)
        texts = [name for name in names if _text(self.request, name) != _text(endpoint, name)]
        asked = asked_ways(self.request.custom_private_dns_mappings or (), endpoint)
        is_led = asked == present_ways(endpoint)
        return (*texts, *(() if is_led else ("custom_private_dns_mappings",)))

    def _agrees(self, endpoint: PrivateEndpoint, names: Sequence[str]) -> bool:
        return self.request.type == endpoint.type and all(
            _text(self.request, name) == _text(endpoint, name) for name in names
        )


def _text(one: CreateEndpoint | PrivateEndpoint, name: str) -> str:
    return str(getattr(one, name) or "").strip()


def present_ways(endpoint: PrivateEndpoint) -> frozenset[Way]:
    """The custom names of an endpoint and where they lead."""
    only = only_target(endpoint)
    return frozenset(
        (normal(m.private_dns_name), m.target_id or only)
        for m in endpoint.custom_private_dns_mappings
    )


def asked_ways(asked: Sequence[DnsMapping], endpoint: PrivateEndpoint) -> frozenset[Way]:
    """Where custom names would lead; a target left out stays where the endpoint has no other."""
    only = only_target(endpoint)
    kept = {} if _has_choice(endpoint) else dict(present_ways(endpoint))
    names = [(normal(mapping.private_dns_name), mapping.target_id) for mapping in asked]
    return frozenset((name, target or kept.get(name) or only) for name, target in names)


def only_target(endpoint: PrivateEndpoint) -> str:
    """The target of an endpoint that has a single one; empty where it has several or tells none."""
    listed = [target.id for target in endpoint.dns_targets]
    return listed[0] if listed and not _has_choice(endpoint) else ""


def _has_choice(endpoint: PrivateEndpoint) -> bool:
    """Whether it has several targets, be they listed or led to."""
    listed = {target.id for target in endpoint.dns_targets}
    led_to = {m.target_id for m in endpoint.custom_private_dns_mappings if m.target_id}
    return len(listed | led_to) > 1


def is_broken(endpoint: PrivateEndpoint) -> bool:
    """Whether it never became usable, or was refused: it goes away by itself."""
    return status_named(endpoint.status).stage is Stage.BROKEN


async def found_endpoint(app: App, arguments: EndpointArguments) -> Found:
    """The endpoint that is meant, as it is now.

    Raises:
        CallerError: None or several fit; the candidates are named.
    """
    service = await service_id(app, arguments)
    endpoints = await app.client.private_endpoints(service)
    wanted = arguments.endpoint.strip()
    matching = [one for one in endpoints if one.id.lower() == wanted.lower()] or [
        one for one in endpoints if wanted in (one.description, shown.label(one))
    ]
    if len(matching) == 1:
        others = tuple(one for one in endpoints if one.id != matching[0].id)
        return Found(service, matching[0], others)
    said = (
        f"{len(matching)} private endpoints have that description"
        if matching
        else "No private endpoint of the service has that id or description"
    )
    raise CallerError(
        f"{said}. Candidates: {_listed(matching or endpoints)}.",
        fix="Pass the id of the one that is meant.",
        next_actions=[NextAction("list_private_endpoints", "shows them with their status")],
    )


def _listed(endpoints: Sequence[PrivateEndpoint]) -> str:
    names = [
        f"{clean(shown.label(one), limit=80)} ({one.id}, {one.status})"
        for one in endpoints[:MOST_CANDIDATES]
    ]
    rest = len(endpoints) - len(names)
    return "; ".join([*names, *([f"and {rest} more"] if rest else [])]) or "none"


def taken_names(endpoints: Sequence[PrivateEndpoint]) -> list[str]:
    """The custom DNS names that lead to these endpoints."""
    return [name for one in endpoints for name in one.custom_names]


def check(call: Call[Any], request: Request, rules: Sequence[Rule[Any]]) -> None:
    """Apply rules that depend on what exists.

    Raises:
        InvalidArguments: With all problems; nothing is sent.
    """
    refused, warnings = apply(rules, request, call.form)
    if refused:
        raise InvalidArguments(refused)
    call.warnings += warnings


def planned_endpoint(request: ApiRequest, summary: str) -> EndpointOutcome:
    """The answer of a dry run."""
    plan = planned(request, summary)
    return EndpointOutcome(summary=plan.summary, request=plan.request)
