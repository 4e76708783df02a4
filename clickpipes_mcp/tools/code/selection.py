"""What of a service is written down, read from the API."""

from collections.abc import Iterator, Sequence
from http import HTTPStatus

from clickpipes_mcp.app import App
from clickpipes_mcp.cloud import CdcScaling, Pipe, PrivateEndpoint
from clickpipes_mcp.code.declaration import Declaration, declare_all
from clickpipes_mcp.code.target import Selection, Target
from clickpipes_mcp.code.targets.bodies import camel
from clickpipes_mcp.errors import RefusedByApi
from clickpipes_mcp.ssh_keys import PIPE_FIELD
from clickpipes_mcp.tools.pipe_settings import with_settings


async def select(
    app: App, service: str, pipes: Sequence[Pipe], target: Target, *, whole: bool
) -> tuple[Selection, list[Pipe]]:
    """The pipes and what stands beside them; and the pipes of kinds that are not known here.

    One request for the settings of every pipe that has some. With `whole` everything that stands
    beside pipes belongs to it, else what one of the pipes uses.
    """
    found = [await with_settings(app, pipe) for pipe in pipes]
    declared, unknown = declare_all(found)
    if not target.beside:
        return Selection(service, declared), unknown
    endpoints = await app.client.private_endpoints(service) if whole or declared else []
    tunnels = {one.arguments["source"].get(PIPE_FIELD) for one in declared}
    keys = await app.client.ssh_keys(service) if whole or any(tunnels) else []
    is_shared = any(one.is_database for one in declared)
    selection = Selection(
        service,
        declared,
        [one for one in endpoints if whole or _is_used(one, declared)],
        [one for one in keys if whole or one.id in tunnels],
        await _cdc_scaling(app, service) if is_shared else None,
    )
    return selection, unknown


async def _cdc_scaling(app: App, service: str) -> CdcScaling | None:
    """None where the service has none: they come with its first database pipe."""
    try:
        return await app.client.cdc_scaling(service)
    except RefusedByApi as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        return None


def _is_used(endpoint: PrivateEndpoint, pipes: Sequence[Declaration]) -> bool:
    names = {endpoint.id, *endpoint.names}
    return any(not names.isdisjoint(_words(one)) for one in pipes)


def _words(pipe: Declaration) -> Iterator[str]:
    """The ids of endpoints and the hosts that a pipe names."""
    source = pipe.arguments["source"]
    yield from source.get(pipe.spec.endpoint_ids, ()) if pipe.spec.endpoint_ids else ()
    yield from (address.host for address in pipe.spec.addresses(camel(source)))
