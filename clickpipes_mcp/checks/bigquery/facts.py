"""What was read of a BigQuery project, and what the pipe asks of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from pydantic import JsonValue

from clickpipes_mcp.checks.checklist import part_of, text_of
from clickpipes_mcp.checks.google.fields import number_of, rows_of, words_of
from clickpipes_mcp.checks.google.keys import AccountKey
from clickpipes_mcp.checks.google.requests import Answer


@dataclass(frozen=True)
class Wish:
    """What a configuration asks for; `mappings` by dataset and table."""

    project: str
    bucket: str
    method: str
    mappings: Mapping[tuple[str, str], Mapping[str, JsonValue]]

    @classmethod
    def of(cls, configuration: Mapping[str, JsonValue], key: AccountKey) -> Self:
        """Reads it from a configuration under the API's keys."""
        staging = text_of(configuration, "snapshotStagingPath")
        return cls(
            project=text_of(configuration, "projectId") or key.project,
            bucket=staging.removeprefix("gs://").partition("/")[0],
            method=text_of(part_of(configuration, "settings"), "replicationMethod"),
            mappings={
                (text_of(one, "sourceDatasetName"), text_of(one, "sourceTable")): one
                for one in rows_of(configuration, "tableMappings")
            },
        )


@dataclass(frozen=True)
class Table:
    """A table as BigQuery tells it; rights are None where nobody told them."""

    place: tuple[str, str]
    answer: Answer
    rights: frozenset[str] | None = None

    @property
    def called(self) -> str:
        return ".".join(self.place)

    @property
    def kind(self) -> str:
        return text_of(self.answer.body, "type")

    @property
    def columns(self) -> Mapping[str, Mapping[str, JsonValue]]:
        """The columns by their names, in their order."""
        fields = rows_of(part_of(self.answer.body, "schema"), "fields")
        return {text_of(one, "name"): one for one in fields}

    @property
    def location(self) -> str:
        return text_of(self.answer.body, "location").upper()

    @property
    def key(self) -> list[str]:
        """The columns of the declared primary key, which BigQuery does not enforce."""
        constraints = part_of(self.answer.body, "tableConstraints")
        return words_of(part_of(constraints, "primaryKey"), "columns")

    @property
    def clustering(self) -> list[str]:
        return words_of(part_of(self.answer.body, "clustering"), "fields")

    @property
    def rows(self) -> int:
        return number_of(self.answer.body, "numRows")

    @property
    def size_bytes(self) -> int:
        return number_of(self.answer.body, "numBytes")


@dataclass(frozen=True)
class Bucket:
    """The staging bucket: what it is, and what the account may do with it."""

    name: str
    answer: Answer
    rights: frozenset[str] | None

    @property
    def location(self) -> str:
        return text_of(self.answer.body, "location").upper()


@dataclass(frozen=True)
class Facts:
    """All that was read. `job` is the answer to a query that was only tried."""

    wish: Wish
    key: AccountKey
    job: Answer
    tables: tuple[Table, ...]
    bucket: Bucket | None
    is_cut: bool = False

    @property
    def found(self) -> tuple[Table, ...]:
        return tuple(table for table in self.tables if table.answer.is_ok)
