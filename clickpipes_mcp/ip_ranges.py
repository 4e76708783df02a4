"""Whose an IP address may be: anybody's public one, a private network's, or nobody's to ask."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

_NEVER_PUBLIC: Final = tuple(
    map(
        ip_network,
        (
            "100.64.0.0/10",
            "168.63.129.16/32",
            "192.0.0.0/24",
            "192.88.99.0/24",
            "::/96",
            "::ffff:0:0:0/96",
            "64:ff9b::/96",
            "64:ff9b:1::/48",
            "2001::/32",
            "2002::/16",
            "5f00::/16",
            "fec0::/10",
        ),
    )
)
"""Ranges that may lead into a private network although not every Python version counts them so:
shared, platform and protocol addresses, and IPv6 that stands for IPv4, private ones too.

Source: IANA's special-purpose address registries; 168.63.129.16 is Azure's platform address.
"""

_NETWORKS_OF_THEIR_OWN: Final = tuple(
    map(
        ip_network,
        ("10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7"),
    )
)
"""Where a person's own servers stand. Source: RFC 1918, 1122 and 4193."""

_METADATA: Final = frozenset(map(ip_address, ("fd00:ec2::254", "fd20:ce::254")))
"""Metadata services in a private range. Source: the documentation of Amazon EC2 and Google Cloud.

Those of IPv4 are link-local (169.254.169.254), shared (100.100.100.200) or of a platform
(168.63.129.16, 192.0.0.192), which no private network of a person's own is.
"""


def is_public(address: str) -> bool:
    """Whether an address can only be somebody's public one."""
    parsed = _parse(address)
    if parsed is None or any(parsed in network for network in _NEVER_PUBLIC):
        return False
    return parsed.is_global and not parsed.is_multicast


def is_of_own_network(address: str) -> bool:
    """Whether an address is of a private network or of this machine, and no metadata service."""
    parsed = _parse(address)
    if parsed is None or parsed in _METADATA:
        return False
    return any(parsed in network for network in _NETWORKS_OF_THEIR_OWN)


def _parse(address: str) -> IPv4Address | IPv6Address | None:
    """The address that is meant; IPv6 that is written for IPv4 is that IPv4 address."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return mapped or parsed
