"""Addresses an operator may give: nothing that would send credentials in the clear."""

from ipaddress import ip_address
from urllib.parse import urlsplit

DEFAULT_API_URL = "https://api.clickhouse.cloud"


def api_address(value: str) -> str:
    """The address without /v1 and without a trailing slash.

    Raises:
        ValueError: It would send credentials in the clear, or is not a plain address.
    """
    if any(character.isspace() or not character.isprintable() for character in value):
        raise ValueError("must not contain spaces or control characters")
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError(f"must be an address such as {DEFAULT_API_URL}") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise ValueError(f"must be an address such as {DEFAULT_API_URL}")
    if "@" in parts.netloc:
        raise ValueError("must not contain credentials; set the API key in its own variables")
    if parts.query or parts.fragment or "?" in value or "#" in value:
        raise ValueError("must not have a query or a fragment")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError("must begin with https:// (http:// only for this machine)")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix('/v1')}"


def is_loopback(host: str) -> bool:
    """Whether a host name can only mean this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
