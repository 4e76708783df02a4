"""Which SSH key a call is about."""

from dataclasses import dataclass
from typing import TypeVar

from pydantic import Field

from clickpipes_mcp.app import App
from clickpipes_mcp.cloud import ApiRequest, SshKey
from clickpipes_mcp.errors import CallerError, NextAction
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.tools.addressing import ServiceArguments, find_service_id, list_named, match
from clickpipes_mcp.tools.writes import Write

T = TypeVar("T")


class KeyArguments(ServiceArguments):
    """Which SSH key."""

    ssh_key: str = Field(min_length=1, description="Id or exact name of the key.")


@dataclass(frozen=True)
class Found:
    """A key that is meant, among those of its service."""

    service_id: str
    key: SshKey
    others: tuple[SshKey, ...] = ()


async def find_key(app: App, arguments: KeyArguments, *, as_known: bool = False) -> Found:
    """The key that is meant, as it is now; its service is found `as_known` to a reader.

    Raises:
        CallerError: None or several fit; the candidates are named.
    """
    service = await find_service_id(app, arguments, as_known=as_known)
    keys = await app.client.ssh_keys(service)
    matching = match(keys, arguments.ssh_key)
    if len(matching) == 1:
        others = tuple(one for one in keys if one is not matching[0])
        return Found(service, matching[0], others)
    said = (
        f"{len(matching)} SSH keys have that name"
        if matching
        else "No SSH key of the service has that id or name"
    )
    error = CallerError(
        f"{said}. Candidates: {list_named(matching or keys)}.",
        fix="Pass the id of the one that is meant.",
        next_actions=[NextAction("list_ssh_keys", "shows them with their status")],
    )
    error.fits_several = bool(matching)
    raise error


def write_to_key(found: Found, operation: str, request: ApiRequest[T]) -> Write[T]:
    """A write to a key that is there."""
    name = f"{found.key.id} {clean(found.key.name, limit=200)}".strip()
    return Write(request, operation, found.service_id, name=name)
