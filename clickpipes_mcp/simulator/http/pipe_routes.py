"""The ClickPipes operations."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from clickpipes_mcp.simulator.contract import pipes
from clickpipes_mcp.simulator.documents import text
from clickpipes_mcp.simulator.envelope import acknowledged, success
from clickpipes_mcp.simulator.faults import FaultBoard
from clickpipes_mcp.simulator.http import paths
from clickpipes_mcp.simulator.http.requests import body_of, pipe_of, service_of
from clickpipes_mcp.simulator.options import SimulatorOptions
from clickpipes_mcp.simulator.pipes.creation import create_pipe
from clickpipes_mcp.simulator.pipes.discovery import discover
from clickpipes_mcp.simulator.pipes.edits import (
    command_pipe,
    delete_pipe,
    put_settings,
    require_ingestion,
    scale_pipe,
    update_pipe,
)
from clickpipes_mcp.simulator.pipes.reading import pipe_result, settings_result
from clickpipes_mcp.simulator.world.organization import World
from clickpipes_mcp.simulator.world.pipe import Pipe


class PipeRoutes:
    """Handlers over one world."""

    def __init__(self, world: World, options: SimulatorOptions, board: FaultBoard) -> None:
        self._world = world
        self._options = options
        self._board = board

    def routes(self) -> list[Route]:
        """The routes, literal segments before the pipe id that would swallow them."""
        return [
            Route(paths.PIPES, self.list_pipes, methods=["GET"]),
            Route(paths.PIPES, self.create, methods=["POST"]),
            # The Terraform provider posts with a trailing slash.
            Route(f"{paths.PIPES}/", self.create, methods=["POST"]),
            Route(f"{paths.PIPES}/", self.list_pipes, methods=["GET"]),
            Route(f"{paths.PIPES}/schemaDiscovery", self.discover, methods=["POST"]),
            Route(f"{paths.PIPES}/context", self.context, methods=["GET"]),
            Route(paths.PIPE, self.get, methods=["GET"]),
            Route(paths.PIPE, self.update, methods=["PATCH"]),
            Route(paths.PIPE, self.delete, methods=["DELETE"]),
            Route(f"{paths.PIPE}/settings", self.get_settings, methods=["GET"]),
            Route(f"{paths.PIPE}/settings", self.put_settings, methods=["PUT"]),
            Route(f"{paths.PIPE}/scaling", self.scale, methods=["PATCH"]),
            Route(f"{paths.PIPE}/state", self.command, methods=["PATCH"]),
        ]

    async def list_pipes(self, request: Request) -> Response:
        service = service_of(self._world, request)
        now = self._world.now()
        quantities = self._options.quantity_strings
        pipes = [
            pipe_result(pipe, now, quantity_strings=quantities)
            for pipe in service.visible_pipes(now)
        ]
        return success(self._world.new_request_id(), pipes)

    async def create(self, request: Request) -> Response:
        service = service_of(self._world, request)
        pipe = create_pipe(self._world, service, await body_of(request), self._board)
        return self._answer(pipe)

    async def get(self, request: Request) -> Response:
        _, pipe = pipe_of(self._world, request)
        return self._answer(pipe)

    async def update(self, request: Request) -> Response:
        service, pipe = pipe_of(self._world, request)
        body = await body_of(request)
        state = pipe.state(self._world.now())
        update_pipe(self._world, service, pipe, body, self._board)
        # The answer still shows the state the edit began in.
        return self._answer(pipe, state)

    async def delete(self, request: Request) -> Response:
        service, pipe = pipe_of(self._world, request)
        delete_pipe(self._world, service, pipe)
        return acknowledged(self._world.new_request_id())

    async def get_settings(self, request: Request) -> Response:
        _, pipe = pipe_of(self._world, request)
        require_ingestion(pipe)
        return success(self._world.new_request_id(), settings_result(pipe))

    async def put_settings(self, request: Request) -> Response:
        _, pipe = pipe_of(self._world, request)
        put_settings(self._world, pipe, await body_of(request))
        return success(self._world.new_request_id(), settings_result(pipe))

    async def scale(self, request: Request) -> Response:
        _, pipe = pipe_of(self._world, request)
        scale_pipe(self._world, pipe, await body_of(request))
        return self._answer(pipe)

    async def command(self, request: Request) -> Response:
        _, pipe = pipe_of(self._world, request)
        body = await body_of(request)
        is_reference_page = self._options.dialect == "reference-page"
        key = "action" if is_reference_page else "command"
        (pipes.STATE_ACTION if is_reference_page else pipes.STATE).require(body)
        command_pipe(self._world, pipe, text(body, key))
        return self._answer(pipe)

    async def discover(self, request: Request) -> Response:
        service = service_of(self._world, request)
        body = await body_of(request)
        found = discover(self._world, service, body, self._board)
        return success(self._world.new_request_id(), found)

    async def context(self, request: Request) -> Response:
        service = service_of(self._world, request)
        identity: dict[str, object] = {"supported": service.provider == "gcp"}
        if identity["supported"]:
            short = service.id[:8]
            identity["ready"] = True
            identity["principal"] = f"clickpipes-{short}@simulated.iam.gserviceaccount.com"
        return success(self._world.new_request_id(), {"gcpWorkloadIdentity": identity})

    def _answer(self, pipe: Pipe, state: str | None = None) -> Response:
        result = pipe_result(
            pipe, self._world.now(), quantity_strings=self._options.quantity_strings
        )
        if state is not None:
            result["state"] = state
        return success(self._world.new_request_id(), result)
