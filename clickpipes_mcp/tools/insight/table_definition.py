"""The definition of the table that a pipe writes, as far as the API tells it.

What comes from outside stands in it only where it can be nothing else than a name or a type.
"""

import re
from collections.abc import Mapping
from typing import Final

_LONGEST: Final = 400
_COMMENT: Final = "--"
_COLUMN: Final = re.compile(r"[\w .:@$-]{1,120}", re.ASCII)
_EXPRESSION: Final = re.compile(r"[\w (),'=+./:-]{1,200}", re.ASCII)
_KEEPS_NOTHING: Final = "Null"
_PLAIN: Final = "MergeTree"


def definition_of(destination: Mapping[str, object]) -> str:
    """What follows CREATE TABLE and its name; parts in angle brackets are not known.

    Source: the API does not return the columns that ReplacingMergeTree and its like are given.
    """
    columns = _columns(destination.get("columns"))
    if not columns:
        return ""
    given = destination.get("tableDefinition")
    known = given if isinstance(given, Mapping) else {}
    engine = known.get("engine")
    kind = engine.get("type") if isinstance(engine, Mapping) else None
    if kind == _KEEPS_NOTHING:
        return f"{columns} ENGINE = {_KEEPS_NOTHING}"
    if kind is None and not known:
        return f"{columns} ENGINE = <engine> ORDER BY <sorting key>"
    clauses = [columns, f"ENGINE = {_engine(kind)}"]
    if known.get("partitionBy"):
        clauses.append(f"PARTITION BY {_expression(known['partitionBy'], 'partition')}")
    if known.get("primaryKey"):
        clauses.append(f"PRIMARY KEY ({_expression(known['primaryKey'], 'primary key')})")
    clauses.append(f"ORDER BY {_sorting(known.get('sortingKey'))}")
    return " ".join(clauses)


def _columns(found: object) -> str:
    """The columns in parentheses; only that there are some, where they are many or odd."""
    named = [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
    if not named:
        return ""
    safe = [
        f"`{one.get('name')}` {one.get('type')}"
        for one in named
        if _COLUMN.fullmatch(str(one.get("name"))) and _is_expression(str(one.get("type")))
    ]
    told = ", ".join(safe)
    return f"({told})" if len(safe) == len(named) and len(told) <= _LONGEST else "(<columns>)"


def _engine(kind: object) -> str:
    if kind is None or kind == _PLAIN:
        return _PLAIN
    name = str(kind)
    return f"{name}(<columns of the engine>)" if name.isalnum() and name.isascii() else "<engine>"


def _sorting(found: object) -> str:
    if not isinstance(found, list) or not found:
        return "tuple()"
    return f"({_expression(', '.join(map(str, found)), 'sorting key')})"


def _expression(found: object, place: str) -> str:
    text = ", ".join(map(str, found)) if isinstance(found, list) else str(found)
    return text if _is_expression(text) else f"<{place}>"


def _is_expression(text: str) -> bool:
    """Whether it is words and balanced parentheses, so that it ends where it seems to."""
    if not _EXPRESSION.fullmatch(text) or _COMMENT in text or text.count("'") % 2:
        return False
    depth = 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if depth < 0:
            return False
    return depth == 0
