"""The hosts in a Kafka pipe's configuration: its brokers and its schema registry."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from clickpipes_mcp.source_facts import Address
from clickpipes_mcp.sources._addresses import host_and_port, of_url

PLAINTEXT_PORT = 9092
"""A broker of one's own may speak plain text there: TLS that fails there proves nothing."""


def of_brokers(configuration: Mapping[str, object]) -> Iterator[Address]:
    """Every broker, then the registry."""
    brokers = configuration.get("brokers")
    for broker in brokers.split(",") if isinstance(brokers, str) else ():
        address = host_and_port(broker)
        yield replace(address, begins_with_tls=address.port not in (None, PLAINTEXT_PORT))
    registry = configuration.get("schemaRegistry")
    if isinstance(registry, Mapping):
        yield from of_url(registry)
