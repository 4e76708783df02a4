"""The output formats of the query endpoint."""

import json
from collections.abc import Callable, Mapping
from typing import Final

from clickpipes_mcp.simulator.queries.evaluation import Answer
from clickpipes_mcp.simulator.queries.functions import Value, shown
from clickpipes_mcp.simulator.queries.statement import SqlError


def formatted(answer: Answer, form: str) -> str:
    """The text of an answer. Raises SqlError for a format that is not offered."""
    if form not in _FORMATS:
        raise SqlError(73, f"Unknown format {form}", "UNKNOWN_FORMAT")
    return _FORMATS[form](answer)


def _lines(answer: Answer, *heads: list[str]) -> str:
    rows = [[_cell(row[name]) for name in answer.columns] for row in answer.rows]
    return "".join("\t".join(cells) + "\n" for cells in (*heads, *rows))


def _cell(value: Value) -> str:
    written = shown(value)
    if written is None:
        return r"\N"
    return str(written).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


def _objects(answer: Answer) -> list[dict[str, object]]:
    return [{name: shown(row[name]) for name in answer.columns} for row in answer.rows]


def _arrays(answer: Answer) -> list[list[object]]:
    return [[shown(row[name]) for name in answer.columns] for row in answer.rows]


def _document(answer: Answer, data: object) -> str:
    meta = [{"name": name, "type": kind} for name, kind in answer.columns.items()]
    return json.dumps({"meta": meta, "data": data, "rows": len(answer.rows)}) + "\n"


def _each(values: list[dict[str, object]] | list[list[object]]) -> str:
    return "".join(f"{json.dumps(value)}\n" for value in values)


_FORMATS: Final[Mapping[str, Callable[[Answer], str]]] = {
    "TabSeparated": _lines,
    "TSV": _lines,
    "TabSeparatedWithNames": lambda answer: _lines(answer, [*answer.columns]),
    "TabSeparatedWithNamesAndTypes": lambda answer: _lines(
        answer, [*answer.columns], [*answer.columns.values()]
    ),
    "JSON": lambda answer: _document(answer, _objects(answer)),
    "JSONCompact": lambda answer: _document(answer, _arrays(answer)),
    "JSONEachRow": lambda answer: _each(_objects(answer)),
    "JSONCompactEachRow": lambda answer: _each(_arrays(answer)),
}
