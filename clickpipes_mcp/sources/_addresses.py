"""The hosts in a pipe's configuration, in the forms in which several sources write them."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from clickpipes_mcp.source_facts import Address

_WEB_PORTS = {"http": 80, "https": 443}


def host_and_port(text: str) -> Address:
    """`host:port`, or a host alone."""
    host, colon, port = text.strip().rpartition(":")
    if not colon or (":" in host and not host.endswith("]")):  # a name, or a bare IPv6 address
        return Address(text.strip().strip("[]"))
    return Address(host.strip("[]"), int(port) if port.isdecimal() else None)


def of_server(configuration: Mapping[str, object]) -> Iterator[Address]:
    """The server whose `host` and `port` are given apart."""
    host, port = configuration.get("host"), configuration.get("port")
    if isinstance(host, str):
        yield Address(host.strip("[]"), int(str(port)) if str(port).isdecimal() else None)


def of_url(configuration: Mapping[str, object]) -> Iterator[Address]:
    """The web server of `url`."""
    url = configuration.get("url")
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        host, port = parts.hostname, parts.port
    except ValueError:
        return
    if host and parts.scheme in _WEB_PORTS:
        yield Address(host, port or _WEB_PORTS[parts.scheme], parts.scheme == "https")
