"""What this server changed last, as its journal tells it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from clickpipes_mcp.journal import UNKNOWN, JournalEntry
from clickpipes_mcp.journal_entry import name_shown
from clickpipes_mcp.tools.before_image import ASKED

_READS: Final = frozenset({"discover schema", "check source"})
"""What the journal tells of because secrets go out. It changes nothing."""

_MOST_KEPT: Final = 30
"""Of the last entries: one call makes a few."""

_OF_SEVERAL_WRITES: Final = "update_clickpipe"


@dataclass(frozen=True)
class Sought:
    """Whose changes count: of one service and connection, one caller, one pipe or any.

    `ids` are those of the pipes that are meant by `clickpipe`, as far as they are there.
    """

    service_id: str
    principal: str
    connection: str | None
    clickpipe: str | None
    ids: Collection[str] = ()

    def may_be(self, entry: JournalEntry) -> bool:
        """Whether it counts, as far as the line tells that was written before the answer."""
        if entry.service_id != self.service_id or entry.operation in _READS:
            return False
        if entry.principal not in (None, self.principal):
            return False
        if None not in (entry.connection, self.connection) and entry.connection != self.connection:
            return False
        return entry.clickpipe_id is None or self.is_about(entry)

    def is_about(self, entry: JournalEntry) -> bool:
        """Whether it is about the pipe that is meant."""
        if self.clickpipe is None:
            return True
        if self.ids:
            return entry.clickpipe_id in self.ids
        return self.clickpipe in (entry.clickpipe_id, name_shown(entry.name or ""))


@dataclass(frozen=True)
class LastChange:
    """The writes of one call, in their order."""

    writes: tuple[JournalEntry, ...]

    @property
    def last(self) -> JournalEntry:
        return self.writes[-1]

    @property
    def operations(self) -> frozenset[str]:
        return frozenset(one.operation for one in self.writes)

    @property
    def operation(self) -> str:
        """What the call was for: to stop and to start may belong to a change."""
        changes = [one.operation for one in self.writes if one.operation not in ("stop", "start")]
        return changes[0] if changes else self.last.operation

    @property
    def before(self) -> Mapping[str, object]:
        """What the pipe was; empty where the journal does not tell."""
        return next((_image(one) for one in self.writes if one.before), {})

    @property
    def asked(self) -> Mapping[str, object]:
        """What it asked the pipe to be; empty where the journal does not tell."""
        found: dict[str, object] = {}
        for one in self.writes:
            asked = (one.before or {}).get(ASKED)
            found |= asked if isinstance(asked, Mapping) else {}
        return found

    @property
    def is_certain(self) -> bool:
        """Whether it is known to have taken effect."""
        return self.last.outcome != UNKNOWN


def last_change(entries: Iterable[JournalEntry], sought: Sought) -> LastChange | None:
    """The last call that changed something, or may have."""
    kept: dict[str, tuple[JournalEntry, JournalEntry | None]] = {}
    for entry in entries:
        if entry.phase == "intent":
            if sought.may_be(entry):
                kept[entry.id] = entry, None
        elif entry.id in kept:
            begun, _ = kept.pop(entry.id)
            if not entry.came_to_nothing and sought.is_about(entry):
                kept[entry.id] = begun, entry
        if len(kept) > _MOST_KEPT:
            del kept[next(iter(kept))]
    changes = (_as_it_ended(*one) for one in kept.values())
    found = [change for change in changes if sought.is_about(change)]
    return LastChange(_one_call(found)) if found else None


def _as_it_ended(begun: JournalEntry, ended: JournalEntry | None) -> JournalEntry:
    if ended is None:
        return replace(begun, outcome=UNKNOWN)
    return replace(begun, outcome=ended.outcome, clickpipe_id=ended.clickpipe_id)


def _one_call(entries: Sequence[JournalEntry]) -> tuple[JournalEntry, ...]:
    """The last write, and those that the same call made before it.

    A call that makes several looks at the pipe once, so all of them tell the same of it.
    """
    last = entries[-1]
    writes, image = [last], _image(last)
    if last.tool != _OF_SEVERAL_WRITES:
        return (last,)
    for one in reversed(entries[:-1]):
        if one.clickpipe_id != last.clickpipe_id:
            continue
        image = image or _image(one)
        if one.tool != last.tool or _image(one) != image:
            break
        writes.insert(0, one)
    return tuple(writes)


def _image(entry: JournalEntry) -> Mapping[str, object]:
    """What the pipe was, without what was asked of it."""
    return {key: value for key, value in (entry.before or {}).items() if key != ASKED}
