"""Finding what a request is about: the bodies and ids of the API's paths."""

import json
import uuid
from collections.abc import Iterable
from typing import TypeVar

from starlette.requests import Request

from clickpipes_mcp.simulator.documents import JsonObject, as_object
from clickpipes_mcp.simulator.envelope import bad_request, not_found
from clickpipes_mcp.simulator.world.network import Endpoint, SshKey
from clickpipes_mcp.simulator.world.organization import Service, World
from clickpipes_mcp.simulator.world.pipe import Pipe

T = TypeVar("T", Pipe, Endpoint, SshKey)


async def body_of(request: Request) -> JsonObject:
    """The JSON object of a request. Raises ApiError 400 for anything else."""
    raw = await request.body()
    try:
        body = json.loads(raw, parse_constant=_refuse)
        if b"\\u" in raw:
            # Half a surrogate pair is JSON to Python and text to nobody.
            json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise bad_request("request body is not valid JSON") from error
    if not isinstance(body, dict):
        raise bad_request("request body must be an object")
    return as_object(body)


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")


def organization_of(world: World, request: Request) -> None:
    """Check the organization id. An unknown one is a 400, as the service has it."""
    given = request.path_params["organization_id"]
    if _canonical(given) != world.organization_id:
        raise bad_request(f'Invalid organization id string:"{given}"')


def service_of(world: World, request: Request) -> Service:
    """The service of a path. An unknown one is a 400, as the service has it."""
    organization_of(world, request)
    given = request.path_params["service_id"]
    service = world.services.get(_canonical(given))
    if service is None:
        raise bad_request(f'Invalid service id string:"{given}"')
    return service


def pipe_of(world: World, request: Request) -> tuple[Service, Pipe]:
    """The pipe of a path and its service. Raises ApiError 404."""
    service = service_of(world, request)
    pipes = service.visible_pipes(world.now())
    return service, _one(pipes, request.path_params["pipe_id"], "ClickPipe")


def endpoint_of(world: World, request: Request) -> tuple[Service, Endpoint]:
    """The reverse private endpoint of a path and its service. Raises ApiError 404."""
    service = service_of(world, request)
    endpoints = service.visible_endpoints(world.now())
    return service, _one(endpoints, request.path_params["endpoint_id"], "reverse private endpoint")


def ssh_key_of(world: World, request: Request) -> tuple[Service, SshKey]:
    """The SSH key resource of a path and its service. Raises ApiError 404."""
    service = service_of(world, request)
    keys = service.ssh_keys.values()
    return service, _one(keys, request.path_params["ssh_key_id"], "SSH key resource")


def _one(things: Iterable[T], given: str, noun: str) -> T:
    wanted = _canonical(given)
    found = next((thing for thing in things if thing.id == wanted), None)
    if found is None:
        raise not_found(f'{noun} "{given}" not found')
    return found


def _canonical(given: str) -> str:
    try:
        return str(uuid.UUID(given))
    except ValueError:
        return ""
