"""Whom a source has to let in."""

from clickpipes_mcp.contract import Family, SourceSpec
from clickpipes_mcp.diagnosis import ServiceFacts
from clickpipes_mcp.guides.egress import Egress, egress_of

_SERVICE_TOO = (
    "The service itself pulls the objects, so its own addresses count as well: egress_ips of its "
    "region in https://api.clickhouse.cloud/static-ips.json."
)
_PRIVATE = (
    "Privately: a reverse private endpoint in the service (toolset private_endpoints), usable "
    "once it is Ready."
)
_TUNNEL = "An SSH tunnel is set up in the console only."


def network(spec: SourceSpec, service: ServiceFacts | None) -> str:
    """The addresses to allow; without a service, those of the two default regions."""
    if service is None:
        found = [egress_of(ServiceFacts(region=region)) for region in ("eu-", "us-")]
        lines = ["The service decides; name it to get the addresses of its region. By default:"]
    else:
        found = [egress_of(service)]
        place = f"{service.provider} {service.region}".strip()
        lines = [f"Allow these addresses for the service in {place or 'an unknown region'}:"]
    for egress in found:
        lines += _shown(egress)
    if spec.family is Family.OBJECT_STORAGE:
        lines.append(_SERVICE_TOO)
    if spec.family is Family.DATABASE:
        lines.append(_TUNNEL)
    if spec.family is not Family.OBJECT_STORAGE:
        lines.append(_PRIVATE)
    return "\n".join(lines)


def _shown(egress: Egress) -> list[str]:
    lines = [f"- {egress.region}: {', '.join(egress.addresses)}"]
    if egress.since:
        lines.append(
            f"  Services older than {egress.since.isoformat()} keep those of {egress.instead}; "
            "allow both where the age is not known."
        )
        instead = egress_of(ServiceFacts(region=egress.instead, provider="aws"))
        lines.append(f"- {instead.region}: {', '.join(instead.addresses)}")
    return lines
