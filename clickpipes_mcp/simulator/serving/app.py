"""The simulator as an ASGI application."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.simulator.envelope import ApiError, refusal
from clickpipes_mcp.simulator.faults import FaultBoard
from clickpipes_mcp.simulator.http import openapi
from clickpipes_mcp.simulator.http.control_routes import ControlRoutes
from clickpipes_mcp.simulator.http.endpoint_routes import EndpointRoutes
from clickpipes_mcp.simulator.http.gateway import Gateway
from clickpipes_mcp.simulator.http.keeping import Keeper
from clickpipes_mcp.simulator.http.pipe_routes import PipeRoutes
from clickpipes_mcp.simulator.http.query_routes import QueryRoutes
from clickpipes_mcp.simulator.http.service_routes import ServiceRoutes
from clickpipes_mcp.simulator.http.ssh_key_routes import SshKeyRoutes
from clickpipes_mcp.simulator.options import SimulatorOptions
from clickpipes_mcp.simulator.serving.seeding import build_world
from clickpipes_mcp.simulator.world.organization import World
from clickpipes_mcp.simulator.world.scenarios import SCENARIOS
from clickpipes_mcp.simulator.world.store import WorldFile

HTTP_405: Final = 405
_CODES: Final = {404: "NOT_FOUND", HTTP_405: "METHOD_NOT_ALLOWED"}


def build_simulator(options: SimulatorOptions, clock: Clock, *, looks: bool = True) -> Starlette:
    """A ClickPipes control plane over a world of its own, found again in `app.state.world`.

    Raises DamagedStateError for a state file that cannot be read, unless it is first looked at for
    a request, and KeyError for an unknown scenario.
    """
    if options.scenario and SCENARIOS[options.scenario].rate_limit:
        options = replace(options, rate_limit=True)
    world = build_world(options, clock)
    board = FaultBoard(options.faults, options.seed)
    middleware = [Middleware(Gateway, world=world, options=options, board=board, clock=clock)]
    if options.state_file is not None:
        file = WorldFile(world, options.state_file, partial(build_world, options, clock))
        if looks:
            file.refresh()
        middleware.append(Middleware(Keeper, world=world, file=file))
    app = Starlette(
        routes=[
            *PipeRoutes(world, options, board).routes(),
            *ServiceRoutes(world, options).routes(),
            *EndpointRoutes(world).routes(),
            *SshKeyRoutes(world, board).routes(),
            *QueryRoutes(world).routes(),
            *openapi.routes(),
            *ControlRoutes(world, board).routes(),
        ],
        middleware=middleware,
        exception_handlers=_handlers(world),
    )
    app.router.redirect_slashes = False
    app.state.world = world
    app.state.faults = board
    return app


def _handlers(
    world: World,
) -> Mapping[type[Exception], Callable[[Request, Exception], Response]]:
    def refuse(_request: Request, error: Exception) -> Response:
        if not isinstance(error, ApiError):
            raise error
        return refusal(world.new_request_id(), error)

    def unknown_route(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        code = _CODES.get(status, "BAD_REQUEST")
        message = f"{code}: Cannot {request.method} {request.url.path}"
        allowed = _allowed(request) if status == HTTP_405 else {}
        return refusal(world.new_request_id(), ApiError(status, message, allowed))

    return {ApiError: refuse, HTTPException: unknown_route}


def _allowed(request: Request) -> dict[str, str]:
    """The header that names the methods a path takes (RFC 9110 wants it with a 405)."""
    routes = [route for route in request.app.routes if isinstance(route, Route)]
    path = next((one.path for one in routes if one.path_regex.match(request.url.path)), "")
    methods = {method for one in routes if one.path == path for method in one.methods or ()}
    return {"Allow": ", ".join(sorted(methods))}
