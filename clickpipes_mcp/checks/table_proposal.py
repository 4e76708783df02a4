"""The table that is proposed for a stream or for files, with the columns that were seen."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from pydantic import JsonValue

_MOST: Final = 60
_OTHERS: Final = re.compile(r"[^A-Za-z0-9]+")
_USUAL: Final = "events"


def new_table(called: str, columns: Iterable[tuple[str, str]]) -> Mapping[str, JsonValue]:
    """A destination in the words of a create tool; empty where no columns were seen."""
    listed: list[JsonValue] = [{"name": name, "type": kind} for name, kind in columns]
    if not listed:
        return {}
    name = _OTHERS.sub("_", called).strip("_")[:_MOST]
    return {
        "database": "default",
        "table": name or _USUAL,
        "managed_table": True,
        "table_definition": {"engine": {"type": "MergeTree"}},
        "columns": listed,
    }
