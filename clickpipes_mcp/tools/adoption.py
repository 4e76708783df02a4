"""Whether what is to be created is there already, and so is adopted instead.

The API knows no idempotency key, so a create that is repeated would make a second one. What
stands in for a key is what tells one thing from another; the rest of the configuration is
compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from clickpipes_mcp.cloud import ApiRequest, digest
from clickpipes_mcp.errors import Conflict, NextAction
from clickpipes_mcp.journal import JournalEntry
from clickpipes_mcp.journal_entry import LONGEST_FACT, name_apart
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.tools.record import Call
from clickpipes_mcp.tools.views import cut
from clickpipes_mcp.tools.writes import Write

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)

_MOST_FIELDS = 12
_MOST_OF_A_NAME = 200


@dataclass(frozen=True)
class Words:
    """What a kind of thing is called.

    `noun` is its short name, `title` its full one, `called` its name together with what two of
    the same share. `instead` says what to do with one that is set up differently.
    """

    noun: str
    title: str
    called: str
    instead: str


@dataclass(frozen=True)
class Present:
    """Something that is there, as far as a conflict tells of it."""

    id: str
    state: str
    look: NextAction
    wait: NextAction


class Wanted(Protocol[T_contra]):
    """Something that is to exist once, and how it is recognised.

    `digest` stands for what is asked for and no read shows; `unconfirmed` names the fields that no
    read shows, that tell two things apart, and of which nothing says that they are as asked for.
    `operation` and `journal_name` are what the journal calls its creation, `key` is what it shares
    with every request for the same and with no other.
    """

    @property
    def words(self) -> Words: ...

    @property
    def service_id(self) -> str: ...

    @property
    def operation(self) -> str: ...

    @property
    def journal_name(self) -> str: ...

    @property
    def digest(self) -> str | None: ...

    @property
    def key(self) -> str: ...

    @property
    def look_again(self) -> NextAction: ...

    def is_journaled_as(self, entry: JournalEntry) -> bool: ...

    def is_meant_by(self, thing: T_contra) -> bool: ...

    def is_leaving(self, call: Call[Any], thing: T_contra) -> bool: ...

    def differences(self, thing: T_contra) -> Sequence[str]: ...

    def unconfirmed(self, call: Call[Any], thing: T_contra) -> Sequence[str]: ...

    def describe(self, thing: T_contra) -> Present: ...


class ReadInFull:
    """Something wanted of which a read shows all there is."""

    @property
    def digest(self) -> None:
        """Nothing has to be remembered of it."""
        return

    def unconfirmed(self, call: Call[Any], thing: object) -> tuple[str, ...]:  # noqa: ARG002 # as Wanted
        """Nothing is left to be confirmed."""
        return ()


def journaled_name(call: Call[Any], name: str) -> str:
    """What the journal calls a thing of that name, and nothing of another name."""
    shown = clean(name, limit=LONGEST_FACT)
    if shown == name:
        return name
    return name_apart(clean(name, limit=_MOST_OF_A_NAME), digest(name, call.app.store_key))


def write_for(wanted: Wanted[Any], request: ApiRequest[T]) -> Write[T]:
    """The write that creates it."""
    return Write(
        request,
        wanted.operation,
        wanted.service_id,
        name=wanted.journal_name,
        digest=wanted.digest,
    )


def adopt(call: Call[Any], wanted: Wanted[T], things: Sequence[T]) -> T | None:
    """The one among things that exist; None where there is none.

    Raises:
        Conflict: It is there and is set up differently, or may be, or is being deleted.
    """
    known = [thing for thing in things if wanted.is_meant_by(thing)]
    if not known:
        return None
    staying = [thing for thing in known if not wanted.is_leaving(call, thing)]
    if not staying:
        raise refuse_leaving(wanted.words, wanted.describe(known[0]))
    compared = [(thing, wanted.differences(thing)) for thing in staying]
    for thing, differing in compared:
        if differing:
            continue
        unconfirmed = wanted.unconfirmed(call, thing)
        if unconfirmed:
            raise _refuse_unconfirmed(wanted.words, wanted.describe(thing), unconfirmed)
        return thing
    thing, differing = compared[0]
    raise _refuse_different(wanted.words, wanted.describe(thing), differing)


def refuse_leaving(words: Words, present: Present) -> Conflict:
    """The conflict with something that will soon be gone."""
    return Conflict(
        f"The {words.called} ({present.id}) is being deleted.",
        fix="Wait until it is gone, then repeat the call unchanged.",
        next_actions=[present.wait],
    )


def refuse_taken(words: Words, present: Present, fix: str) -> Conflict:
    """The conflict with something that has what another one shall be given."""
    return Conflict(
        f"A {words.called} exists already ({present.id}, {present.state}).",
        fix=fix,
        next_actions=[present.look],
    )


def _refuse_unconfirmed(words: Words, present: Present, fields: Sequence[str]) -> Conflict:
    return Conflict(
        f"A {words.called} exists already ({present.id}, {present.state}). It may be set up "
        f"differently in: {', '.join(cut(fields, _MOST_FIELDS))}. The API does not return these, "
        "and the journal of this server does not say that it was created with them.",
        fix=f"Ask the person to compare them in the console. {words.instead}",
        next_actions=[present.look],
    )


def _refuse_different(words: Words, present: Present, differing: Sequence[str]) -> Conflict:
    return Conflict(
        f"A {words.called} exists already ({present.id}, {present.state}) and is set up "
        f"differently in: {', '.join(cut(differing, _MOST_FIELDS))}.",
        fix=words.instead,
        next_actions=[present.look],
    )
