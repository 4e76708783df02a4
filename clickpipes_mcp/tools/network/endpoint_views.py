"""A reverse private endpoint as an assistant needs to see it, and the pipes that go through it."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from clickpipes_mcp.cloud import Pipe, PrivateEndpoint
from clickpipes_mcp.errors import NextAction
from clickpipes_mcp.pipe_states import Stage
from clickpipes_mcp.private_endpoints import KINDS, covers, status_named
from clickpipes_mcp.private_endpoints.names import normal
from clickpipes_mcp.quotation import quote_unless_plain
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools.dry_run import PlannedRequest, show
from clickpipes_mcp.tools.pipe_views import spec_of
from clickpipes_mcp.tools.record import Call
from clickpipes_mcp.tools.views import View, actions, cut
from clickpipes_mcp.tools.writes import Write

MOST_NAMES = 30
MOST_USERS = 20
_WAITING = "PendingAcceptance"
_BETWEEN_HOSTS = re.compile(r"[^\w.*-]+")


class EndpointRow(BaseModel):
    """One line of a list."""

    model_config = ConfigDict(frozen=True)

    description: str
    type: str
    status: str
    id: str


class EndpointView(View):
    """One endpoint. `to_do` is what somebody outside has to do before it can be used."""

    id: str
    description: str
    type: str
    status: str
    status_means: str
    to_do: str | None = None
    how_to_use: str | None = None
    endpoint_id: str | None = None
    connects_to: dict[str, str]
    dns_names: list[str]
    private_dns_names: list[str]
    custom_dns_names: list[str]
    dns_targets: list[str]
    used_by: list[str]


class EndpointList(View):
    """The endpoints of a service."""

    endpoints: list[EndpointRow]


class EndpointOutcome(View):
    """What a write did, or in a dry run would do."""

    endpoint: EndpointRow | None = None
    request: PlannedRequest | None = None


def label(endpoint: PrivateEndpoint) -> str:
    """What people know an endpoint by."""
    return clean(endpoint.description, limit=255) or endpoint.id


def name(endpoint: PrivateEndpoint) -> str:
    """The same in a sentence."""
    return clean(label(endpoint), limit=80)


def row(endpoint: PrivateEndpoint) -> EndpointRow:
    """An endpoint as one line."""
    return EndpointRow(
        description=clean(endpoint.description, limit=80),
        type=endpoint.type,
        status=endpoint.status,
        id=endpoint.id,
    )


def statuses(endpoints: Sequence[PrivateEndpoint]) -> str:
    """`2 Ready, 1 PendingAcceptance`."""
    counted = Counter(endpoint.status for endpoint in endpoints)
    return ", ".join(f"{count} {status}" for status, count in counted.most_common())


def to_do(endpoint: PrivateEndpoint) -> str | None:
    """What the owner of the source has to do for an endpoint that waits for it."""
    if endpoint.status != _WAITING:
        return None
    kind = KINDS.get(endpoint.type)
    return (kind.accept if kind else "") or "Accept the connection on the source's side."


def whole(endpoint: PrivateEndpoint, pipes: Sequence[Pipe]) -> EndpointView:
    """An endpoint with everything that is known of it; `pipes` are those of its service."""
    users = through(endpoint, pipes)
    return EndpointView(
        summary=f"Private endpoint “{name(endpoint)}” is {endpoint.status}.",
        id=endpoint.id,
        description=clean(endpoint.description, limit=255),
        type=endpoint.type,
        status=endpoint.status,
        status_means=status_named(endpoint.status).meaning,
        to_do=to_do(endpoint),
        how_to_use=_how_to_use(endpoint),
        endpoint_id=endpoint.endpoint_id or None,
        connects_to=_connects_to(endpoint),
        dns_names=_show(endpoint.dns_names),
        private_dns_names=_show(endpoint.private_dns_names),
        custom_dns_names=_show(
            [
                f"{mapping.private_dns_name} -> {mapping.target_id}"
                if mapping.target_id
                else mapping.private_dns_name
                for mapping in endpoint.custom_private_dns_mappings
            ]
        ),
        dns_targets=_show(
            [f"{target.id}: {target.internal_dns_name}" for target in endpoint.dns_targets]
        ),
        used_by=_show([f"{pipe.name} ({pipe.id}, {pipe.state})" for pipe in users]),
        next_actions=actions(*what_next(endpoint)),
    )


def _how_to_use(endpoint: PrivateEndpoint) -> str | None:
    if status_named(endpoint.status).stage is not Stage.WORKING:
        return None
    by_id = (
        f'{spec.title}: source.{spec.endpoint_ids} ["{endpoint.id}"].'
        for spec in SOURCES
        if spec.endpoint_ids
    )
    by_name = "Databases: one of its DNS names as the host, with the source's port."
    return " ".join((*by_id, by_name))


def _connects_to(endpoint: PrivateEndpoint) -> dict[str, str]:
    kind = KINDS.get(endpoint.type)
    found = {name: getattr(endpoint, name) for name in (kind.companions if kind else ())}
    return {name: clean(value, limit=255) for name, value in found.items() if value}


def _show(texts: Sequence[str]) -> list[str]:
    return cut([clean(text, limit=255) for text in texts], MOST_NAMES)


def what_next(endpoint: PrivateEndpoint) -> list[NextAction]:
    """What usually follows from an endpoint's status."""
    if endpoint.status == "Deleting":
        return [NextAction("list_private_endpoints", "shows when it is gone, which takes minutes")]
    if status_named(endpoint.status).stage is not Stage.MOVING:
        return []
    target: dict[str, object] = {"endpoint": endpoint.id}
    why = (
        "shows whether the owner has accepted"
        if endpoint.status == _WAITING
        else "shows whether it is Ready; look every half minute"
    )
    return [NextAction("get_private_endpoint", why, target)]


