"""Two pipes that fill one table: told wherever the list of pipes is read anyway."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.contract import Family, SourceSpec
from clickpipes_mcp.journal import Journal
from clickpipes_mcp.quotation import quote, quote_unless_plain
from clickpipes_mcp.sources import source_of
from clickpipes_mcp.tools.deletions import is_leaving
from clickpipes_mcp.tools.targets import tables_filled, tables_of, tables_read, what_is_read
from clickpipes_mcp.tools.views import cut

_MOST_PIPES = 3
_MOST_TABLES = 5
ARRIVES_AGAIN: Mapping[Family, str] = {
    Family.STREAMING: "every message that the source still keeps",
    Family.OBJECT_STORAGE: "every matching file",
    Family.DATABASE: "every row of the tables",
}
"""What a new pipe reads that begins from the beginning."""

_ANOTHER_TABLE: Mapping[Family, str] = {
    Family.STREAMING: "another destination.table",
    Family.OBJECT_STORAGE: "another destination.table",
    Family.DATABASE: "another target_table in source.table_mappings",
}


@dataclass(frozen=True)
class Filling:
    """A pipe that is to fill tables: its source and its destination under the API's keys."""

    spec: SourceSpec
    configuration: Mapping[str, object]
    destination: Mapping[str, object]

    @property
    def tables(self) -> tuple[str, ...]:
        return tables_filled(self.configuration, self.destination)


def tell_shared(journal: Journal, filling: Filling, beside: Sequence[Pipe]) -> Iterator[str]:
    """One warning for each other pipe that fills one of the tables too."""
    sharing = [
        (pipe, common)
        for pipe in beside
        if (common := _common(filling.tables, tables_of(pipe))) and not is_leaving(journal, pipe)
    ]
    for pipe, tables in sharing[:_MOST_PIPES]:
        yield (
            f"Another ClickPipe fills {_shown(tables)} too: "
            f"{quote(pipe.name)} (id {pipe.id}, {pipe.state}). "
            f"{_what_comes_of_it(filling, pipe, tables)}"
        )
    if (more := len(sharing) - _MOST_PIPES) > 0:
        others = "ClickPipe fills" if more == 1 else "ClickPipes fill"
        yield f"{more} more {others} the same tables."


def _shown(tables: Sequence[str]) -> str:
    return ", ".join(cut([quote_unless_plain(table) for table in tables], _MOST_TABLES))


def _common(tables: Sequence[str], others: Sequence[str]) -> list[str]:
    known = set(others)
    return [table for table in tables if table in known]


def _what_comes_of_it(filling: Filling, other: Pipe, tables: Sequence[str]) -> str:
    spec, is_anew = filling.spec, begins_anew(filling.spec, filling.configuration)
    if source_of(other.truth.arm, other.truth.source_type) is not spec:
        return _beside(spec)
    if is_anew and spec.family is Family.DATABASE:
        return tell_new_pipe(spec)
    overlaps = _reads_the_same(filling, other, tables)
    if overlaps is None:
        return (
            "The API does not show all of what the other one reads: where both read the same, it "
            f"arrives twice. {tell_ways(spec)}"
        )
    if not overlaps:
        return _beside(spec)
    again = "Both read the same, so all that both read arrives twice"
    if not is_anew:
        return f"{again} while both run."
    return f"{again}: {ARRIVES_AGAIN[spec.family]}. {tell_ways(spec)}"


def _beside(spec: SourceSpec) -> str:
    told = "The rows of both would stand in it side by side"
    if spec.family is not Family.DATABASE:
        return f"{told}."
    return (
        f"{told}, and where columns differ the API refuses it or a pipe breaks. Give "
        f"{_ANOTHER_TABLE[spec.family]}."
    )


def tell_new_pipe(spec: SourceSpec) -> str:
    """What comes of a new pipe that reads from the beginning into a table of another one.

    Source: the API's refusal "exists and is not empty" (github.com/ClickHouse/
    terraform-provider-clickhouse, clickpipe.go).
    """
    if spec.family is Family.DATABASE:
        return (
            f"The API refuses to load tables into one that holds rows already. Give {_ways(spec)}."
        )
    return (
        f"A new pipe into the same table would bring {ARRIVES_AGAIN[spec.family]} a second time. "
        f"{tell_ways(spec)}"
    )


def _reads_the_same(filling: Filling, other: Pipe, tables: Sequence[str]) -> bool | None:
    """Whether what both read overlaps; None where too little is shown to tell."""
    mine, theirs = filling.configuration, other.truth.arm_body
    named, by_other = (what_is_read(filling.spec, one) for one in (mine, theirs))
    if len(named) != len(by_other) or not named:
        return None
    if not all(_names(one) & _names(two) for one, two in zip(named, by_other, strict=True)):
        return False
    copied = [(tables_read(mine, table), tables_read(theirs, table)) for table in tables]
    return any((not one and not two) or one & two for one, two in copied)


def _names(text: str) -> set[str]:
    return {name.strip() for name in text.split(",")}


def begins_anew(spec: SourceSpec, configuration: Mapping[str, object]) -> bool:
    """Whether a new pipe reads from the beginning what is there already."""
    return all(beginning.is_from_the_first(configuration) for beginning in spec.beginnings)


def tell_ways(spec: SourceSpec) -> str:
    """The arguments of a create with which nothing arrives twice."""
    return f"To avoid that, give {_ways(spec)}."


def _ways(spec: SourceSpec) -> str:
    ways = [beginning.advice for beginning in spec.beginnings]
    return ", or ".join([*ways, _ANOTHER_TABLE[spec.family]])
