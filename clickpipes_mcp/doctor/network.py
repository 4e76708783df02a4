"""The way to the API: the proxy on it, and whose certificates are trusted."""

import os
from collections.abc import AsyncIterator
from typing import Final
from urllib.parse import urlsplit

from clickpipes_mcp.cloud.proxies import proxy_for
from clickpipes_mcp.doctor.check import Check, failed
from clickpipes_mcp.errors import InvalidSettings
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.settings import Settings, is_loopback

_OF_TRUST: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_SHOWN: Final = 200


async def check_network(settings: Settings) -> AsyncIterator[Check]:
    """Whether the variables about it can be used; nothing is connected to."""
    from clickpipes_mcp.cloud.wire import opened  # loads httpx2: start-up time

    is_here = is_loopback(urlsplit(settings.api_url).hostname or "")
    try:
        route = None if is_here else proxy_for(settings.api_url)
    except InvalidSettings as error:
        yield failed("proxy", error)
        return
    way = "none: the way is direct" if route is None else f"the one that {route.variable} names"
    yield Check("proxy", "ok", way)
    try:
        await opened(settings.api_url, settings.ca_file).aclose()
    except InvalidSettings as error:
        yield failed("certificates", error)
        return
    yield Check("certificates", "ok", _trusted(settings))
    if os.environ.get("SSLKEYLOGFILE"):
        file = clean(os.environ["SSLKEYLOGFILE"], limit=_SHOWN)
        told = f"whoever reads {file} can read along, API key and secrets included"
        yield Check("TLS keys", "warn", told, "Unset SSLKEYLOGFILE.")


def _trusted(settings: Settings) -> str:
    variable = next((name for name in _OF_TRUST if os.environ.get(name)), None)
    if variable is None:
        public = "the public authorities"
    else:
        public = f"those of {variable}, {clean(os.environ[variable], limit=_SHOWN)}"
    added = f", and those of {settings.ca_file}" if settings.ca_file else ""
    return f"{public}{added}"
