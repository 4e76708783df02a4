"""What an operation would do, in words a person can decide on."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from clickpipes_mcp.contract import Family
from clickpipes_mcp.quotation import quote, quote_unless_plain, quotes_sentence, unmarked
from clickpipes_mcp.source_facts import Traces


class Operation(StrEnum):
    """The operations that need a person."""

    DELETE = "delete"
    STOP = "stop"
    RESYNC = "resync"
    REMOVE_TABLES = "remove tables from"
    CHANGE = "change"
    PAUSE_AND_CHANGE = "pause and change"
    REMOVE_TABLES_AND_CHANGE = "remove tables from and change"
    REDIRECT = "redirect"
    DELETE_AND_REDIRECT = "delete and redirect"
    SEND = "send"
    RAISE_COSTS = "raise the costs of"
    REPLACE_CREDENTIALS = "replace the credentials of"

    @property
    def destroys(self) -> bool:
        """Whether something of the thing itself is lost or stops."""
        return self not in _DESTROY_NOTHING

    @property
    def takes_name(self) -> bool:
        """Whether a person types the name to agree; otherwise they choose between two outcomes."""
        return self not in _BY_CHOICE


_DESTROY_NOTHING: Final = (Operation.SEND, Operation.RAISE_COSTS, Operation.REPLACE_CREDENTIALS)
_BY_CHOICE: Final = (Operation.STOP, Operation.PAUSE_AND_CHANGE)


@dataclass(frozen=True)
class Consequences:
    """What is lost and what stays, as phrases, and whether it can be undone, as sentences."""

    lost: tuple[str, ...]
    kept: tuple[str, ...]
    undo: str

    def lines(self) -> list[str]:
        """The same for people to read, one line each."""
        return [f"Lost: {'; '.join(self.lost)}.", f"Stays: {'; '.join(self.kept)}.", self.undo]

    def joined_with(self, other: "Consequences") -> "Consequences":
        """Those of two operations at once; what holds of both is told once."""
        return Consequences(
            tuple(dict.fromkeys(self.lost + other.lost)),
            tuple(dict.fromkeys(self.kept + other.kept)),
            _joined(self.undo, other.undo),
        )


_UNDO: Final = "To undo this, "
_SENTENCES: Final = re.compile(r"(?<=\.) ")


def _joined(*undoing: str) -> str:
    """How to undo several things: one sentence says what to do, the others what then holds."""
    sentences = dict.fromkeys(one for text in undoing for one in _SENTENCES.split(text) if one)
    ways = dict.fromkeys(
        way
        for one in sentences
        if one.startswith(_UNDO)
        for way in one.removeprefix(_UNDO).rstrip(".").split("; ")
    )
    others = [one for one in sentences if not one.startswith(_UNDO)]
    return " ".join([f"{_UNDO}{'; '.join(ways)}.", *others] if ways else others)


_START_AGAIN = "To undo this, start the pipe again."
ROWS_STAY: Final = "the rows that were loaded"
_DELETE = {
    Family.STREAMING: Consequences(
        ("the pipe", "its position in the source", "its stored credentials"),
        ("the destination table and its rows", "the source"),
        "This cannot be undone. A new pipe starts at an offset of its own, not where this one "
        "stopped.",
    ),
    Family.OBJECT_STORAGE: Consequences(
        ("the pipe", "its list of the files it has read", "its stored credentials"),
        ("the destination table and its rows", "the files"),
        "This cannot be undone. A new pipe reads every matching file again.",
    ),
    Family.DATABASE: Consequences(
        (
            "the pipe",
            "its replication position",
            "its stored credentials",
        ),
        ("the destination tables and their rows (a new pipe needs them dropped or emptied)",),
        "This cannot be undone. A new pipe loads everything again.",
    ),
}
_STOP = {
    Family.STREAMING: Consequences(
        ("nothing, if the pipe is started again before the source deletes unread messages",),
        ("the position in the source", "the destination table"),
        _START_AGAIN,
    ),
    Family.OBJECT_STORAGE: Consequences(
        ("nothing: new files wait",),
        ("the list of the files that were read", "the destination table"),
        _START_AGAIN,
    ),
    Family.DATABASE: Consequences(
        (
            f"nothing at once, but the source has to keep {Traces().change_log}",
            "if that log expires before the pipe is started again, only a full resync helps",
        ),
        ("the replication position", "the destination tables"),
        _START_AGAIN,
    ),
}
_RESYNC = Consequences(
    (
        "changes made to the destination tables by hand, such as extra columns or rows",
        "what a second full initial load costs, and the load it puts on the source",
    ),
    ("the present tables, which can be queried until the new ones take their place",),
    "This cannot be undone once the new tables have taken their place.",
)
_REMOVE_TABLES = Consequences(
    ("the replication of the named tables",),
    ("their destination tables", ROWS_STAY, "all other tables of the pipe"),
    "To undo this, add the removed tables again, into new or emptied destination tables. They are "
    "then loaded in full.",
)
CONSEQUENCES: Mapping[Operation, Mapping[Family, Consequences]] = {
    Operation.DELETE: _DELETE,
    Operation.STOP: _STOP,
    Operation.RESYNC: dict.fromkeys(Family, _RESYNC),
    Operation.REMOVE_TABLES: dict.fromkeys(Family, _REMOVE_TABLES),
}
"""What is done to a pipe. Source: ClickPipes documentation on lifecycle, resync and deletion."""


def consequences_of(operation: Operation, family: Family, traces: Traces) -> Consequences:
    """What is done to a pipe, in the words of its own source."""
    found = CONSEQUENCES[operation][family]
    if operation is Operation.DELETE:
        return replace(found, lost=found.lost + traces.lost, kept=found.kept + traces.kept)
    lost = (one.replace(Traces().change_log, traces.change_log) for one in found.lost)
    return replace(found, lost=tuple(lost))


ENDPOINT_DELETION = Consequences(
    (
        "the private connection: every pipe that goes through it no longer reaches its source",
        "its DNS names",
    ),
    (
        "the pipes, which fail until they reach their source another way",
        "what you set up at the source, such as an endpoint service or a resource share",
    ),
    "This cannot be undone. A new endpoint has another id and other DNS names. It may have to be "
    "accepted again, and it needs a resource share of its own.",
)
NAMES_CHANGED = Consequences(
    ("the present way to the source of every pipe that uses one of these names",),
    (
        "the private connection and its other names",
        "the pipes, which fail until they reach their source another way",
    ),
    "To undo this, set the names again, with the targets they had.",
)
"""What is done to private endpoints. Source: ClickPipes documentation of private networking."""


CREDENTIALS_REPLACED = Consequences(
    (
        "the present login of the pipe, which nothing can read back",
        "delivery, where the new login is wrong or may do less",
    ),
    ("the position in the source", ROWS_STAY),
    "To undo this, set the former login again.",
)
"""Source: the API never returns credentials; ClickPipes documentation of sources."""


def costs_raised(costs: str) -> Consequences:
    """What a larger size takes; `costs` says it in money."""
    return Consequences(
        (f"money: {costs}",),
        ("the data", "the position in the source"),
        "To undo this, set the former size again. What was used until then is charged.",
    )


SSH_KEY_DELETION = Consequences(
    ("the login on the bastion: every pipe whose tunnel uses it no longer reaches its source",),
    ("the pipes, which fail: their tunnel cannot be changed", "the bastion and its line"),
    "Cannot be undone. A new key is another pair: its line goes onto the bastion, and pipes have "
    "to be created again to use it.",
)
"""Source: the Terraform provider, clickpipes_ssh_key; a pipe names its key at creation only."""


_MOST_FORMER: Final = 5
_MERE_NAMES: Final = (
    "What stands between “ and ” is what somebody wrote, not what this server says of the matter."
)


@dataclass(frozen=True)
class Impact:
    """One operation on one thing as it is now: a pipe, unless `noun` says otherwise.

    `subject_name` is what the person types, `about` tells the thing from others of that name.
    `version` changes whenever something changes that a person would want to know before agreeing.
    `detail` adds what is special to this call, such as the tables that are removed. `change` is all
    that would be sent; `detail` may show only a part of it. `occasion` counts how often the same
    was agreed to and done before, so that no answer is used twice. `title` is what is asked, where
    that is not the operation on the thing. `formerly` are the names the thing had of late. They are
    told and not agreed to: another process may not know them. `otherwise` tells how the operator
    can make the question needless. `is_new` where the thing is not there yet, so that `subject_id`
    is the caller's word for it. `service_name` is the name by which the service was found.
    `connection` is the name of what it is done through, and `colour`
    what the operator marks that with, where there are several.

    The words of others within `kind`, `about`, `detail`, `title` and the consequences arrive in
    quotation marks, or are plain words.
    """

    operation: Operation
    service_id: str
    subject_id: str
    subject_name: str
    kind: str
    state: str
    version: str
    consequences: Consequences
    about: str = ""
    last_changed: str = ""
    detail: str = ""
    change: str = ""
    noun: str = "ClickPipe"
    simulated: bool = False
    occasion: int = 0
    title: str = ""
    otherwise: str = ""
    formerly: tuple[str, ...] = ()
    is_new: bool = False
    service_name: str = ""
    connection: str = ""
    colour: str = ""

    @property
    def headline(self) -> str:
        where = " on the simulator" if self.simulated else ""
        if self.title:
            return f"{self.title}{where}?"
        name = unmarked(self.subject_name)
        return f"{self.operation.value.capitalize()} the {self.noun} “{name}”{where}?"

    @property
    def subject(self) -> tuple[str, str, str]:
        """What is done, and to what."""
        return (self.operation.value, self.noun, self.subject_id)

    @property
    def basis(self) -> tuple[str, ...]:
        """Everything the person agrees to. If any of it changes, the person is asked again."""
        through = (self.connection,) if self.connection else ()
        return (*self.subject, self.service_id, self.version, self.detail, self.change, *through)

    @property
    def reference(self) -> str:
        """A short digest of the basis and the occasion: another question has another one."""
        bound = "\0".join((*self.basis, str(self.occasion)))
        return hashlib.sha256(bound.encode("utf-8", "surrogatepass")).hexdigest()[:12]

    @property
    def outline(self) -> tuple[str, ...]:
        """What the thing is and how it stands, in a few words each."""
        changed = f"last changed {self.last_changed}" if self.last_changed else ""
        state = quote_unless_plain(self.state) if self.state else ""
        has_id = self.subject_id != self.subject_name
        called = "the secret" if self.operation is Operation.SEND else "id"
        id_ = f"{called} {quote_unless_plain(self.subject_id)}" if has_id else ""
        through = f"through the connection {self.connection}" if self.connection else ""
        reference = f"reference {self.reference}"
        parts = (self.kind, state, changed, id_, self._tell_service(), through, reference)
        return tuple(part for part in parts if part)

    def _tell_service(self) -> str:
        if not self.service_id:
            return ""
        name = f"{quote(self.service_name)} " if self.service_name else ""
        return f"in the service {name}{quote_unless_plain(self.service_id)}"

    @property
    def details(self) -> tuple[str, ...]:
        """What else a person has to know of the thing and of this call, a paragraph each."""
        parts = (self.about, self._tell_former_names(), self.detail)
        return tuple(part for part in parts if part)

    @property
    def caution(self) -> str:
        """A warning about names that read like sentences of ours; else empty."""
        told = "\n".join((self.headline, *self.outline, *self.details, *self.consequences.lines()))
        return _MERE_NAMES if quotes_sentence(told) else ""

    def facts(self) -> str:
        """What the person is told, in short lines; the same every time."""
        lines = (", ".join(self.outline), *self.details, *self.consequences.lines(), self.caution)
        return "\n".join(line for line in lines if line)

    def _tell_former_names(self) -> str:
        shown = [quote(name) for name in self.formerly[:_MOST_FORMER]]
        more = len(self.formerly) - len(shown)
        rest = f" and {more} more" if more else ""
        return f"Renamed of late; it was called {', '.join(shown)}{rest}." if shown else ""
