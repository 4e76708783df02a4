"""Where the network starts: one HTTP request and its answer, in the words of this package.

The only module that knows httpx2; it is imported when the first request is made.
"""

import os
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

import certifi
import httpx2
from pydantic import SecretStr

from clickpipes_mcp import __version__
from clickpipes_mcp.cloud.answers import LOOK_FIRST, RawAnswer
from clickpipes_mcp.cloud.asgi import AsgiApp, Message, Receive, Send
from clickpipes_mcp.cloud.encoding import DamagedContent, Decoder
from clickpipes_mcp.cloud.proxies import ProxyRoute, proxy_for
from clickpipes_mcp.errors import (
    ClickPipesError,
    InvalidSettings,
    Unreachable,
    UnreadableAnswer,
)
from clickpipes_mcp.settings import API_ADDRESS, ApiKey, is_loopback

MAX_ANSWER_BYTES = 8 * 1024 * 1024
_CONNECT_TIMEOUT_S = 10.0

LibraryError: TypeAlias = (
    httpx2.HTTPError | httpx2.InvalidURL | httpx2.CookieConflict | httpx2.StreamError
)
LIBRARY_ERRORS = (httpx2.HTTPError, httpx2.InvalidURL, httpx2.CookieConflict, httpx2.StreamError)
"""The roots of everything that httpx2 raises."""

_NOTHING_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
    httpx2.LocalProtocolError,
    httpx2.InvalidURL,
    httpx2.CookieConflict,
)
_ANSWERED_BADLY = (
    httpx2.DecodingError,
    httpx2.TooManyRedirects,
    httpx2.HTTPStatusError,
    httpx2.StreamError,
)


@dataclass(frozen=True)
class Endpoint:
    """Where to send to and as whom. `api_url` is without `/v1`; `headers` win over the usual.

    `current_key` answers the key as it is now, where it may change.
    """

    api_url: str
    key_id: str
    key_secret: SecretStr
    ca_file: Path | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    current_key: Callable[[], ApiKey | None] = lambda: None

    def login(self) -> httpx2.BasicAuth:
        """Who the next request comes from."""
        key = self.current_key() or ApiKey(self.key_id, self.key_secret)
        return httpx2.BasicAuth(key.id, key.secret.get_secret_value())


@dataclass(frozen=True)
class Outgoing:
    """A request ready for the wire; its content may hold secrets."""

    method: str
    path: str
    content: bytes | None = field(repr=False)
    accept: str
    is_read: bool


class Wire:
    """An HTTP client that is bound to one endpoint."""

    def __init__(
        self, endpoint: Endpoint, transport: httpx2.AsyncBaseTransport | None = None
    ) -> None:
        self._api_url = endpoint.api_url
        self._usual = _usual_headers(endpoint.api_url, is_in_process=transport is not None)
        self._headers = endpoint.headers
        self._login = endpoint.login
        self._transport = transport or _way_to(endpoint.api_url, endpoint.ca_file)

    def __repr__(self) -> str:
        return f"Wire({self._api_url})"

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    async def exchange(self, outgoing: Outgoing, timeout_s: float) -> RawAnswer:
        """Send one request and read its answer.

        Raises:
            Unreachable: No answer, or only a part of one.
            UnreadableAnswer: The answer is too long or its encoding is damaged.
            InvalidSettings: The API's certificate is not trusted.
        """
        headers = {**self._usual, "accept": outgoing.accept}
        if outgoing.content is not None:
            headers["content-type"] = "application/json"
        headers |= self._headers
        timeout = dict.fromkeys(("read", "write", "pool"), timeout_s)
        timeout["connect"] = min(_CONNECT_TIMEOUT_S, timeout_s)
        try:
            request = httpx2.Request(
                outgoing.method,
                _address(self._api_url + outgoing.path),
                content=outgoing.content,
                headers=headers,
                extensions={"timeout": timeout},
            )
            # Without the client of httpx2: of what that adds, only the login is wanted here.
            response = await self._transport.handle_async_request(
                next(self._login().auth_flow(request))
            )
            response.request = request
            try:
                body = await read_limited(response, MAX_ANSWER_BYTES)
            finally:
                await response.aclose()
            return RawAnswer(response.status_code, dict(response.headers), body)
        except LIBRARY_ERRORS as error:
            raise translated(error, self._api_url, is_read=outgoing.is_read) from error


class InProcess(httpx2.AsyncBaseTransport):
    """An application in this process in the place of the network.

    What it raises as the network would is met as such; whatever else it raises is a 500.
    """

    def __init__(self, app: AsgiApp) -> None:
        self._app = app

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        broken: list[httpx2.TransportError] = []

        async def app(scope: Message, receive: Receive, send: Send) -> None:
            try:
                await self._app(scope, receive, send)
            except httpx2.TransportError as error:
                broken.append(error)
                raise

        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        response = await transport.handle_async_request(request)
        if broken:
            raise broken[0]
        return response


async def read_limited(response: httpx2.Response, most_bytes: int) -> bytes:
    """The whole answer, decoded here: httpx2 would undo any number of layers without a limit.

    Raises:
        UnreadableAnswer: It is longer than `most_bytes`, or in an encoding nobody asked for.
    """
    decoder = Decoder(response.headers.get("content-encoding", ""), most_bytes)
    try:
        async for arrived in response.aiter_raw():
            decoder.take(arrived)
        return decoder.whole()
    except DamagedContent as error:
        raise httpx2.DecodingError("damaged", request=response.request) from error


