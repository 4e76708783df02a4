"""The ClickHouse Cloud API, as far as ClickPipes need it."""

import base64
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic import SecretStr

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.cloud.client import CloudClient
from clickpipes_mcp.cloud.models import (
    CdcScaling,
    DiscoveredField,
    DiscoveredSchema,
    DnsTarget,
    GcpWorkloadIdentity,
    Organization,
    Pipe,
    PipeSettings,
    PrivateDnsMapping,
    PrivateEndpoint,
    Receipt,
    Scaling,
    Service,
    ServiceContext,
    ServiceEndpoint,
)
from clickpipes_mcp.cloud.rate_limit import RateLimiter
from clickpipes_mcp.cloud.requests import (
    ApiRequest,
    RequestBody,
    RequestPreview,
    Requests,
    StateCommand,
)
from clickpipes_mcp.cloud.transport import Timeouts, Transport
from clickpipes_mcp.redaction import Redactor
from clickpipes_mcp.secret_refs import SecretResolver
from clickpipes_mcp.settings import Settings

if TYPE_CHECKING:
    from clickpipes_mcp.cloud.wire import Wire  # loads httpx: start-up time

__all__ = [
    "ApiRequest",
    "AsgiApp",
    "CdcScaling",
    "CloudClient",
    "DiscoveredField",
    "DiscoveredSchema",
    "DnsTarget",
    "GcpWorkloadIdentity",
    "Organization",
    "Pipe",
    "PipeSettings",
    "PrivateDnsMapping",
    "PrivateEndpoint",
    "Receipt",
    "RequestBody",
    "RequestPreview",
    "Requests",
    "Scaling",
    "Service",
    "ServiceContext",
    "ServiceEndpoint",
    "StateCommand",
    "open_client",
    "redactor_of",
]

_Message: TypeAlias = MutableMapping[str, Any]  # what the ASGI specification says
AsgiApp: TypeAlias = Callable[
    [_Message, Callable[[], Awaitable[_Message]], Callable[[_Message], Awaitable[None]]],
    Awaitable[None],
]
_NO_KEY = "simulator"


def open_client(
    settings: Settings, clock: Clock, *, asgi_app: AsgiApp | None = None
) -> CloudClient:
    """A client of the API, or of an application in this process that plays it.

    Nothing is connected, resolved or imported from the network stack before the first request.
    """
    transport = Transport(
        _connector(settings, asgi_app),
        clock=clock,
        resolver=SecretResolver(
            directory=settings.secrets_dir, allow_literals=settings.literal_secrets == "warn"
        ),
        redactor=redactor_of(settings),
        timeouts=Timeouts(settings.read_timeout_s, settings.write_timeout_s),
        limiter=RateLimiter(clock) if asgi_app is None else None,
    )
    return CloudClient(
        transport,
        clock,
        dialect=settings.api_dialect,
        organization_id=settings.organization_id,
        may_wake=settings.wake_service,
    )


def redactor_of(settings: Settings) -> Redactor:
    """Masks the API key's secret, also as it stands in the Authorization header."""
    if settings.key_secret is None:
        return Redactor()
    secret = settings.key_secret.get_secret_value()
    header = base64.b64encode(f"{settings.key_id}:{secret}".encode()).decode()
    return Redactor([secret, header])


def _connector(settings: Settings, asgi_app: AsgiApp | None) -> "Callable[[], Wire]":
    def connect() -> "Wire":
        import httpx  # start-up time, as is the next

        from clickpipes_mcp.cloud.wire import Endpoint, Wire

        endpoint = Endpoint(
            api_url="http://localhost" if asgi_app else settings.api_url,
            key_id=settings.key_id or _NO_KEY,
            key_secret=settings.key_secret or SecretStr(_NO_KEY),
            ca_file=settings.ca_file,
        )
        if asgi_app is None:
            return Wire(endpoint)
        return Wire(endpoint, httpx.ASGITransport(asgi_app, raise_app_exceptions=False))

    return connect
