"""The ClickHouse Cloud API, as far as ClickPipes need it."""

import base64
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from pydantic import SecretStr

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.cloud.answers import LOOK_FIRST
from clickpipes_mcp.cloud.asgi import AsgiApp
from clickpipes_mcp.cloud.client import CloudClient
from clickpipes_mcp.cloud.configuration import fit_to_show
from clickpipes_mcp.cloud.fingerprint import (
    Uncompared,
    differences,
    holds_secrets,
    telling_facts,
    uncompared,
)
from clickpipes_mcp.cloud.flights import sharing_reads
from clickpipes_mcp.cloud.lines import PipeLine
from clickpipes_mcp.cloud.models import (
    CdcScaling,
    DiscoveredField,
    DiscoveredSchema,
    DnsTarget,
    GcpWorkloadIdentity,
    Organization,
    Pipe,
    PipeHead,
    PipeSettings,
    PrivateDnsMapping,
    PrivateEndpoint,
    Receipt,
    Scaling,
    Service,
    ServiceContext,
    ServiceEndpoint,
)
from clickpipes_mcp.cloud.outside_text import show_word
from clickpipes_mcp.cloud.patience import Patience, gives_way, listening, on_behalf_of
from clickpipes_mcp.cloud.pipe_history import PipeHistory, StateChange
from clickpipes_mcp.cloud.queries import HEADERS as QUERY_HEADERS
from clickpipes_mcp.cloud.queries import QueryEndpoint, SqlRow
from clickpipes_mcp.cloud.rate_limit import (
    MARGIN_S,
    REMEMBERED_S,
    REQUESTS,
    WINDOW_S,
    RateLimiter,
)
from clickpipes_mcp.cloud.replica_turns import ReplicaTurns
from clickpipes_mcp.cloud.requests import (
    ApiRequest,
    RequestBody,
    RequestPreview,
    Requests,
    StateCommand,
)
from clickpipes_mcp.cloud.ssh_keys import SshKey
from clickpipes_mcp.cloud.transport import Timeouts, Transport
from clickpipes_mcp.cloud.truth import digest, store_key
from clickpipes_mcp.redaction import Redactor
from clickpipes_mcp.secret_files import usual_directory
from clickpipes_mcp.secret_resolver import SecretResolver
from clickpipes_mcp.settings import ApiKey, Settings
from clickpipes_mcp.store import Database, Limit, StoredNames, StoredTurns

if TYPE_CHECKING:
    from clickpipes_mcp.cloud.wire import Wire  # loads httpx2: start-up time

__all__ = [
    "LOOK_FIRST",
    "ApiRequest",
    "AsgiApp",
    "CdcScaling",
    "CloudClient",
    "DiscoveredField",
    "DiscoveredSchema",
    "DnsTarget",
    "GcpWorkloadIdentity",
    "Organization",
    "Patience",
    "Pipe",
    "PipeHead",
    "PipeHistory",
    "PipeLine",
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
    "SqlRow",
    "SshKey",
    "StateChange",
    "StateCommand",
    "Uncompared",
    "differences",
    "digest",
    "fit_to_show",
    "gives_way",
    "holds_secrets",
    "listening",
    "on_behalf_of",
    "open_client",
    "redactor_of",
    "sharing_reads",
    "show_word",
    "store_key",
    "telling_facts",
    "uncompared",
]

_NO_KEY = "simulator"


