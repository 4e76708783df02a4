"""Which proxy stands on the way to an address, and which variable says so.

Of the variables only those are looked at that decide about the address: a proxy for another scheme,
or an exception where there is no proxy, may be as wrong as it likes.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit
from urllib.request import getproxies

from clickpipes_mcp.errors import InvalidSettings

SCHEMES: Final = ("http", "https", "socks5", "socks5h")
_EXAMPLE: Final = "http://proxy.example.com:3128"
_OF_THE_SYSTEM: Final = "the proxy settings of this machine"


@dataclass(frozen=True)
class ProxyRoute:
    """A proxy on the way; its address may hold a login."""

    variable: str
    address: str = field(repr=False)

    @property
    def is_socks(self) -> bool:
        """Whether it speaks SOCKS."""
        return self.address.startswith("socks")


def proxy_for(address: str) -> ProxyRoute | None:
    """The proxy on the way to an address; None for a direct way.

    Raises:
        InvalidSettings: The variable that decides about it holds nothing usable.
    """
    parts, proxies = urlsplit(address), getproxies()
    kind = next((kind for kind in (parts.scheme, "all") if proxies.get(kind)), None)
    if kind is None:
        return None
    exceptions = proxies.get("no", "")
    if _is_excepted(parts.hostname or "", parts.port, exceptions):
        return None
    proxy, variable = proxies[kind], _variable_of(kind, proxies)
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    if not _is_usable(proxy):
        raise InvalidSettings(
            f"{variable} holds no address of a proxy.",
            fix=f"The operator sets {variable} to an address such as {_EXAMPLE}, or unsets it. The "
            f"scheme may be {', '.join(SCHEMES)}.",
        )
    return ProxyRoute(variable, proxy)


def _is_usable(proxy: str) -> bool:
    try:
        parts = urlsplit(proxy)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    return parts.scheme in SCHEMES and bool(host) and not any(map(str.isspace, proxy))


def _variable_of(kind: str, proxies: Mapping[str, str]) -> str:
    """The variable that decides about a kind of address, as it is written in the environment."""
    written = (
        name
        for name, value in os.environ.items()
        if name.lower() == f"{kind}_proxy" and value == proxies[kind]
    )
    return next(written, _OF_THE_SYSTEM)


def _is_excepted(host: str, port: int | None, exceptions: str) -> bool:
    """Whether NO_PROXY names a host.

    Raises:
        InvalidSettings: An entry of it cannot be read.
    """
    return any(_fits(entry, host.lower(), port) for entry in _entries(exceptions))


def _entries(exceptions: str) -> Iterator[str]:
    yield from (entry.strip().lower() for entry in exceptions.split(",") if entry.strip())


def _fits(entry: str, host: str, port: int | None) -> bool:
    if entry == "*":
        return True
    try:
        if "/" in entry and "://" not in entry:
            return _is_within(host, entry)
        parts = urlsplit(entry if "://" in entry else f"//{_bracketed(entry)}")
        named, only_port = parts.hostname or "", parts.port
    except ValueError:
        variable = _variable_of("no", getproxies())
        raise InvalidSettings(
            f"{variable} holds an entry that is no host name.",
            fix=f"The operator sets {variable} to names of hosts with commas between them, such "
            "as localhost,.example.com.",
        ) from None
    if only_port is not None and only_port != port:
        return False
    if named.startswith(("*.", ".")):
        return host.endswith(named.removeprefix("*"))
    return host == named or (not _is_address(named) and host.endswith(f".{named}"))


def _is_within(host: str, network: str) -> bool:
    return ip_address(host) in ip_network(network, strict=False) if _is_address(host) else False


def _bracketed(entry: str) -> str:
    return f"[{entry}]" if ":" in entry and _is_address(entry) else entry


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
