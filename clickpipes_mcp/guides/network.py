"""Whom a source has to let in."""

from collections.abc import Iterator

from clickpipes_mcp.contract import Family, SourceSpec, no_addresses
from clickpipes_mcp.diagnosis import ServiceFacts
from clickpipes_mcp.guides.egress import Egress, egress_of
from clickpipes_mcp.ssh_keys import PIPE_FIELD

_SERVICE_TOO = (
    "Allow the addresses of the service too, because the service itself pulls the objects. They "
    "are "
    "egress_ips of its region in https://api.clickhouse.cloud/static-ips.json ."
)
_WITHOUT_SERVICE = (
    "Allow the addresses of the service's region. Call get_source_guide with service to get them. "
    "These are the addresses of the two default regions:"
)
_PRIVATE = (
    "For a source in a private network, create a reverse private endpoint in the service "
    "(create_private_endpoint). Pipes can use it once it is Ready."
)
_TUNNEL = (
    "You can also go through a bastion of your own, by an SSH tunnel. create_ssh_key answers a "
    "line for its authorized_keys, validate_ssh_key tries the login, and the pipe is created with "
    f"{PIPE_FIELD}. The host of the pipe is then the source as the bastion reaches it. No secret "
    "is involved. Allow the addresses above at the bastion instead of the source."
)
_TOOLSET = (
    "list_network_paths shows what exists. Where these tools are not offered, the operator adds "
    "network to CLICKPIPES_TOOLSETS."
)
_AZURE = (
    "Azure Private Link is not supported for ClickPipes: an SSH tunnel is the private way to a "
    "source on Azure."
)
_AZURE_FILES = "Azure Private Link is not supported for ClickPipes."
_MODULES = {
    "kafka": "MSK, Confluent Cloud and Google Managed Kafka",
    "postgres": "Cloud SQL",
}
"""What the modules of github.com/ClickHouse/clickpipes-terraform-modules set up."""


def network(spec: SourceSpec, service: ServiceFacts | None) -> str:
    """The addresses to allow; without a service, those of the two default regions."""
    if service is None:
        found = [egress_of(ServiceFacts(region=region)) for region in ("eu-", "us-")]
        lines = [_WITHOUT_SERVICE]
    else:
        found = [egress_of(service)]
        place = f"{service.provider} {service.region}".strip()
        lines = [f"Allow these addresses for the service in {place or 'an unknown region'}:"]
    for egress in found:
        lines += _shown(egress)
    return "\n".join((*lines, *_ways(spec)))


def _ways(spec: SourceSpec) -> Iterator[str]:
    """What else may have to be let in, and the ways past the public internet.

    Source: documentation of ClickPipes, networking.
    """
    if spec.family is Family.OBJECT_STORAGE:
        yield _SERVICE_TOO
        if spec.key == "azure_blob":
            yield _AZURE_FILES
    elif spec.addresses is not no_addresses:
        yield _PRIVATE
        if PIPE_FIELD in spec.source_fields:
            yield _TUNNEL
            yield _AZURE
        yield _TOOLSET
        if spec.key in _MODULES:
            yield (
                f"These examples in Terraform for {_MODULES[spec.key]} are no longer maintained: "
                "https://github.com/ClickHouse/clickpipes-terraform-modules ."
            )


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
