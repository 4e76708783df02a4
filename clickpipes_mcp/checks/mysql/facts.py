"""What was read of a MySQL or MariaDB source."""

from collections.abc import Mapping
from dataclasses import dataclass

from clickpipes_mcp.checks.wish import Wish


@dataclass(frozen=True)
class Column:
    """A column that the role may read, or only see."""

    name: str
    is_generated: bool
    is_key: bool
    may_read: bool


@dataclass(frozen=True)
class Table:
    """A table or view that the role sees."""

    place: tuple[str, str]
    is_table: bool
    rows: int
    bytes: int
    columns: tuple[Column, ...] = ()

    @property
    def key(self) -> list[str]:
        return [column.name for column in self.columns if column.is_key]

    @property
    def may_read(self) -> bool:
        return any(column.may_read for column in self.columns)


@dataclass(frozen=True)
class Facts:
    """All that was read.

    `kept_hours` is what Amazon RDS keeps the binary log for, if it told; `is_replica` is None
    where the role may not see whether the server is one.
    """

    wish: Wish
    settings: Mapping[str, str]
    grants: tuple[str, ...]
    role: str
    tables: tuple[Table, ...]
    kept_hours: int | None = None
    is_replica: bool | None = None

    def setting(self, name: str) -> str:
        """A setting in capitals; empty where the server has none of that name."""
        return self.settings.get(name, "").upper()

    @property
    def logs_what_it_replicates(self) -> bool:
        """Whether the binary log holds what came from another server."""
        names = ("log_replica_updates", "log_slave_updates")
        return any(self.setting(name) in ("ON", "1") for name in names)

    @property
    def version(self) -> tuple[int, int]:
        """The first two numbers of the version."""
        first, _, rest = self.settings.get("version", "").partition(".")
        second = rest.partition(".")[0]
        return (int(first) if first.isdecimal() else 0, int(second) if second.isdecimal() else 0)

    @property
    def is_mariadb(self) -> bool:
        return "MARIADB" in f"{self.setting('version')} {self.setting('version_comment')}"

    @property
    def wanted(self) -> tuple[Table, ...]:
        """The tables that are mapped; without mappings all of them."""
        if not self.wish.mappings:
            return self.tables
        return tuple(table for table in self.tables if table.place in self.wish.mappings)

    def is_granted(self, *rights: str) -> bool:
        """Whether one of these rights is granted for everything."""
        told = [grant.upper() for grant in self.grants if " ON *.* " in grant.upper()]
        return any(
            right in words
            for grant in told
            for words in [{word.strip() for word in grant[6 : grant.index(" ON *.*")].split(",")}]
            for right in (*rights, "ALL PRIVILEGES")
        )
