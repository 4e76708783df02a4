"""Which private endpoint a call is about, and what all writes to one share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from clickpipes_mcp.app import App
from clickpipes_mcp.cloud import ApiRequest, PrivateEndpoint
from clickpipes_mcp.contract import Request, Rule
from clickpipes_mcp.errors import CallerError, InvalidArguments, NextAction
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.tools import _endpoint_views as shown
from clickpipes_mcp.tools._checking import apply
from clickpipes_mcp.tools._endpoint_views import EndpointOutcome
from clickpipes_mcp.tools._targets import MOST_CANDIDATES, ServiceArguments, service_id
from clickpipes_mcp.tools._tool import Call
from clickpipes_mcp.tools._writes import planned


class EndpointArguments(ServiceArguments):
    """Which endpoint."""

    endpoint: str = Field(min_length=1, description="Id or exact description.")


@dataclass(frozen=True)
class Found:
    """An endpoint that is meant, among those of its service."""

    service_id: str
    endpoint: PrivateEndpoint
    others: tuple[PrivateEndpoint, ...]


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
