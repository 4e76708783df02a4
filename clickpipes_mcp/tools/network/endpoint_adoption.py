"""Which private endpoint is the one that is to be created: some fields of its type tell."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from clickpipes_mcp.cloud import PrivateEndpoint
from clickpipes_mcp.errors import NextAction
from clickpipes_mcp.journal import JournalEntry
from clickpipes_mcp.pipe_states import Stage
from clickpipes_mcp.private_endpoints import KINDS, CreateEndpoint, EndpointKind, status_named
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.tools.adoption import Present, ReadInFull, Words
from clickpipes_mcp.tools.network.dns_ways import asked_ways, present_ways
from clickpipes_mcp.tools.record import Call


@dataclass(frozen=True)
class WantedEndpoint(ReadInFull):
    """An endpoint that is to exist, and how it is recognised among those that do."""

    service_id: str
    request: CreateEndpoint

    words = Words(
        noun="endpoint",
        title="private endpoint",
        called="private endpoint to the same place",
        instead="Use it: several pipes of a service can go through one endpoint. Its custom DNS "
        "names can be changed, nothing else of it.",
    )
    operation = "create private endpoint"

    @property
    def kind(self) -> EndpointKind:
        return KINDS[self.request.type]

    @property
    def key(self) -> str:
        """What it shares with every request for the same endpoint, and with no other."""
        facts = (self.request.type, *(_text(self.request, name) for name in self.kind.identity))
        return hashlib.sha256("\0".join(facts).encode("utf-8", "surrogatepass")).hexdigest()[:16]

    @property
    def journal_name(self) -> str:
        """Begins with the key: descriptions repeat and can be written anew."""
        return f"{self.key} {clean(self.request.description, limit=200)}"

    @property
    def look_again(self) -> NextAction:
        return NextAction(
            "list_private_endpoints",
            "shows in a minute whether it is there",
        )

    def is_journaled_as(self, entry: JournalEntry) -> bool:
        """Whether a line of the journal is about it."""
        return (entry.name or "").partition(" ")[0] == self.key

    def is_leaving(self, _: Call[Any], endpoint: PrivateEndpoint) -> bool:
        """Whether an endpoint is being deleted."""
        return endpoint.status == "Deleting"

    def describe(self, endpoint: PrivateEndpoint) -> Present:
        """What a conflict tells of an endpoint that is there."""
        return Present(
            endpoint.id,
            endpoint.status,
            look=NextAction("get_private_endpoint", "shows it", {"endpoint": endpoint.id}),
            wait=NextAction("list_private_endpoints", "shows when it is gone, which takes minutes"),
        )

    def is_meant_by(self, endpoint: PrivateEndpoint) -> bool:
        """Whether the endpoint is this one, however the rest of it may be set up."""
        return self._agrees(endpoint, self.kind.identity)

    def shares_place_with(self, endpoint: PrivateEndpoint) -> bool:
        """Whether both lead to the same place."""
        return self._agrees(endpoint, self.kind.companions)

    def differences(self, endpoint: PrivateEndpoint) -> tuple[str, ...]:
        """The fields in which an endpoint is not as asked for."""
        names = ("description", *self.kind.companions)
        texts = [name for name in names if _text(self.request, name) != _text(endpoint.truth, name)]
        asked = asked_ways(self.request.custom_private_dns_mappings or (), endpoint)
        is_led = asked == present_ways(endpoint)
        return (*texts, *(() if is_led else ("custom_private_dns_mappings",)))

    def _agrees(self, endpoint: PrivateEndpoint, names: Sequence[str]) -> bool:
        return self.request.type == endpoint.truth.type and all(
            _text(self.request, name) == _text(endpoint.truth, name) for name in names
        )


def _text(one: CreateEndpoint | PrivateEndpoint, name: str) -> str:
    return str(getattr(one, name) or "").strip()


def _is_broken(endpoint: PrivateEndpoint) -> bool:
    """Whether it never became usable, or was refused: it goes away by itself."""
    return status_named(endpoint.status).stage is Stage.BROKEN


def unbroken(endpoints: Sequence[PrivateEndpoint]) -> list[PrivateEndpoint]:
    """Those that are usable or may become so."""
    return [one for one in endpoints if not _is_broken(one)]