def opened(address: str, ca_file: Path | None) -> httpx2.AsyncClient:
    """A client that verifies certificates, follows no redirect and keeps no cookie.

    Raises:
        InvalidSettings: A file of authorities or a proxy variable cannot be used; it is named.
    """
    return httpx2.AsyncClient(
        headers=_usual_headers(address),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        transport=_way_to(address, ca_file),
        follow_redirects=False,
        trust_env=False,
    )


_address = lru_cache(maxsize=256)(httpx2.URL)
"""Addresses are taken apart character by character, and mostly asked for again."""


def _usual_headers(address: str, *, is_in_process: bool = False) -> Mapping[str, str]:
    is_here = is_in_process or _is_here(address)
    return {
        "user-agent": f"clickpipes-mcp/{__version__}",
        "accept-encoding": "identity" if is_here else "gzip",
    }


def _is_here(address: str) -> bool:
    return is_loopback(urlsplit(address).hostname or "")


def _way_to(address: str, ca_file: Path | None) -> httpx2.AsyncHTTPTransport:
    # Credentials for this machine have no business with a proxy.
    route = None if _is_here(address) else proxy_for(address)
    try:
        return httpx2.AsyncHTTPTransport(
            verify=_trust(ca_file) if urlsplit(address).scheme == "https" else _nobody(),
            trust_env=False,
            proxy=route.address if route else None,
        )
    except (ValueError, ImportError, httpx2.InvalidURL) as error:
        if route is None:
            raise InvalidSettings(f"The connection to {address} cannot be set up.") from error
        raise _unusable(route) from error


def _nobody() -> ssl.SSLContext:
    """Trusts no certificate, and costs nothing: for connections that have none."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _unusable(route: ProxyRoute) -> InvalidSettings:
    if route.is_socks:
        return InvalidSettings(
            f"{route.variable} names a SOCKS proxy, and the package socksio is not installed.",
            fix="The operator installs socksio beside this server, or sets "
            f"{route.variable} to an http proxy.",
        )
    return InvalidSettings(
        f"The proxy that {route.variable} names cannot be used.",
        fix=f"The operator sets {route.variable} to an address such as "
        "http://proxy.example.com:3128, or unsets it.",
    )


def _trust(ca_file: Path | None) -> ssl.SSLContext:
    """Whose certificates are trusted.

    Raises:
        InvalidSettings: A file of authorities cannot be read; its variable is named.
    """
    variable = _variable_of_trust()
    try:
        context = _trust_usual()
        if ca_file:
            variable = "CLICKPIPES_CA_FILE"
            context.load_verify_locations(cafile=ca_file)
    except (OSError, ValueError) as error:
        raise InvalidSettings(
            f"The connection cannot be set up: {variable} names no certificates in PEM.",
            fix=f"The operator corrects the path in {variable}, or unsets it.",
        ) from error
    return context


def _trust_usual() -> ssl.SSLContext:
    """Trusts what the environment names, or else whom browsers trust, whatever this machine has."""
    cafile, capath = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    if cafile or capath:
        return ssl.create_default_context(cafile=cafile or None, capath=None if cafile else capath)
    return ssl.create_default_context(cafile=certifi.where())


def _variable_of_trust() -> str | None:
    """The variable that decides for every Python program whose certificates are trusted."""
    return next((name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name)), None)


def translated(error: LibraryError, api_url: str, *, is_read: bool) -> ClickPipesError:
    """What an error of httpx2 means for the request it ended."""
    if _is_distrust(error):
        variable = _variable_of_trust()
        decides = f" {variable} decides whose certificates are trusted." if variable else ""
        return InvalidSettings(
            f"The certificate of {api_url} is not trusted, so nothing was sent.{decides}",
            fix="The operator sets CLICKPIPES_CA_FILE to the certificate authority of the "
            "company's proxy, if there is one. Verification cannot be turned off.",
        )
    may_have_happened = not is_read and not isinstance(error, _NOTHING_SENT)
    fix = (
        LOOK_FIRST
        if may_have_happened
        else f"Nothing was changed. The operator checks network, proxy and {API_ADDRESS} if "
        "repeating the call does not help."
    )
    if isinstance(error, _ANSWERED_BADLY):
        return UnreadableAnswer(f"The answer of {api_url} is damaged.", fix=fix)
    return Unreachable(
        f"{api_url} {_what_happened(error)}{_on_the_way(api_url)}.",
        may_have_happened=may_have_happened,
        fix=fix,
    )


def _on_the_way(address: str) -> str:
    """The proxy between here and an address, by the variable that names it."""
    if is_loopback(urlsplit(address).hostname or ""):
        return ""
    route = proxy_for(address)
    return f" through the proxy that {route.variable} names" if route else ""


def _what_happened(error: LibraryError) -> str:
    if isinstance(error, httpx2.ConnectTimeout | httpx2.ConnectError | httpx2.ProxyError):
        return "could not be reached"
    if isinstance(error, httpx2.TimeoutException):
        return "did not answer in time"
    if isinstance(error, _NOTHING_SENT):
        return "is not an address that can be called"
    return "broke off the connection"


def _is_distrust(error: BaseException) -> bool:
    """Whether a certificate is at the bottom of it; waiting would not help."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