def open_client(
    settings: Settings,
    clock: Clock,
    *,
    asgi_app: AsgiApp | None = None,
    asked: Callable[[str], str | None] | None = None,
    database: Database | None = None,
) -> CloudClient:
    """A client of the API, or of an application in this process that plays it.

    `asked` knows the secrets that the person of the present call gave, by label; `database` is
    the store, through which replicas keep to the API's request limit together and know the names
    that any of them saw.
    Nothing is connected, resolved or imported from the network stack before the first request.
    """
    resolver = SecretResolver(
        directory=settings.secrets_dir or usual_directory(),
        allow_literals=settings.literal_secrets == "warn",
        asked=asked,
    )
    transport = Transport(
        _connector(settings, asgi_app, _key_of(settings)),
        clock=clock,
        resolver=resolver,
        redactor=redactor_of(settings),
        rotated=lambda: _rotated(settings),
        timeouts=Timeouts(settings.read_timeout_s, settings.write_timeout_s),
        limiter=_limiter(settings, clock, database) if settings.environment == "cloud" else None,
    )
    queries = Transport(
        _query_connector(settings, asgi_app),
        clock=clock,
        resolver=resolver,
        redactor=redactor_of(settings),
        rotated=lambda: _rotated(settings),
        timeouts=Timeouts(settings.read_timeout_s, settings.read_timeout_s),
    )
    return CloudClient(
        transport,
        clock,
        dialect=settings.api_dialect,
        organization_id=settings.organization_id,
        may_wake=settings.wake_service,
        queries=QueryEndpoint(queries),
        shared_names=None if database is None else StoredNames(database),
    )


def _limiter(settings: Settings, clock: Clock, database: Database | None) -> RateLimiter:
    """What keeps one API key under its limit, wherever that key is used."""
    if database is None:
        return RateLimiter(clock)
    limit = Limit(REQUESTS, WINDOW_S + MARGIN_S, REMEMBERED_S)
    stored = StoredTurns(database, f"{settings.api_url} {settings.key_id}", limit)
    return RateLimiter(clock, ReplicaTurns(clock, stored))


def redactor_of(*chosen: Settings) -> Redactor:
    """Masks the secrets of the settings, also as they stand in the Authorization header."""
    known: list[str] = []
    for settings in chosen:
        for key_id, secret in (
            (settings.key_id, settings.key_secret),
            (settings.query_key_id, settings.query_key_secret),
        ):
            if secret is not None:
                known += _spellings(key_id or "", secret)
        if settings.http_key is not None:
            known.append(settings.http_key.get_secret_value())
    return Redactor(known)


def _spellings(key_id: str, secret: SecretStr) -> list[str]:
    plain = secret.get_secret_value()
    return [plain, base64.b64encode(f"{key_id}:{plain}".encode()).decode()]


def _rotated(settings: Settings) -> list[str]:
    """What has to be masked since the key is another one than at the start."""
    key = settings.current_key
    is_new = key is not None and key.secret != settings.key_secret
    return _spellings(key.id, key.secret) if key and is_new else []


def _key_of(settings: Settings) -> Callable[[], ApiKey | None]:
    return lambda: settings.current_key


def _connector(
    settings: Settings,
    asgi_app: AsgiApp | None,
    current_key: Callable[[], ApiKey | None],
    headers: Mapping[str, str] | None = None,
) -> "Callable[[], Wire]":
    def connect() -> "Wire":
        from clickpipes_mcp.cloud.wire import Endpoint, InProcess, Wire  # start-up time

        endpoint = Endpoint(
            api_url="http://localhost" if asgi_app else settings.api_url,
            key_id=settings.key_id or _NO_KEY,
            key_secret=settings.key_secret or SecretStr(_NO_KEY),
            ca_file=settings.ca_file,
            headers=headers or {},
            current_key=current_key,
        )
        if asgi_app is None:
            return Wire(endpoint)
        return Wire(endpoint, InProcess(asgi_app))

    return connect


def _query_connector(settings: Settings, asgi_app: AsgiApp | None) -> "Callable[[], Wire]":
    """As `_connector`, to the host and with the key of the query endpoints."""
    own_key = settings.query_key_id is not None
    return _connector(
        settings.model_copy(
            update={
                "api_url": settings.query_address,
                "key_id": settings.query_key_id if own_key else settings.key_id,
                "key_secret": settings.query_key_secret if own_key else settings.key_secret,
            }
        ),
        asgi_app,
        (lambda: None) if own_key else _key_of(settings),
        QUERY_HEADERS,
    )
