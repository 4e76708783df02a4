"""Addresses an operator may give: nothing that would send credentials in the clear."""

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

DEFAULT_API_URL = "https://api.clickhouse.cloud"
API_ADDRESS = "CLICKPIPES_API_URL (api_url in a file of connections)"
"""Where the operator sets it, for a sentence."""

LOOPBACK = "127.0.0.1"
ENDPOINT_PATH = "/mcp"
_ENDPOINT_EXAMPLE = f"https://mcp.example.com{ENDPOINT_PATH}"
_ORIGIN_EXAMPLE = "https://app.example.com"
_STORE_EXAMPLE = "postgresql://clickpipes@db.example.com/clickpipes"
_LAST_PORT = 65_535
_BETWEEN = re.compile(r"[,\s]+")
_HOST = re.compile(r"[A-Za-z0-9._:%-]+")
USUAL_PORTS = {"https": 443, "http": 80}
"""Ports that browsers and HTTP clients leave out."""


def api_address(value: str) -> str:
    """The address without /v1 and without a trailing slash.

    Raises:
        ValueError: It would send credentials in the clear, or is not a plain address.
    """
    parts = _plain(value, DEFAULT_API_URL)
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix('/v1')}"


def endpoint_address(value: str) -> str:
    """The address of an MCP endpoint, with its path.

    Raises:
        ValueError: It would send tokens in the clear, or is not a plain address.
    """
    parts = _plain(value, _ENDPOINT_EXAMPLE)
    return f"{_origin(parts)}{parts.path.rstrip('/') or ENDPOINT_PATH}"


def issuer_address(value: str) -> str:
    """The address of an OAuth issuer, exactly as its tokens name it.

    Raises:
        ValueError: It would be asked in the clear, or is not a plain address.
    """
    _plain(value, "https://login.example.com")
    return value


def store_address(value: str) -> str:
    """The address of a PostgreSQL and of a database there, without a password.

    Raises:
        ValueError: It holds a password, or is not a plain address of one database.
    """
    if any(character.isspace() or not character.isprintable() for character in value):
        raise ValueError("must not contain spaces or control characters")
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError(f"must be an address such as {_STORE_EXAMPLE}") from None
    if parts.password is not None:
        raise ValueError(
            "must not contain a password; CLICKPIPES_STORE_PASSWORD says where that is kept"
        )
    database = parts.path.removeprefix("/")
    if parts.scheme != "postgresql" or not (host and host_of(host)):
        raise ValueError(f"must be an address such as {_STORE_EXAMPLE}")
    if not parts.username or not database or "/" in database:
        raise ValueError(f"must name a user and a database, such as {_STORE_EXAMPLE}")
    if parts.query or parts.fragment or "?" in value or "#" in value:
        raise ValueError("must not have a query or a fragment")
    return value


def origins(value: object) -> object:
    """Web origins, from a list with commas or spaces.

    Raises:
        ValueError: One is not a scheme, a host and at most a port.
    """
    if not isinstance(value, str):
        return value
    found = [_plain(word, _ORIGIN_EXAMPLE) for word in _BETWEEN.split(value) if word]
    if any(parts.path for parts in found):
        raise ValueError(f"must be origins such as {_ORIGIN_EXAMPLE}, without a path")
    return tuple(dict.fromkeys(map(_origin, found)))


def binding(value: object) -> object:
    """`HOST:PORT`, from that or from a port alone, which means loopback.

    Raises:
        ValueError: It is neither.
    """
    host, _, port = str(value).rpartition(":")
    host = host or LOOPBACK
    is_bare_v6 = ":" in host and not (host.startswith("[") and host.endswith("]"))
    if str(value).startswith(":") or is_bare_v6 or not host_of(host):
        raise ValueError("must be a port or HOST:PORT, such as 8000 or 127.0.0.1:8000")
    if not (port.isascii() and port.isdecimal() and int(port) <= _LAST_PORT):
        raise ValueError("must end in a port, from 0 to 65535")
    return f"{host}:{int(port)}"


def host_of(host: str) -> str:
    """A host without the brackets of an IPv6 address; empty where it cannot be one."""
    bare = host.removeprefix("[").removesuffix("]")
    return bare if _HOST.fullmatch(bare) else ""


def _origin(parts: SplitResult) -> str:
    """Scheme, host and port as requests name them: lower case, the usual port left out."""
    host = parts.hostname or ""
    if not host.isascii() or "*" in host:
        raise ValueError("must name one host, in ASCII: xn--… where it has other letters")
    shown = f"[{host}]" if ":" in host else host
    is_usual = parts.port in (None, USUAL_PORTS[parts.scheme])
    return f"{parts.scheme}://{shown}" if is_usual else f"{parts.scheme}://{shown}:{parts.port}"


def _plain(value: str, example: str) -> SplitResult:
    if any(character.isspace() or not character.isprintable() for character in value):
        raise ValueError("must not contain spaces or control characters")
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError(f"must be an address such as {example}") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise ValueError(f"must be an address such as {example}")
    if "@" in parts.netloc:
        raise ValueError("must not contain credentials; they have variables of their own")
    if parts.query or parts.fragment or "?" in value or "#" in value:
        raise ValueError("must not have a query or a fragment")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError("must begin with https:// (http:// only for this machine)")
    return parts


def is_loopback(host: str) -> bool:
    """Whether a host name can only mean this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