def name_pipes(pipes: Sequence[Pipe]) -> str:
    """Pipes by name and id."""
    named = ((quote_unless_plain(pipe.name), quote_unless_plain(pipe.id)) for pipe in pipes)
    return ", ".join(cut([f"{name} ({id_})" for name, id_ in named], MOST_USERS))


def through(endpoint: PrivateEndpoint, pipes: Sequence[Pipe]) -> list[Pipe]:
    """The pipes that reach their source through an endpoint: by its id or by one of its names."""
    sent = endpoint.truth
    return [pipe for pipe in pipes if _holds_id(pipe, sent.id) or _reaches(pipe, sent.names)]


def reaching(names: Sequence[str], pipes: Sequence[Pipe]) -> list[Pipe]:
    """The pipes that reach their source under one of these DNS names."""
    return [pipe for pipe in pipes if _reaches(pipe, names)]


def holding(endpoint: PrivateEndpoint, pipes: Sequence[Pipe]) -> list[Pipe]:
    """The pipes that name an endpoint by its id."""
    return [pipe for pipe in pipes if _holds_id(pipe, endpoint.truth.id)]


def hosts_of(pipes: Sequence[Pipe]) -> frozenset[str]:
    """Every host that pipes name, in the form in which names are compared."""
    return frozenset(normal(host) for pipe in pipes for host in _hosts(pipe) if host)


def _holds_id(pipe: Pipe, endpoint_id: str) -> bool:
    return any(text.lower() == endpoint_id.lower() for text in _texts(pipe.truth.arm_body))


def _reaches(pipe: Pipe, names: Sequence[str]) -> bool:
    return any(covers(name, host) for host in _hosts(pipe) for name in names)


def _hosts(pipe: Pipe) -> Iterator[str]:
    """The hosts of a pipe; of an unknown source every word that may be one, lest one is missed."""
    spec = spec_of(pipe)
    if spec is not None:
        yield from (address.host for address in spec.addresses(pipe.truth.arm_body))
        return
    for text in _texts(pipe.truth.arm_body):
        yield from _BETWEEN_HOSTS.split(text)


def _texts(value: object) -> Iterator[str]:
    """Every text in a configuration."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def show_write(call: Call[Any], write: Write[object], summary: str) -> EndpointOutcome:
    """The answer of a dry run."""
    plan = show(call, write, summary)
    return EndpointOutcome(summary=plan.summary, request=plan.request)
