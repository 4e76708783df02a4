"""Where each provider keeps the list of addresses that may connect.

Source: the providers' documentation of their network access; the pages that ClickPipes' guides
link to.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from clickpipes_mcp.diagnosis._steps import EGRESS, Step
from clickpipes_mcp.diagnosis.providers import Provider

_SECURITY_GROUP: Final = "an inbound rule of the security group; the instance must be public"
_PLACES: Final[Mapping[Provider, str]] = {
    Provider.RDS: _SECURITY_GROUP,
    Provider.AURORA: _SECURITY_GROUP,
    Provider.DOCUMENTDB: "an inbound rule of the security group; it has no public address, so a "
    "tunnel or an endpoint leads there",
    Provider.MSK: "an inbound rule of the security group, with public access switched on",
    Provider.CLOUD_SQL: "Connections, Networking, Authorized networks",
    Provider.ALLOYDB: "Connectivity, Authorized external networks",
    Provider.AZURE: "Networking, Firewall rules",
    Provider.EVENT_HUBS: "the namespace's Networking, Firewall",
    Provider.SUPABASE: "Project settings, Database, Network restrictions",
    Provider.NEON: "Project settings, Network security, IP Allow",
    Provider.PLANETSCALE: "IP restrictions of the branch's passwords or roles",
    Provider.ATLAS: "Network Access, IP access list",
    Provider.CONFLUENT: "IP filtering of the organization",
}


def at_provider(step: Step, provider: Provider | None) -> Step:
    """The step that allows ClickPipes' addresses, with the place where the provider has them."""
    place = _PLACES.get(provider) if provider else None
    if step is not EGRESS or provider is None or place is None:
        return step
    return replace(step, text=f"{step.text} {provider}: {place}.")
