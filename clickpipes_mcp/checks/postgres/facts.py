"""What was read of a PostgreSQL source, and what the pipe asks of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from clickpipes_mcp.checks.checklist import text_of
from clickpipes_mcp.checks.wish import Wish

_NUMERIC: Final = re.compile(r"numeric\((\d+),(-?\d+)\)(?:\[\])*")
_MOST_DIGITS: Final = 76
_MOST_BEHIND_POINT: Final = 38
"""Source: ClickPipes documentation, FAQ of Postgres."""


@dataclass(frozen=True)
class Table:
    """A table as the catalog tells it; `written` is its name as a statement writes it."""

    schema: str
    name: str
    written: str
    kind: str
    identity: str
    is_partition: bool
    has_row_security: bool
    forces_row_security: bool
    rows: int
    bytes: int
    may_read: bool
    is_owned: bool
    key: list[str]
    partitions: list[str]
    hides_identity: bool

    @property
    def place(self) -> tuple[str, str]:
        return self.schema, self.name

    @property
    def is_replicable(self) -> bool:
        """Whether it is a table or the root of partitions; views and the like log nothing."""
        return self.kind in ("r", "p")


@dataclass(frozen=True)
class Column:
    """A column of a table. `may_be_apart` where large values are stored beside the row."""

    schema: str
    table: str
    name: str
    type: str
    is_generated: bool
    may_read: bool
    may_be_apart: bool

    @property
    def is_too_wide(self) -> bool:
        """Whether it is a number with more digits than any Decimal of ClickHouse has."""
        found = _NUMERIC.fullmatch(self.type)
        if found is None:
            return False
        return int(found[1]) > _MOST_DIGITS or int(found[2]) > _MOST_BEHIND_POINT

    @property
    def place(self) -> tuple[str, str]:
        return self.schema, self.table


@dataclass(frozen=True)
class Server:
    """The server and the database; `version` is 150004 for 15.4."""

    version: int
    is_standby: bool
    pid: int
    slots_used: int
    senders_used: int
    may_create: bool


@dataclass(frozen=True)
class Role:
    """Who logs in."""

    name: str
    may_replicate: bool
    sees_all_rows: bool


@dataclass(frozen=True)
class Publication:
    """What a publication tells of; `members` are written as in a statement."""

    has_all: bool
    tells_inserts: bool
    tells_updates: bool
    tells_deletes: bool
    is_via_root: bool
    members: list[str]


@dataclass(frozen=True)
class Slot:
    """A replication slot that is there."""

    type: str
    plugin: str | None
    is_here: bool
    active: bool
    wal_status: str


class PostgresWish(Wish):
    """What the pipe is to do."""

    @property
    def publication(self) -> str:
        return text_of(self.settings, "publicationName")

    @property
    def slot(self) -> str:
        return text_of(self.settings, "replicationSlotName")

    @property
    def wants_failover(self) -> bool:
        return self.settings.get("enableFailoverSlots") is True


@dataclass(frozen=True)
class Facts:
    """All that was read. `is_pooled` where another process answered than was connected to."""

    wish: PostgresWish
    server: Server
    settings: Mapping[str, str]
    role: Role
    is_pooled: bool
    tables: tuple[Table, ...]
    columns: tuple[Column, ...]
    publication: Publication | None = None
    slot: Slot | None = None

    def number(self, name: str) -> int:
        """A setting that is a number."""
        return int(self.settings.get(name, "0"))

    def columns_of(self, table: Table) -> list[Column]:
        """The columns of a table, in their order."""
        return [column for column in self.columns if column.place == table.place]

    @property
    def roots(self) -> tuple[Table, ...]:
        """The tables that can be replicated at all."""
        return tuple(table for table in self.tables if table.is_replicable)
