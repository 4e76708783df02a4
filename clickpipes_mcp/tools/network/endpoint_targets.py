"""Which private endpoint a call is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import Field

from clickpipes_mcp.app import App
from clickpipes_mcp.cloud import ApiRequest, PrivateEndpoint
from clickpipes_mcp.consent import Consequences, Impact, Operation
from clickpipes_mcp.errors import CallerError, NextAction
from clickpipes_mcp.private_endpoints import KINDS
from clickpipes_mcp.quotation import quote
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.tools.addressing import (
    MOST_CANDIDATES,
    ServiceArguments,
    find_service_id,
    name_to_type,
)
from clickpipes_mcp.tools.network import endpoint_views
from clickpipes_mcp.tools.record import Call
from clickpipes_mcp.tools.views import cut
from clickpipes_mcp.tools.writes import Write

T = TypeVar("T")


class EndpointArguments(ServiceArguments):
    """Which endpoint."""

    endpoint: str = Field(min_length=1, description="Id or exact description of the endpoint.")


@dataclass(frozen=True)
class Found:
    """An endpoint that is meant, among those of its service."""

    service_id: str
    endpoint: PrivateEndpoint
    others: tuple[PrivateEndpoint, ...]


async def find_endpoint(app: App, arguments: EndpointArguments, *, as_known: bool = False) -> Found:
    """The endpoint that is meant, as it is now; its service is found `as_known` to a reader.

    Raises:
        CallerError: None or several fit; the candidates are named.
    """
    service = await find_service_id(app, arguments, as_known=as_known)
    endpoints = await app.client.private_endpoints(service)
    wanted = arguments.endpoint.strip()
    matching = [one for one in endpoints if one.truth.id.lower() == wanted.lower()] or [
        one for one in endpoints if wanted in (one.truth.description, endpoint_views.label(one))
    ]
    if len(matching) == 1:
        others = tuple(one for one in endpoints if one is not matching[0])
        return Found(service, matching[0], others)
    said = (
        f"{len(matching)} private endpoints have that description"
        if matching
        else "No private endpoint of the service has that id or description"
    )
    error = CallerError(
        f"{said}. Candidates: {_list(matching or endpoints)}.",
        fix="Pass the id of the one that is meant.",
        next_actions=[NextAction("list_private_endpoints", "shows them with their status")],
    )
    error.fits_several = bool(matching)
    raise error


def _list(endpoints: Sequence[PrivateEndpoint]) -> str:
    named = [f"{endpoint_views.name(one)} ({one.id}, {one.status})" for one in endpoints]
    return "; ".join(cut(named, MOST_CANDIDATES)) or "none"


def impact_on(
    call: Call[Any],
    found: Found,
    operation: Operation,
    consequences: Consequences,
    *,
    noun: str,
    detail: str,
    change: str = "",
) -> Impact:
    """The impact of an operation on an endpoint as it was just read."""
    endpoint = found.endpoint
    kind = KINDS.get(endpoint.type)
    return Impact(
        operation=operation,
        noun=noun,
        service_id=found.service_id,
        subject_id=endpoint.id,
        subject_name=name_to_type(
            endpoint.description, endpoint.id, (other.description for other in found.others)
        ),
        kind=kind.title if kind else quote(endpoint.type),
        state=endpoint.status,
        version=endpoint.version(call.app.store_key),
        consequences=consequences,
        detail=detail,
        change=change,
        simulated=call.app.settings.environment == "simulator",
    )


def write_to_endpoint(found: Found, operation: str, request: ApiRequest[T]) -> Write[T]:
    """A write to an endpoint that is there."""
    endpoint = found.endpoint
    name = f"{endpoint.id} {clean(endpoint.description, limit=200)}".strip()
    return Write(request, operation, found.service_id, name=name)


def taken_names(endpoints: Sequence[PrivateEndpoint]) -> list[str]:
    """The custom DNS names that lead to these endpoints."""
    return [name for one in endpoints for name in one.truth.custom_names]
