"""A table for what a sample of a source holds: types, sorting key and engine, with the reasons.

Source of the advice: ClickHouse documentation, choosing a primary key, data types and table
engines; what ClickPipes can create, the OpenAPI contract's managed tables.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

DATABASE: Final = "default"
_FALLBACK_TABLE: Final = "my_table"
_FEW_VALUES: Final = re.compile(
    r"(^|_)(type|kind|status|state|category|level|severity|country|currency|region|city|locale"
    r"|language|lang|platform|os|browser|device_type|unit|source|channel|env|environment)$",
    re.IGNORECASE,
)
_OWNER: Final = re.compile(
    r"^(tenant|org|organization|account|customer|project|workspace)(_?id)?$", re.IGNORECASE
)
_BETWEEN_NAMES: Final = re.compile(r"[/,]")
_GLOB: Final = re.compile(r"[*?:{]")
_NOT_IN_NAMES: Final = re.compile(r"\W+", re.ASCII)
_TIME: Final = re.compile(r"^Date(Time)?(32|64)?\b")
_ID: Final = re.compile(r"(^|_)(id|uuid|guid|key)$", re.IGNORECASE)
_VERSION: Final = re.compile(r"^(updated_?at|modified_?at|version|revision)$", re.IGNORECASE)
_VERSION_TYPE: Final = re.compile(r"^(U?Int\d+|Date(Time)?(32|64)?\b)")
_SORTABLE: Final = re.compile(
    r"^(U?Int\d+|String|FixedString|LowCardinality|Date|DateTime|UUID|IPv[46]|Enum|Bool|Decimal)"
)
_NAMING_FIELDS: Final = ("topics", "topic", "stream_name", "path", "url")


class SampledField(Protocol):
    """A field of the source, with the ClickHouse type inferred for it."""

    @property
    def name(self) -> str: ...

    @property
    def type(self) -> str: ...

    @property
    def optional(self) -> bool | None: ...


@dataclass(frozen=True)
class Proposal:
    """The destination argument of a create tool, and why it is so."""

    destination: Mapping[str, object]
    reasons: tuple[str, ...]


def propose(fields: Sequence[SampledField], source: Mapping[str, object]) -> Proposal:
    """A destination for these fields."""
    columns: dict[str, str] = {}
    reasons: list[str] = []
    for field in fields:
        kind, reason = _type_of(field)
        columns[field.name] = kind
        if reason:
            reasons.append(f"{field.name}: {reason}")
    key = list(_sorting_key(columns))
    version = _version(columns, key)
    engine: dict[str, object] = {"type": "ReplacingMergeTree" if version else "MergeTree"}
    if version:
        engine["version_column_id"] = version
        # Versions of one row must agree in every column that is sorted by.
        key = [name for name in key if _OWNER.match(name) or _ID.search(name)]
    definition: dict[str, object] = {"engine": engine} | ({"sorting_key": key} if key else {})
    reasons += _reasons_for(key, version)
    return Proposal(
        {
            "database": DATABASE,
            "table": _table_name(source),
            "managed_table": True,
            "columns": [{"name": name, "type": kind} for name, kind in columns.items()],
            "table_definition": definition,
        },
        tuple(reasons),
    )


def _type_of(field: SampledField) -> tuple[str, str]:
    """The type to use, and why it is not the one that was found."""
    kind = field.type or "String"
    if kind == "String" and _FEW_VALUES.search(field.name):
        return "LowCardinality(String)", "few different values, so LowCardinality is smaller"
    if kind == "Nullable(String)" and not field.optional:
        return "String", "empty text says the same as NULL and is cheaper"
    if kind.startswith("Nullable("):
        return kind, "Nullable costs space and speed; drop it if a default value will do"
    return kind, ""


def _sorting_key(columns: Mapping[str, str]) -> Iterator[str]:
    """What is filtered by most and differs least first, then the time, then what is unique."""
    usable = [name for name, kind in columns.items() if _SORTABLE.match(kind)]
    chosen: list[str] = []
    groups: Iterable[Sequence[str]] = (
        [name for name in usable if _OWNER.match(name)],
        [name for name in usable if _FEW_VALUES.search(name)],
        _ids(usable) if any(_VERSION.match(name) for name in usable) else [],
        [name for name in usable if _TIME.match(columns[name]) and not _VERSION.match(name)],
        _ids(usable),
    )
    for group in groups:
        chosen += [name for name in group if name not in chosen][:1]
    yield from chosen or usable[:1]


def _ids(names: Iterable[str]) -> list[str]:
    return [name for name in names if _ID.search(name) and not _OWNER.match(name)]


def _version(columns: Mapping[str, str], key: Sequence[str]) -> str:
    """The column that tells the newest row of an id; empty where rows are not versions."""
    if not _ids(key):
        return ""
    named = (name for name, kind in columns.items() if _VERSION.match(name) and
             _VERSION_TYPE.match(kind))  # fmt: skip
    return next(named, "")


def _reasons_for(key: Sequence[str], version: str) -> Iterator[str]:
    if not key:
        yield "no sorting key: no column fits; every query will read the whole table"
    else:
        yield (
            f"sorted by {', '.join(key)}: put what queries filter by first, fewest different "
            "values first; it cannot be changed later"
        )
    if version:
        yield f"ReplacingMergeTree: the row with the highest {version} replaces others of its key"
    else:
        yield "MergeTree: every record is a row of its own; records may arrive twice"


def _table_name(source: Mapping[str, object]) -> str:
    """A table named as the topic, stream or folder it is filled from."""
    named = (source.get(name) for name in _NAMING_FIELDS)
    text = next((value for value in named if isinstance(value, str) and value), "")
    parts = [part for part in _BETWEEN_NAMES.split(text) if part and not _GLOB.search(part)]
    name = _NOT_IN_NAMES.sub("_", parts[-1] if parts else "").strip("_").lower()
    return f"t_{name}" if name[:1].isdigit() else name or _FALLBACK_TABLE
