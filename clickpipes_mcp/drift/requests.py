"""Every request this package can make: each method of `Requests`, in every dialect and state."""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, Final, get_args

from clickpipes_mcp.cloud import Requests, StateCommand
from clickpipes_mcp.cloud.requests import list_organizations
from clickpipes_mcp.settings import ApiDialect

_ORGANIZATION: Final = "organization_id"
_BODY: Final = "body"
_COMMAND: Final = "command"


@dataclass(frozen=True)
class Made:
    """A request as it would be sent; its path holds the names of ids instead of ids.

    `body` is None where there is none, or where models say what is in it (`takes_a_body`).
    """

    name: str
    method: str
    path: str
    expects: str
    body: dict[str, Any] | None = None
    takes_a_body: bool = False


def requests() -> Iterator[Made]:
    """All of them, those that differ in a dialect or a state several times."""
    first = list_organizations()
    yield Made(first.operation, first.method, first.path, first.expects)
    builders = [
        (name, build)
        for name, build in inspect.getmembers(Requests, inspect.isfunction)
        if not name.startswith("_")
    ]
    for dialect, (name, build) in product(get_args(ApiDialect), builders):
        parameters = list(inspect.signature(build).parameters)[1:]
        ids = {
            parameter: f"00000000-0000-4000-8000-{number:012}"
            for number, parameter in enumerate([_ORGANIZATION, *parameters])
        }
        builder = Requests(ids[_ORGANIZATION], dialect)
        for command in get_args(StateCommand) if _COMMAND in parameters else [""]:
            given: dict[str, Any] = {**ids, _BODY: {}, _COMMAND: command}
            request = build(builder, *(given[parameter] for parameter in parameters))
            path = request.path
            for parameter, id_ in ids.items():
                path = path.replace(id_, f"{{{parameter}}}")
            takes_a_body = _BODY in parameters
            body = None if takes_a_body else request.body
            yield Made(name, request.method, path, request.expects, body, takes_a_body)
