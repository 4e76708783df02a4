"""SSH key resources: what opens a tunnel through a bastion."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from clickpipes_mcp.simulator.contract import services
from clickpipes_mcp.simulator.documents import JsonObject, text
from clickpipes_mcp.simulator.envelope import acknowledged, bad_request, success
from clickpipes_mcp.simulator.faults import FaultBoard
from clickpipes_mcp.simulator.http import paths
from clickpipes_mcp.simulator.http.requests import body_of, service_of, ssh_key_of
from clickpipes_mcp.simulator.pipes.bastions import validate
from clickpipes_mcp.simulator.pipes.reading import ssh_key_result
from clickpipes_mcp.simulator.world.network import PUBLIC_KEY_BYTES, SshKey, public_key_of
from clickpipes_mcp.simulator.world.organization import World


class SshKeyRoutes:
    """Handlers over one world and its faults."""

    def __init__(self, world: World, board: FaultBoard) -> None:
        self._world = world
        self._board = board

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route(paths.SSH_KEYS, self.list_keys, methods=["GET"]),
            Route(paths.SSH_KEYS, self.create, methods=["POST"]),
            Route(paths.SSH_KEY, self.get, methods=["GET"]),
            Route(paths.SSH_KEY, self.delete, methods=["DELETE"]),
            Route(f"{paths.SSH_KEY}/validate", self.validate, methods=["POST"]),
        ]

    async def list_keys(self, request: Request) -> Response:
        keys = service_of(self._world, request).ssh_keys.values()
        return self._success([ssh_key_result(key) for key in keys])

    async def create(self, request: Request) -> Response:
        service = service_of(self._world, request)
        body = await body_of(request)
        services.SSH_KEY_CREATE.require(body)
        if any(key.name == text(body, "name") for key in service.ssh_keys.values()):
            raise bad_request(f'SSH key resource with name "{text(body, "name")}" already exists')
        now = self._world.now()
        given: JsonObject = {"description": "", **body}
        public_key = public_key_of(self._world.rng.randbytes(PUBLIC_KEY_BYTES))
        key = SshKey(self._world.new_id(), service.id, given, public_key, now, now)
        service.ssh_keys[key.id] = key
        self._world.touch()
        return self._success(ssh_key_result(key))

    async def get(self, request: Request) -> Response:
        _, key = ssh_key_of(self._world, request)
        return self._success(ssh_key_result(key))

    async def validate(self, request: Request) -> Response:
        _, key = ssh_key_of(self._world, request)
        services.SSH_KEY_VALIDATE.require(await body_of(request))
        validate(key, self._board, self._world.now())
        self._world.touch()
        return self._success(ssh_key_result(key))

    async def delete(self, request: Request) -> Response:
        service, key = ssh_key_of(self._world, request)
        using = [pipe.name for pipe in service.pipes_through(key, self._world.now())]
        if using:
            raise bad_request(f'SSH key resource "{key.name}" is used by {", ".join(using)}')
        del service.ssh_keys[key.id]
        self._world.touch()
        return acknowledged(self._world.new_request_id())

    def _success(self, result: object) -> Response:
        return success(self._world.new_request_id(), result)
