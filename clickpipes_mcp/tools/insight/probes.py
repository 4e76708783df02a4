"""Whether a source's addresses can be reached from this machine: DNS, TCP, TLS.

Only what a pipe's own configuration names is looked up, and only public addresses are connected
to unless the operator allows private ones: a pipe's configuration is a stranger's text.
"""

import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

import anyio
from pydantic import BaseModel, ConfigDict

from clickpipes_mcp.redaction import clean

MOST_TARGETS: Final = 4
STEP_S: Final = 3.0
NO_SUCH_HOST: Final = "no such host"
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}[A-Za-z0-9_])?|[0-9A-Fa-f:.]{2,45}")
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


class ProbeResult(BaseModel):
    """What reaching for one address showed."""

    model_config = ConfigDict(frozen=True)

    target: str
    dns: str
    tcp: str
    tls: str

    @property
    def told(self) -> str:
        """The error a pipe would tell of it, where it can only be the same one."""
        return f"lookup {self.target}: {NO_SUCH_HOST}" if self.dns == NO_SUCH_HOST else ""


@dataclass(frozen=True)
class Target:
    """A host and port of a source; `has_tls` where TLS begins with the connection."""

    host: str
    port: int
    has_tls: bool


def targets(source: Mapping[str, object]) -> Iterator[Target]:
    """The addresses that a source's configuration names."""
    brokers = source.get("brokers")
    if isinstance(brokers, str):
        for broker in brokers.split(","):
            host, _, port = broker.strip().rpartition(":")
            # Port 9092 of a self-managed broker may speak plain text; TLS there proves nothing.
            yield from _target(host, port, has_tls=port != "9092")
    database = source.get("host")
    if isinstance(database, str):
        yield from _target(database, str(source.get("port")), has_tls=False)
    registry = source.get("schemaRegistry")
    for address in (registry.get("url") if isinstance(registry, Mapping) else None,
                    source.get("url"), source.get("uri")):  # fmt: skip
        if isinstance(address, str):
            yield from _of_address(address)


def _of_address(address: str) -> Iterator[Target]:
    try:
        parts = urlsplit(address)
    except ValueError:
        return
    if parts.scheme == "mongodb":
        for member in parts.netloc.rpartition("@")[2].split(","):
            host, _, port = member.partition(":")
            yield from _target(host, port or "27017", has_tls=False)
        return
    try:
        named, known_port = parts.hostname, parts.port
    except ValueError:
        return
    if parts.scheme in ("http", "https") and named:
        has_tls = parts.scheme == "https"
        yield from _target(named, str(known_port or (443 if has_tls else 80)), has_tls=has_tls)


def _target(host: str, port: str, *, has_tls: bool) -> Iterator[Target]:
    host = host.strip("[]")
    if _HOST.fullmatch(host) and port.isdecimal() and 0 < int(port) < 65_536:
        yield Target(host, int(port), has_tls)


async def probe(source: Mapping[str, object], *, allow_private: bool) -> list[ProbeResult]:
    """Reach for every address a source names; at most a few, each for some seconds."""
    wanted = list(dict.fromkeys(targets(source)))[:MOST_TARGETS]
    results: dict[Target, ProbeResult] = {}

    async def one(target: Target) -> None:
        results[target] = await _probed(target, allow_private=allow_private)

    async with anyio.create_task_group() as probes:
        for target in wanted:
            probes.start_soon(one, target)
    return [results[target] for target in wanted]


async def _probed(target: Target, *, allow_private: bool) -> ProbeResult:
    named = f"{clean(target.host, limit=120)}:{target.port}"
    addresses: list[str] = []
    try:
        with anyio.move_on_after(STEP_S):
            found = await anyio.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
            addresses = list(dict.fromkeys(str(item[4][0]) for item in found))
    except OSError:
        return ProbeResult(target=named, dns=NO_SUCH_HOST, tcp="", tls="")
    if not addresses:
        return ProbeResult(target=named, dns="no answer", tcp="", tls="")
    if not allow_private and not all(is_public(address) for address in addresses):
        return ProbeResult(
            target=named,
            dns="private address",
            tcp="not tried; CLICKPIPES_PROBE_PRIVATE=true allows it",
            tls="",
        )
    # The address just judged is the one connected to: a second lookup could answer another.
    tcp = await _connected(addresses[0], target.port)
    tls = await _handshake(addresses[0], target) if tcp == "open" and target.has_tls else ""
    return ProbeResult(target=named, dns=", ".join(addresses[:2]), tcp=tcp, tls=tls)


def is_public(address: str) -> bool:
    """Whether an address can only be somebody's public one."""
    try:
        parsed: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        return is_public(str(parsed.ipv4_mapped))
    if any(parsed in network for network in _NEVER_PUBLIC):
        return False
    return parsed.is_global and not parsed.is_multicast


async def _connected(address: str, port: int) -> str:
    try:
        with anyio.fail_after(STEP_S):
            stream = await anyio.connect_tcp(address, port)
            await stream.aclose()
    except TimeoutError:
        return "no answer"
    except OSError as error:
        return "refused" if isinstance(error.__cause__, ConnectionRefusedError) else "not reachable"
    return "open"


async def _handshake(address: str, target: Target) -> str:
    try:
        with anyio.fail_after(STEP_S):
            stream = await anyio.connect_tcp(
                address,
                target.port,
                tls=True,
                tls_hostname=target.host,
                ssl_context=ssl.create_default_context(),
            )
            await stream.aclose()
    except TimeoutError:
        return "no answer"
    except ssl.SSLCertVerificationError as error:
        return f"certificate not trusted: {clean(error.verify_message, limit=80)}"
    except (OSError, anyio.BrokenResourceError, anyio.EndOfStream):
        return "no TLS"
    return "valid certificate"
