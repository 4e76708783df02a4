"""The hosts in a Kafka pipe's configuration: its brokers and its schema registry."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from clickpipes_mcp.source_facts import Address, Recipient
from clickpipes_mcp.sources._addresses import host_and_port, of_url

PLAINTEXT_PORT = 9092
"""A broker of one's own may speak plain text there: TLS that fails there proves nothing."""


REGISTRY = "schemaRegistry"
REGISTRY_URL = "schema_registry.url"


def of_brokers(configuration: Mapping[str, object]) -> Iterator[Address]:
    """Every broker, then the registry."""
    yield from _brokers(configuration)
    yield from _registry(configuration)


def of_cluster_and_registry(configuration: Mapping[str, object]) -> Iterator[Recipient]:
    """Who learns which credentials: those of the registry are for it alone."""
    for broker in _brokers(configuration):
        yield Recipient(broker.host, is_member=True)
    for registry in _registry(configuration):
        yield Recipient(registry.host, REGISTRY)


def _brokers(configuration: Mapping[str, object]) -> Iterator[Address]:
    brokers = configuration.get("brokers")
    for broker in brokers.split(",") if isinstance(brokers, str) else ():
        address = host_and_port(broker)
        yield replace(address, begins_with_tls=address.port not in (None, PLAINTEXT_PORT))


def _registry(configuration: Mapping[str, object]) -> Iterator[Address]:
    registry = configuration.get(REGISTRY)
    if isinstance(registry, Mapping):
        for address in of_url(registry):
            yield replace(address, field=REGISTRY_URL)
