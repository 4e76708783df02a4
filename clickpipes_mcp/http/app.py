"""The ASGI application: the MCP endpoint behind its guards, and what watches over it."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Final
from urllib.parse import SplitResult, urlsplit

import anyio
from mcp.server.auth.middleware.auth_context import AuthContextMiddleware
from mcp.server.auth.middleware.bearer_auth import BearerAuthBackend
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.routes import build_resource_metadata_url
from mcp.server.transport_security import TransportSecuritySettings
from pydantic import AnyHttpUrl
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from clickpipes_mcp.app_opening import shared_key
from clickpipes_mcp.clock import Clock, SystemClock
from clickpipes_mcp.consent import RP_ID
from clickpipes_mcp.http.bearer import TokensFile
from clickpipes_mcp.http.caller_views import CallerViews
from clickpipes_mcp.http.endpoint_edges import AnsweredEdges
from clickpipes_mcp.http.fetching import JsonReader
from clickpipes_mcp.http.headers import DecidingHeadersOnce
from clickpipes_mcp.http.issued_tokens import JwtVerifier
from clickpipes_mcp.http.live_pages import FLEET, PIPES, LivePages
from clickpipes_mcp.http.peeked_bodies import MAX_BODY_BYTES
from clickpipes_mcp.http.readiness import Readiness
from clickpipes_mcp.http.scope_guard import ScopeGuard
from clickpipes_mcp.http.unreadable_bodies import AnsweredBodies
from clickpipes_mcp.http.visitors import CookieForToken, Visitors, sign_in_routes
from clickpipes_mcp.pages import (
    Greeting,
    PageGuard,
    PublicPages,
    approval_routes,
    enrolment_routes,
    secret_routes,
)
from clickpipes_mcp.scopes import ALL_SCOPES, level_of, scopes_up_to
from clickpipes_mcp.server import ClickPipesServer
from clickpipes_mcp.settings import (
    ENDPOINT_PATH,
    USUAL_PORTS,
    CallersFile,
    Settings,
    is_loopback,
)
from clickpipes_mcp.telemetry.exposition import CONTENT_TYPE, PrometheusPage

_LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")


class _Callers:
    """Everybody who may call: holders of the operator's tokens, and of the issuer's.

    An issuer that knows the operator's `scope` alone says with it that all levels are held.
    """

    def __init__(
        self, tokens: TokensFile | None, issued: JwtVerifier | None, scope: str | None
    ) -> None:
        self._kinds = [kind for kind in (tokens, issued) if kind is not None]
        self._scope = scope

    async def verify_token(self, token: str) -> AccessToken | None:
        for kind in self._kinds:
            caller = await kind.verify_token(token)
            if caller is None:
                continue
            if self._scope in caller.scopes and level_of(caller.scopes) is None:
                return caller.model_copy(update={"scopes": [*caller.scopes, *ALL_SCOPES]})
            return caller
        return None


def http_app(
    server: ClickPipesServer,
    settings: Settings,
    bound: str,
    clock: Clock | None = None,
    figures: PrometheusPage | None = None,
) -> Starlette:
    """The application that serves `server` at HOST:PORT to the callers these settings allow.

    `figures` is the page for Prometheus, where there is one.

    Raises:
        InvalidSettings: The file of tokens or that of callers cannot be used.
    """
    security = _security(settings, bound)
    clock = clock or SystemClock()
    guard = PageGuard(security.allowed_hosts, shared_key(settings))
    opened = partial(_endpoint, settings=settings, security=security, guard=guard, clock=clock)
    views, inner = None, opened(server)
    if settings.http_callers is not None:
        callers = CallersFile(settings.http_callers, server.connections)
        callers.grants()
        views = CallerViews(server, callers, opened)
    endpoint = settings.http_url or _address_here(settings, bound)
    server.desk.host = PublicPages(endpoint)
    readiness = Readiness(server.store, clock)
    routes: list[BaseRoute] = [Route("/healthz", _alive), Route("/readyz", readiness.answer)]
    routes += _pages(server, guard)
    if figures is not None:
        hosts = None if settings.asks_for_tokens else security.allowed_hosts
        routes.append(Route("/metrics", _guarded(_Metrics(figures, hosts), server, settings)))
    middleware = _before_all(settings, endpoint)
    if settings.asks_for_tokens:
        known = _callers(settings, clock)
        visitors = Visitors(clock, known.verify_token, endpoint.startswith("https:"))
        routes += [*sign_in_routes(visitors, guard, FLEET), *_metadata(server, settings)]
        middleware += _known_callers(known, visitors)
    routes.append(Mount("/", app=_guarded(views or inner, server, settings)))

    running = partial(_running, server, views, readiness)
    return Starlette(routes=routes, middleware=middleware, lifespan=running)


@asynccontextmanager
async def _running(
    server: ClickPipesServer, views: CallerViews | None, readiness: Readiness, _: Starlette
) -> AsyncIterator[None]:
    """All that runs while the application is served."""
    async with (
        server.session_manager.run(),
        views.running() if views else nullcontext(),
        anyio.create_task_group() as looking,
    ):
        await readiness.look()
        looking.start_soon(readiness.look_now_and_then)
        yield
        looking.cancel_scope.cancel()


def _endpoint(
    server: ClickPipesServer,
    settings: Settings,
    security: TransportSecuritySettings,
    guard: PageGuard,
    clock: Clock,
) -> Starlette:
    """The MCP endpoint of a server, and the pages that show what its reading tools answer."""
    inner = server.streamable_http_app(
        streamable_http_path=ENDPOINT_PATH,
        stateless_http=not settings.keeps_sessions,
        max_request_body_size=MAX_BODY_BYTES,
        transport_security=security,
    )
    pages = LivePages(server, guard, clock, signs_in=settings.asks_for_tokens).routes()
    answered = AnsweredBodies(
        AnsweredEdges(inner), server.request_ids, keeps_sessions=settings.keeps_sessions
    )
    around = Starlette(routes=[*pages, Mount("/", app=answered)])
    for router in (inner.router, around.router):
        router.redirect_slashes = False  # it would redirect to whatever host was named
    return around


def _before_all(settings: Settings, endpoint: str) -> list[Middleware]:
    """What sees every request, whoever sends it."""
    greeting = Middleware(
        Greeting,
        paths=("/", ENDPOINT_PATH),
        endpoint=endpoint,
        asks_for_tokens=settings.asks_for_tokens,
    )
    crossing = [_cross_origin(settings)] if settings.http_origins else []
    return [Middleware(DecidingHeadersOnce), greeting, *crossing]


def _known_callers(known: _Callers, visitors: Visitors) -> list[Middleware]:
    """What learns who calls: by a token, or on a page by a cookie in its place."""
    return [
        Middleware(CookieForToken, visitors=visitors, paths=(FLEET, PIPES)),
        Middleware(AuthenticationMiddleware, backend=BearerAuthBackend(known)),
        Middleware(AuthContextMiddleware),
    ]


def _pages(server: ClickPipesServer, guard: PageGuard) -> list[BaseRoute]:
    """The pages on which a person agrees or gives secrets; who has a link needs no token."""
    routes = [
        *approval_routes(server.desk, guard, ENDPOINT_PATH),
        *secret_routes(server.desk, guard, ENDPOINT_PATH),
    ]
    if server.desk.takes_passkey:
        routes += enrolment_routes(server.desk.passkey, guard, ENDPOINT_PATH)
    return routes


@dataclass(frozen=True)
class _Metrics:
    """The page for Prometheus, under `hosts` alone where no token is asked for."""

    figures: PrometheusPage
    hosts: Collection[str] | None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = Headers(scope=scope).get("host")
        answer = Response(self.figures.text(), media_type=CONTENT_TYPE)
        if self.hosts is not None and host not in self.hosts:
            answer = PlainTextResponse("Misdirected Request", 421)
        await answer(scope, receive, send)


def _address_here(settings: Settings, bound: str) -> str:
    """Where the endpoint stands on this machine; passkeys are for a name, never for numbers."""
    host = f"{RP_ID}:{bound.rpartition(':')[2]}" if settings.approval == "passkey" else bound
    return f"http://{host}{ENDPOINT_PATH}"


async def _alive(_: Request) -> JSONResponse:
    return JSONResponse({"status": "alive"})


def _security(settings: Settings, bound: str) -> TransportSecuritySettings:
    """Host names and origins that requests may carry; a page made to resolve to here has others."""
    named = []
    # A proxy on the same machine may pass on the name it dials.
    if is_loopback(urlsplit(f"//{bound}").hostname or ""):
        port = bound.rpartition(":")[2]
        named = [f"http://{bound}", *(f"http://{host}:{port}" for host in _LOOPBACK)]
    if settings.http_url is not None:
        parts = urlsplit(settings.http_url)
        named.append(f"{parts.scheme}://{parts.netloc}")
    own = [spelt for one in named for spelt in _spellings(urlsplit(one))]
    return TransportSecuritySettings(
        allowed_hosts=[one.netloc for one in own],
        allowed_origins=[*settings.http_origins, *(one.geturl() for one in own)],
    )


def _spellings(origin: SplitResult) -> list[SplitResult]:
    """The origin with its port, and without where that is the usual one."""
    usual = USUAL_PORTS[origin.scheme]
    host = origin.netloc.removesuffix(f":{origin.port}") if origin.port else origin.netloc
    if origin.port not in (None, usual):
        return [origin]
    return [origin._replace(netloc=host), origin._replace(netloc=f"{host}:{usual}")]


def _cross_origin(settings: Settings) -> Middleware:
    return Middleware(
        CORSMiddleware,
        allow_origins=settings.http_origins,
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=["*"],
        expose_headers=["Mcp-Session-Id", "WWW-Authenticate"],
    )


def _callers(settings: Settings, clock: Clock) -> _Callers:
    tokens = issued = None
    if settings.http_tokens is not None:
        tokens = TokensFile(settings.http_tokens, (*settings.http_scopes, *ALL_SCOPES))
    if settings.http_issuer is not None and settings.http_url is not None:
        fetch = JsonReader(settings.ca_file)
        issued = JwtVerifier(settings.http_issuer, settings.http_url, fetch, clock)
    return _Callers(tokens, issued, settings.http_scope)


def _guarded(inner: ASGIApp, server: ClickPipesServer, settings: Settings) -> ASGIApp:
    if not settings.asks_for_tokens:
        return inner
    metadata = (
        build_resource_metadata_url(AnyHttpUrl(settings.http_url))
        if settings.http_url and settings.http_issuer
        else None
    )
    return ScopeGuard(
        inner,
        settings.http_scopes,
        server.most_level,
        server.level_of_tool,
        str(metadata) if metadata else None,
    )


def _metadata(server: ClickPipesServer, settings: Settings) -> list[Route]:
    """Where callers learn of the issuer (RFC 9728), named exactly as its tokens name it."""
    if settings.http_issuer is None or settings.http_url is None:
        return []
    content = {
        "resource": settings.http_url,
        "authorization_servers": [settings.http_issuer],
        "scopes_supported": settings.http_scopes or scopes_up_to(server.most_level),
        "bearer_methods_supported": ["header"],
        "resource_name": "clickpipes-mcp",
    }

    async def told(_: Request) -> JSONResponse:
        return JSONResponse(content, headers={"access-control-allow-origin": "*"})

    place = build_resource_metadata_url(AnyHttpUrl(settings.http_url))
    return [Route(place.path or "", told)]
