"""What an operation would do, in words a person can decide on."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from clickpipes_mcp.contract import Family


class Operation(StrEnum):
    """The operations that need a person."""

    DELETE = "delete"
    STOP = "stop"
    RESYNC = "resync"
    REMOVE_TABLES = "remove tables from"


@dataclass(frozen=True)
class Consequences:
    """What is lost, what stays, and the way back."""

    lost: tuple[str, ...]
    kept: tuple[str, ...]
    undo: str


_DELETE = {
    Family.STREAMING: Consequences(
        ("the pipe, its position in the source and its stored credentials",),
        ("the destination table and its rows", "the source"),
        "None: a new pipe has to be created, and it starts from its own offset.",
    ),
    Family.OBJECT_STORAGE: Consequences(
        ("the pipe, its memory of the files it has read and its stored credentials",),
        ("the destination table and its rows", "the files"),
        "None: a new pipe has to be created, and it reads every matching file again.",
    ),
    Family.DATABASE: Consequences(
        (
            "the pipe, its replication position and its stored credentials",
            "the replication slot and publication ClickPipes created on a Postgres source",
        ),
        (
            "the destination tables and their rows; they block a new pipe until dropped or emptied",
            "a slot or publication you made yourself, which keeps holding WAL until you drop it",
        ),
        "None: a new pipe has to be created, and it loads everything again.",
    ),
}
_STOP = {
    Family.STREAMING: Consequences(
        ("nothing, as long as it is started before the source's retention ends",),
        ("the position in the source", "the destination table"),
        "Start the pipe again.",
    ),
    Family.OBJECT_STORAGE: Consequences(
        ("nothing; new files wait",),
        ("the memory of the files read", "the destination table"),
        "Start the pipe again.",
    ),
    Family.DATABASE: Consequences(
        (
            "nothing at once; the source keeps its change log meanwhile: a Postgres slot grows",
            "all of it, by a full resync, if that log expires before the pipe is started again",
        ),
        ("the replication position", "the destination tables"),
        "Start the pipe again.",
    ),
}
_RESYNC = Consequences(
    (
        "changes made to the destination tables by hand, such as extra columns or rows",
        "the load on the source and the charge for a second full initial load",
    ),
    ("queries on the present tables, until the new ones are swapped in",),
    "None once the tables are swapped.",
)
_REMOVE_TABLES = Consequences(
    ("replication of the named tables",),
    ("their destination tables and rows", "all other tables of the pipe"),
    "Add the tables again, into new or emptied destination tables; that loads them anew.",
)
CONSEQUENCES: Mapping[Operation, Mapping[Family, Consequences]] = {
    Operation.DELETE: _DELETE,
    Operation.STOP: _STOP,
    Operation.RESYNC: dict.fromkeys(Family, _RESYNC),
    Operation.REMOVE_TABLES: dict.fromkeys(Family, _REMOVE_TABLES),
}
"""Source: ClickPipes documentation on lifecycle, resync and deletion, by family."""


ENDPOINT_DELETION = Consequences(
    (
        "the private connection: every pipe that goes through it no longer reaches its source",
        "its DNS names",
    ),
    (
        "the pipes, which fail until they are pointed elsewhere",
        "what you set up on the source's side, such as an endpoint service or a resource share",
    ),
    "None: a new endpoint gets another id and other DNS names, may have to be accepted again, "
    "and needs a resource share of its own.",
)
"""Source: ClickPipes documentation of private networking."""


@dataclass(frozen=True)
class Impact:
    """One operation on one thing as it is now: a pipe, unless `noun` says otherwise.

    `subject_name` is what the person types. `version` changes whenever something changes that a
    person would want to know before agreeing. `detail` adds what is special to this call, such
    as the tables removed; `change` is all that would be sent, of which `detail` may show a part.
    `occasion` counts what was agreed to and done before, so that no yes counts twice.
    """

    operation: Operation
    service_id: str
    subject_id: str
    subject_name: str
    kind: str
    state: str
    version: str
    consequences: Consequences
    last_changed: str = ""
    detail: str = ""
    change: str = ""
    noun: str = "ClickPipe"
    simulated: bool = False
    occasion: int = 0

    @property
    def headline(self) -> str:
        where = " on the simulator" if self.simulated else ""
        return f"{self.operation.value.capitalize()} the {self.noun} “{self.subject_name}”{where}?"

    @property
    def subject(self) -> tuple[str, str, str]:
        """What is acted on, and how."""
        return (self.operation.value, self.noun, self.subject_id)

    @property
    def basis(self) -> tuple[str, ...]:
        """All that a yes is given to; where any of it differs, it is another question."""
        return (*self.subject, self.service_id, self.version, self.detail, self.change)

    @property
    def reference(self) -> str:
        """A short digest of the basis and the occasion, which binds the question to both."""
        bound = "\0".join((*self.basis, str(self.occasion)))
        return hashlib.sha256(bound.encode("utf-8", "surrogatepass")).hexdigest()[:12]

    def facts(self) -> str:
        """The consequences as short lines, the same every time they are asked for."""
        changed = f", last changed {self.last_changed}" if self.last_changed else ""
        lines = [
            f"{self.kind}, {self.state}{changed}, id {self.subject_id}, reference {self.reference}",
            *([self.detail] if self.detail else []),
            f"Lost: {'; '.join(self.consequences.lost)}.",
            f"Stays: {'; '.join(self.consequences.kept)}.",
            f"Way back: {self.consequences.undo}",
        ]
        return "\n".join(lines)
