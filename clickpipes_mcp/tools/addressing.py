"""Which service and which pipe a call is about."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pydantic import Field

from clickpipes_mcp.app import App
from clickpipes_mcp.cloud import Pipe, Service
from clickpipes_mcp.contract import Request
from clickpipes_mcp.errors import CallerError, NextAction, UnknownPipe, UnreadableAnswer
from clickpipes_mcp.field_types import is_uuid
from clickpipes_mcp.quotation import unmarked
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.settings import API_ADDRESS
from clickpipes_mcp.tools.targets import what_tells_apart
from clickpipes_mcp.tools.views import cut

MOST_CANDIDATES = 10
_MOST_OF_A_NAME = 80
_MOST_OF_A_TYPED_NAME = 255


class ServiceArguments(Request):
    """Arguments of a tool about one service."""

    service: str | None = Field(default=None, description="Service id or name.")


class PipeArguments(ServiceArguments):
    """Arguments of a tool about one pipe."""

    clickpipe: str = Field(min_length=1, description="ClickPipe id or name.")


class _Named(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def truth(self) -> "_Named": ...


_NamedT = TypeVar("_NamedT", bound=_Named)


async def find_service_id(app: App, arguments: ServiceArguments, *, as_known: bool = False) -> str:
    """The id of the service that is meant; one that is given is taken as it is.

    A name is looked up anew, because another service may bear it by now. Where nothing is changed,
    `as_known` takes the names of a moment ago.

    Raises:
        CallerError: None or several fit; the candidates are named.
    """
    if app.settings.service_id is not None:
        return app.settings.service_id
    if arguments.service is not None and is_uuid(arguments.service.strip()):
        return arguments.service.strip().lower()
    services = await app.client.services(as_known=as_known)
    matching = _meant(services, arguments.service)
    if as_known and len(matching) != 1:
        services = await app.client.services()
        matching = _meant(services, arguments.service)
    if len(matching) == 1:
        return matching[0].id
    if arguments.service is not None and matching:
        named = [f"{one.id} ({one.provider} {one.region}, {one.state})" for one in matching]
        raise CallerError(
            f"{len(matching)} services have that name: {'; '.join(cut(named, MOST_CANDIDATES))}.",
            fix="Pass the id of the one that is meant; ask the person if that is not clear.",
        )
    asked = "No service was named" if arguments.service is None else "No one service has that name"
    raise CallerError(
        f"{asked}. Services: {list_named(services)}.",
        fix="Pass one of these ids or names as service.",
        next_actions=[NextAction("list_services", "shows them with region and state")],
    )


def _meant(services: Sequence[Service], wanted: str | None) -> Sequence[Service]:
    return services if wanted is None else match(services, wanted)


@dataclass(frozen=True)
class Found:
    """A pipe, as it is now, and the others of its service that were listed with it."""

    pipe: Pipe
    beside: tuple[Pipe, ...] = ()

    @property
    def called(self) -> str:
        """What a person types who means this pipe and no other: the name.

        Where others share it, the first block of the id follows. A name of blanks and invisible
        characters could be "typed" by typing nothing; there the id stands for it.
        """
        others = (other.name for other in self.beside)
        return name_to_type(self.pipe.name, self.pipe.id, others)


def name_to_type(name: str, own_id: str, others: Iterable[str]) -> str:
    """What a person types who means the thing of this name and id, and none of the others."""
    shown = _typed(name)
    if not shown:
        return own_id
    is_shared = any(unmarked(_typed(other)) == unmarked(shown) for other in others)
    return f"{shown} {own_id.partition('-')[0]}" if is_shared else shown


def _typed(name: str) -> str:
    return clean(name, limit=_MOST_OF_A_TYPED_NAME).strip()


async def find_pipe(app: App, arguments: PipeArguments, *, as_known: bool = False) -> Pipe:
    """The pipe that is meant, as it is now: one request, by id or by name.

    The service is found `as_known` where nothing is changed.

    Raises:
        UnknownPipe: None or several fit; the candidates are named.
        UnreadableAnswer: Another one was answered.
    """
    wanted = arguments.clickpipe.strip()
    if is_uuid(wanted):
        service = await find_service_id(app, arguments, as_known=as_known)
        with suppress(UnknownPipe):
            return _answered(await app.client.pipe(service, wanted.lower()), wanted)
    return (await find_among(app, arguments, as_known=as_known)).pipe


def _answered(pipe: Pipe, wanted: str) -> Pipe:
    """The pipe that was asked for; what is done next goes by the id it has."""
    if pipe.sent.id.lower() == wanted.lower():
        return pipe
    error = UnreadableAnswer(
        "The API answered another ClickPipe than the one of this id. Nothing was done.",
        fix=f"Look at the list. The operator checks {API_ADDRESS}.",
    )
    error.may_have_happened = False
    raise error


async def find_among(app: App, arguments: PipeArguments, *, as_known: bool = False) -> Found:
    """The pipe that is meant, and those that it could be taken for.

    Raises:
        UnknownPipe: None or several fit; the candidates are named.
    """
    service = await find_service_id(app, arguments, as_known=as_known)
    return find_in(await app.client.pipes(service), arguments.clickpipe)


def find_in(pipes: Sequence[Pipe], wanted: str) -> Found:
    """The pipe that is meant, out of a list of all there are.

    Raises:
        UnknownPipe: None or several fit; the candidates are named.
    """
    matching = match(pipes, wanted)
    if len(matching) == 1:
        return Found(matching[0], tuple(pipe for pipe in pipes if pipe is not matching[0]))
    if matching:
        raise _fits_several(matching)
    raise UnknownPipe(
        "No ClickPipe of the service has that id or name.",
        candidates=cut([f"{_label(pipe)} ({pipe.id})" for pipe in pipes], MOST_CANDIDATES),
        fix="Names must match exactly.",
        next_actions=[NextAction("list_clickpipes", "finds pipes by part of a name")],
    )


def _fits_several(matching: Sequence[Pipe]) -> UnknownPipe:
    error = UnknownPipe(
        f"{len(matching)} ClickPipes have that name.",
        candidates=cut(
            [
                f"{_label(pipe)} ({'; '.join(filter(None, (pipe.id, pipe.state, told)))})"
                for pipe in matching
                for told in (what_tells_apart(pipe),)
            ],
            MOST_CANDIDATES,
        ),
        fix="Pass the id of the one that is meant; ask the person if that is not clear.",
    )
    error.fits_several = True
    return error


def match(known: Sequence[_NamedT], wanted: str) -> list[_NamedT]:
    """Those with this id, else those with exactly this name, which never has an id's form."""
    wanted = wanted.strip()
    by_id = [item for item in known if item.truth.id.lower() == wanted.lower()]
    if by_id or is_uuid(wanted):
        return by_id
    return [item for item in known if item.truth.name == wanted]


def _label(item: _Named) -> str:
    return clean(item.name, limit=_MOST_OF_A_NAME)


def list_named(items: Sequence[_Named]) -> str:
    """Things by name and id, for somebody who has to choose one."""
    named = [f"{_label(item)} ({item.id})" for item in items]
    return ", ".join(cut(named, MOST_CANDIDATES)) or "none"
