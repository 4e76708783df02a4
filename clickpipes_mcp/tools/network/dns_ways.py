"""Where the custom DNS names of a private endpoint lead, or would."""

from collections.abc import Sequence

from clickpipes_mcp.cloud import PrivateEndpoint
from clickpipes_mcp.private_endpoints import DnsMapping
from clickpipes_mcp.private_endpoints.names import Way, normal


def present_ways(endpoint: PrivateEndpoint) -> frozenset[Way]:
    """The custom names of an endpoint and where they lead."""
    only = only_target(endpoint)
    return frozenset(
        (normal(m.private_dns_name), m.target_id or only)
        for m in endpoint.truth.custom_private_dns_mappings
    )


def asked_ways(asked: Sequence[DnsMapping], endpoint: PrivateEndpoint) -> frozenset[Way]:
    """Where custom names would lead; a target left out stays where the endpoint has no other."""
    only = only_target(endpoint)
    kept = {} if _has_choice(endpoint) else dict(present_ways(endpoint))
    names = [(normal(mapping.private_dns_name), mapping.target_id) for mapping in asked]
    return frozenset((name, target or kept.get(name) or only) for name, target in names)


def only_target(endpoint: PrivateEndpoint) -> str:
    """The target of an endpoint that has a single one; empty where it has several or tells none."""
    listed = [target.id for target in endpoint.truth.dns_targets]
    return listed[0] if listed and not _has_choice(endpoint) else ""


def _has_choice(endpoint: PrivateEndpoint) -> bool:
    """Whether it has several targets, be they listed or led to."""
    listed = {target.id for target in endpoint.truth.dns_targets}
    led_to = {m.target_id for m in endpoint.truth.custom_private_dns_mappings if m.target_id}
    return len(listed | led_to) > 1
