"""Which servers a connection string names, and what of its options is kept.

Source: MongoDB documentation, connection strings; the specification of the initial DNS seedlist.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

_PORT: Final = 27017
_MOST_HOSTS: Final = 50
_LOOK_UP_S: Final = 4.0
_KEPT: Final = ("authSource", "replicaSet")
"""Options that say where a user is kept and which set is meant. Others could switch off what keeps
a login safe, or name files and proxies of this machine."""


@dataclass(frozen=True)
class Servers:
    """Hosts with their ports, and the options that are kept; `problem` is why there are none."""

    hosts: tuple[tuple[str, int], ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    database: str = ""
    problem: str = ""


def servers_of(uri: str) -> Servers:
    """The servers of a connection string. Those of mongodb+srv are looked up in DNS."""
    scheme, _, rest = uri.partition("://")
    places, _, query = rest.partition("?")
    named, _, database = places.partition("/")
    options = _options(query)
    if scheme == "mongodb+srv":
        return _looked_up(named, options, database)
    hosts = tuple(_host(one) for one in named.split(",") if one)[:_MOST_HOSTS]
    return Servers(hosts, options, unquote(database), "" if hosts else "uri names no host")


def _options(query: str) -> dict[str, str]:
    given = {name.lower(): value for name, value in parse_qsl(query)}
    return {name: given[name.lower()] for name in _KEPT if name.lower() in given}


def _host(member: str) -> tuple[str, int]:
    parts = urlsplit(f"//{member.rpartition('@')[2]}")
    try:
        return parts.hostname or "", parts.port or _PORT
    except ValueError:
        return parts.hostname or "", _PORT


def _looked_up(name: str, options: dict[str, str], database: str) -> Servers:
    import dns.exception
    import dns.resolver  # comes with pymongo

    try:
        found = dns.resolver.resolve(f"_mongodb._tcp.{name}", "SRV", lifetime=_LOOK_UP_S)
        hosts = tuple((one.target.to_text(omit_final_dot=True), one.port) for one in found)
        told = _told_by_dns(name)
    except (dns.exception.DNSException, ValueError) as error:
        return Servers(problem=f"DNS names no servers of {name}: {error}")
    parent = name.partition(".")[2].lower()
    strangers = [host for host, _ in hosts if not host.lower().endswith(f".{parent}")]
    if strangers or not parent:
        return Servers(problem=f"DNS leads {name} to {', '.join(strangers)}, of another domain")
    return Servers(hosts[:_MOST_HOSTS], {**told, **options}, unquote(database))


def _told_by_dns(name: str) -> dict[str, str]:
    """The options that the owner of the name gives with it."""
    import dns.resolver

    try:
        found = dns.resolver.resolve(name, "TXT", lifetime=_LOOK_UP_S)
    except (dns.resolver.NoAnswer, dns.resolver.NXDOMAIN):
        return {}
    return _options("".join(text.decode() for one in found for text in one.strings))
