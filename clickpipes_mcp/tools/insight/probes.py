"""Whether a source's addresses can be reached from this machine: DNS, TCP, TLS.

Only what a pipe's own configuration names is looked up, and only public addresses are connected
to unless the operator allows private ones: a pipe's configuration is a stranger's text.
"""

import re
import socket
import ssl
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import anyio
from pydantic import BaseModel, ConfigDict

from clickpipes_mcp.ip_ranges import is_public
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.source_facts import Address

MOST_TARGETS: Final = 4
STEP_S: Final = 3.0
NO_SUCH_HOST: Final = "no such host"
PRIVATE_ENDPOINT: Final = "a private endpoint"
NO_DNS: Final = "DNS did not answer; this says nothing about the source"
_UNKNOWN_NAME: Final = frozenset(
    getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA") if hasattr(socket, name)
)
"""What a resolver says of a name that does not exist; anything else is its own trouble."""

_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}[A-Za-z0-9_])?|[0-9A-Fa-f:.]{2,45}")


class ProbeResult(BaseModel):
    """What reaching for one address showed."""

    model_config = ConfigDict(frozen=True)

    target: str
    dns: str
    tcp: str
    tls: str

    @property
    def told(self) -> str:
        """The error that the pipe itself would meet, if it can only be the same one."""
        return f"lookup {self.target}: {NO_SUCH_HOST}" if self.dns == NO_SUCH_HOST else ""


def way_around(arm_body: Mapping[str, object], endpoint_field: str, *, has_endpoint: bool) -> str:
    """What a pipe goes through that this machine does not, empty where it goes straight.

    `endpoint_field` is the API's field that takes ids of private endpoints, if there is one.
    """
    if any(value and key.lower().startswith("ssh") for key, value in arm_body.items()):
        return "an SSH tunnel"
    if has_endpoint or (endpoint_field and arm_body.get(endpoint_field)):
        return PRIVATE_ENDPOINT
    return ""


@dataclass(frozen=True)
class Target:
    """An address that can be connected to."""

    host: str
    port: int
    begins_with_tls: bool


def _targets(addresses: Iterable[Address]) -> Iterator[Target]:
    """The addresses that look like a host and that name a port."""
    for address in addresses:
        port = address.port or 0
        if _HOST.fullmatch(address.host) and 0 < port < 65_536:
            yield Target(address.host, port, address.begins_with_tls)


async def probe(addresses: Iterable[Address], *, allow_private: bool) -> list[ProbeResult]:
    """Try to connect to the addresses: at most a few of them, each for some seconds."""
    wanted = list(dict.fromkeys(_targets(addresses)))[:MOST_TARGETS]
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
    except OSError as error:
        dns = NO_SUCH_HOST if error.errno in _UNKNOWN_NAME else NO_DNS
        return ProbeResult(target=named, dns=dns, tcp="", tls="")
    if not addresses:
        return ProbeResult(target=named, dns=NO_DNS, tcp="", tls="")
    if not allow_private and not all(is_public(address) for address in addresses):
        return ProbeResult(
            target=named,
            dns="private address",
            tcp="not tried; CLICKPIPES_PROBE_PRIVATE=true allows it",
            tls="",
        )
    # The address just judged is the one connected to: a second lookup could answer another.
    tcp = await _connected(addresses[0], target.port)
    tls = await _handshake(addresses[0], target) if tcp == "open" and target.begins_with_tls else ""
    return ProbeResult(target=named, dns=", ".join(addresses[:2]), tcp=tcp, tls=tls)


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
