"""What the operator has put beyond reach, whoever agrees: levels, protected names, others' things.

Looked at twice: before a person is asked, on the impact; and just before sending, on the request
itself, so that no tool can forget it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from clickpipes_mcp.app import App
from clickpipes_mcp.cloud import ApiRequest, Pipe
from clickpipes_mcp.consent import Impact
from clickpipes_mcp.errors import NotAllowed
from clickpipes_mcp.journal_entry import name_shown
from clickpipes_mcp.look_alikes import matches_look
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.scopes import scope_of

PROTECTED_FOR_S: Final = 7 * 24 * 3600.0
"""How long a pipe stays protected after a protected name was last seen on it."""

SCOPE_MISSING: Final = "the token of this call does not hold the scope"
SCOPE_FIX: Final = (
    "Tell the person: the client has to sign in again and ask for that scope, and whoever runs the "
    "authorization server has to grant it."
)

_PIPE: Final = "ClickPipe"
_NOT_A_WAY: Final = "Do not look for another way."


@dataclass(frozen=True)
class _Deed:
    """What would be done to which thing; `names` are those a pipe has, or would get.

    `id` is empty for what is not there yet: no word of the caller's stands in its place.
    """

    what: str
    id: str
    names: tuple[str, ...] = ()
    noun: str = _PIPE
    destroys: bool = True


def check_impact(app: App, impact: Impact | None) -> None:
    """Whether what a call would destroy is within reach.

    Raises:
        NotAllowed: It is not.
        OperatorError: The journal, which has to tell, cannot be read.
    """
    if impact is not None and impact.operation.destroys:
        id_ = "" if impact.is_new else impact.subject_id
        _check(app, _Deed(impact.operation.value, id_, (impact.subject_name,), impact.noun))


def check_pipe(app: App, pipe: Pipe, what: str) -> None:
    """Whether something of a pipe may be lost or stop, by its true name; raises as above."""
    _check(app, _Deed(what, pipe.id, (pipe.truth.name,)))


def check_users(app: App, pipes: Iterable[Pipe]) -> None:
    """Whether pipes may lose the way to their source.

    Raises:
        NotAllowed: One of them is protected, or is not this server's own where only those are
            within reach.
        OperatorError: The journal, which has to tell, cannot be read.
    """
    for pipe in pipes:
        deed = _Deed("cut off", pipe.id, (pipe.truth.name,))
        if app.settings.protected:
            _check_names(app, deed)
        if app.settings.own_only:
            _check_origin(app, deed)


def check_request(app: App, request: ApiRequest[object], pipe: Pipe | None) -> None:
    """Whether a request may be sent; `pipe` is what it is about, as it was just read.

    Raises:
        NotAllowed: It may not.
        OperatorError: The journal, which has to tell, cannot be read.
    """
    for deed in _deeds(request, pipe):
        _check(app, deed)


def _deeds(request: ApiRequest[object], pipe: Pipe | None) -> Iterator[_Deed]:
    """What of a request is destructive, or gives a pipe another name."""
    names = (pipe.truth.name,) if pipe else ()
    noun = _PIPE if request.missing or pipe else "resource"
    target = pipe.id if pipe else request.missing or request.path.rpartition("/")[2]
    if request.method == "DELETE":
        yield _Deed("delete", target, names, noun)
    elif request.operation in ("stop_pipe", "resync_pipe"):
        yield _Deed(request.operation.removesuffix("_pipe"), target, names)
    elif request.operation == "update_pipe":
        body = request.body or {}
        if _removes_tables(body.get("source")):
            yield _Deed("remove tables from", target, names)
        given = body.get("name")
        if isinstance(given, str) and names != (given,):
            yield _Deed("rename", target, (*names, given), destroys=False)


def _removes_tables(source: object) -> bool:
    arms = source.values() if isinstance(source, Mapping) else ()
    return any(isinstance(arm, Mapping) and arm.get("tableMappingsToRemove") for arm in arms)


def _check(app: App, deed: _Deed) -> None:
    if deed.destroys and app.settings.level != "destroy" and app.is_held:
        raise NotAllowed(
            f"This would {deed.what} a {deed.noun}, and {SCOPE_MISSING} {scope_of('destroy')}. "
            "Nothing of that was sent.",
            fix=SCOPE_FIX,
        )
    if deed.destroys and app.settings.level != "destroy":
        raise _refuse(
            "The operator lets this server create and change things and destroy nothing. This "
            f"would {deed.what} a {deed.noun}, so that something stops or is lost",
            f"sets CLICKPIPES_ALLOW=destroy. Leave that part out, or stop here. {_NOT_A_WAY}",
        )
    if deed.noun == _PIPE and app.settings.protected:
        _check_names(app, deed)
    if deed.destroys and app.settings.own_only and deed.id:
        _check_origin(app, deed)


def _check_names(app: App, deed: _Deed) -> None:
    for name in filter(None, (*deed.names, deed.id)):
        if _is_protected(app, name):
            raise _refuse_protected(deed, f"“{clean(name, limit=80)}” is such a name")
    earlier = (
        *map(name_shown, app.journal.names_of(deed.id, PROTECTED_FOR_S)),
        *app.client.seen_names.names_of(deed.id, PROTECTED_FOR_S),
    )
    for name in earlier:
        if _is_protected(app, name):
            why = f"of late it was called “{clean(name, limit=80)}”, and that is such a name"
            raise _refuse_protected(deed, why)


def _is_protected(app: App, name: str) -> bool:
    return any(matches_look(pattern, name) for pattern in app.settings.protected)


def _refuse_protected(deed: _Deed, why: str) -> NotAllowed:
    return _refuse(
        "The operator protects pipes of certain names, and all that look like them, from being "
        f"stopped, resynced, deleted or renamed: {why}. This would {deed.what} it",
        f"changes CLICKPIPES_PROTECTED. {_NOT_A_WAY}",
    )


def _check_origin(app: App, deed: _Deed) -> None:
    if not app.journal.is_kept:
        raise _refuse(
            f"The operator lets this server {deed.what} only what it created itself, and no "
            "journal is kept that would tell",
            "sets CLICKPIPES_JOURNAL to a file. What was created before that does not count.",
        )
    if not app.journal.tells_creation_of(deed.id):
        raise _refuse(
            f"The operator lets this server {deed.what} only what it created itself, and its "
            f"journal does not say that it created this {deed.noun}",
            f"unsets CLICKPIPES_OWN_ONLY, or the person acts in the console. {_NOT_A_WAY}",
        )


def _refuse(why: str, change: str) -> NotAllowed:
    return NotAllowed(
        f"{why}. Nothing of that was sent.",
        fix=f"Tell the person. To allow it, the operator {change}",
    )
