"""Rules of addresses in private networks, which ClickHouse Cloud does not reach."""

from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address, ip_network
from typing import Final

from clickpipes_mcp.contract import Request, Rule, Violation
from clickpipes_mcp.host_names import host_name
from clickpipes_mcp.rule_words import Check, RuleBook
from clickpipes_mcp.source_facts import Address
from clickpipes_mcp.ssh_keys import PIPE_FIELD

_PRIVATE_ENDINGS: Final = ("local", "localhost", "internal", "corp", "private")
"""Domains that no private endpoint can be named in either.

Source: OpenAPI contract, CreateReversePrivateEndpoint.customPrivateDnsMappings.
"""

_WAYS: Final = ("reverse_private_endpoint_ids", PIPE_FIELD)
"""Fields that name another way to an address."""

_PRIVATE_NETWORKS: Final = tuple(
    map(
        ip_network,
        (
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "::1/128",
            "fc00::/7",
            "fe80::/10",
        ),
    )
)
"""Source: RFC 1918, 6598, 1122, 3927, 4193 and 4291."""

Addresses = Callable[[Mapping[str, object]], Iterator[Address]]


def private_address_rule(
    of_source: RuleBook,
    field: str,
    addresses: Addresses,
    *,
    private: object,
) -> Rule[Request]:
    """An address is public, or is reached through an endpoint; `private` is one that is not."""
    book = of_source.family("address.")
    return book.rule(
        "reachable",
        "ClickHouse Cloud reaches public addresses, and private ones through another way.",
        _is_reachable(book.at, field, addresses),
        broken={field: private},
        documentation="https://clickhouse.com/docs/integrations/clickpipes/aws-privatelink",
        effect="warn",
    )


def _is_reachable(at: str, field: str, addresses: Addresses) -> Check:
    start = tuple(filter(None, at.split(".")))

    def check(model: object) -> Iterator[Violation]:
        source = getattr(model, "source", None) if at else model
        if not isinstance(source, Request) or any(getattr(source, way, None) for way in _WAYS):
            return
        found = [one.field or field for one in addresses(source.body()) if is_private(one.host)]
        for place in dict.fromkeys(found):
            yield Violation(
                (*start, *place.split(".")),
                "This is an address of a private network, which ClickHouse Cloud does not reach.",
                fix="Give a public address that lets in the addresses of ClickHouse Cloud "
                "(get_source_guide lists them), or reach it through a reverse private endpoint or "
                "an SSH tunnel.",
            )

    return check


def is_private(host: str) -> bool:
    """Whether nobody outside a private network reaches a host of this name or address."""
    name = host_name(host)
    try:
        address = ip_address(name)
    except ValueError:
        is_label = name.replace("-", "").isalnum() and not name.isdecimal()
        return is_label or name.rpartition(".")[2] in _PRIVATE_ENDINGS
    return any(address in network for network in _PRIVATE_NETWORKS)
