"""What a pipe reads and which tables it fills: what tells two pipes of one name apart."""

from collections.abc import Iterator, Mapping, Sequence

from pydantic.alias_generators import to_camel

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.contract import SourceSpec
from clickpipes_mcp.quotation import quote_unless_plain
from clickpipes_mcp.sources import source_of
from clickpipes_mcp.tools.views import cut

DEFAULT_DATABASE = "default"
_MOST_TABLES = 3
_MOST_OF_A_NAME = 60


def tables_filled(
    configuration: Mapping[str, object], destination: Mapping[str, object]
) -> tuple[str, ...]:
    """The tables by `database.table`, of a source and a destination under the API's keys."""
    database = str(destination.get("database") or DEFAULT_DATABASE)
    table = destination.get("table")
    if isinstance(table, str) and table:
        return (f"{database}.{table}",)
    return tuple(f"{database}.{name}" for name in _targets(configuration.get("tableMappings")))


def tables_of(pipe: Pipe) -> tuple[str, ...]:
    """The tables that a pipe fills, by their true names."""
    return tables_filled(pipe.truth.arm_body, pipe.truth.destination)


def _targets(mappings: object) -> Iterator[str]:
    for mapping in mappings if isinstance(mappings, list) else ():
        target = mapping.get("targetTable") if isinstance(mapping, Mapping) else None
        if isinstance(target, str) and target:
            yield target


def what_is_read(spec: SourceSpec | None, configuration: Mapping[str, object]) -> tuple[str, ...]:
    """What a source names as what it reads, in the order in which it tells most."""
    names = (configuration.get(to_camel(name)) for name in (spec.reads if spec else ()))
    return tuple(name for name in names if isinstance(name, str) and name)


def tables_read(configuration: Mapping[str, object], target: str) -> frozenset[str]:
    """The tables of a database that are copied into a table named `database.table`."""
    mappings = configuration.get("tableMappings")
    return frozenset(
        ".".join(str(value) for key, value in sorted(mapping.items()) if key.startswith("source"))
        for mapping in (mappings if isinstance(mappings, list) else ())
        if isinstance(mapping, Mapping) and target.endswith(f".{mapping.get('targetTable')}")
    )


def what_tells_apart(pipe: Pipe) -> str:
    """A pipe for somebody who has to choose between two of one name; the same every time."""
    reads = what_is_read(source_of(pipe.sent.arm, pipe.sent.source_type), pipe.arm_body)
    tables = tables_filled(pipe.arm_body, pipe.destination)
    created = pipe.created_at.strftime("%Y-%m-%d") if pipe.created_at else ""
    parts = (
        f"reads {' at '.join(quote_unless_plain(name, limit=_MOST_OF_A_NAME) for name in reads)}"
        if reads
        else "",
        f"fills {_shown(tables)}" if tables else "",
        f"created {created}" if created else "",
    )
    return "; ".join(part for part in parts if part)


def _shown(names: Sequence[str]) -> str:
    shown = [quote_unless_plain(name, limit=_MOST_OF_A_NAME) for name in names]
    return ", ".join(cut(shown, _MOST_TABLES))
