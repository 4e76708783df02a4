"""Rules of the destination of a pipe: its table, the columns and the roles.

Sources: OpenAPI contract ClickPipeMutateDestination; the Terraform provider's checks where a rule
only warns.
"""

import re
from collections.abc import Iterator

from clickpipes_mcp.contract import Request, Rule, Violation
from clickpipes_mcp.rule_words import (
    RuleBook,
    both,
    equal,
    every,
    forbids,
    given,
    is_true,
    needs,
    satisfies,
    unique,
    unlike,
)
from clickpipes_mcp.sources._pipe import API, IngestCreate, TableDefinition

SUMMING = "SummingMergeTree"
REPLACING = "ReplacingMergeTree"
RESERVED_ROLES = ("clickpipes", "clickpipes_system")
"""Source: OpenAPI contract as served since September 2026, ClickPipeMutateDestination.roles."""

_ENGINE = "destination.table_definition.engine"
_SORTING = "destination.table_definition.sorting_key"
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")


def destination_rules(of_source: RuleBook) -> tuple[Rule[Request], ...]:
    """The rules of the table that a stream or files fill."""
    book = of_source.family("destination.", API, at="")
    return (
        *_definition_rules(book),
        *_engine_rules(book),
        *_key_rules(book),
        reserved_roles_rule(of_source),
    )


def reserved_roles_rule(of_source: RuleBook) -> Rule[Request]:
    """Two role names belong to ClickPipes itself, whatever the destination."""
    return of_source.family("destination.", API, at="").rule(
        "reserved-roles",
        "The roles clickpipes and clickpipes_system are reserved.",
        satisfies(
            "destination.roles[]",
            lambda role: role not in RESERVED_ROLES,
            message="This role name is reserved for ClickPipes.",
            fix="Name a role of your own, or leave roles out for default_role.",
        ),
        broken={"destination.roles": ["clickpipes"]},
        kept={"destination.roles": ["ingest_role"]},
    )


def _definition_rules(book: RuleBook) -> tuple[Rule[Request], ...]:
    return (
        book.rule(
            "managed-needs-definition",
            "A managed table needs its definition.",
            needs(
                "destination.table_definition",
                when=is_true("destination.managed_table"),
                fix='Give table_definition, at least {"engine": {"type": "MergeTree"}}.',
            ),
            broken={"destination.table_definition": None},
            kept={"destination.managed_table": False, "destination.table_definition": None},
        ),
        book.rule(
            "column-ids-only-summing",
            "column_ids, even empty, is only for SummingMergeTree.",
            _column_ids_only_summing,
            broken={_ENGINE: {"type": "MergeTree", "column_ids": []}},
            kept={_ENGINE: {"type": SUMMING, "column_ids": ["id"]}},
        ),
    )


def _engine_rules(book: RuleBook) -> tuple[Rule[Request], ...]:
    return (
        book.rule(
            "replacing-needs-version",
            "ReplacingMergeTree without version keeps an arbitrary row; Terraform asks for one.",
            needs(f"{_ENGINE}.version_column_id", when=equal(f"{_ENGINE}.type", REPLACING)),
            broken={_ENGINE: {"type": REPLACING}, _SORTING: ["id"]},
            kept={_ENGINE: {"type": REPLACING, "version_column_id": "id"}, _SORTING: ["id"]},
            effect="warn",
        ),
        book.rule(
            "replacing-needs-sorting-key",
            "ReplacingMergeTree deduplicates by its sorting key.",
            needs(_SORTING, when=equal(f"{_ENGINE}.type", REPLACING)),
            broken={_ENGINE: {"type": REPLACING, "version_column_id": "id"}},
            kept={_ENGINE: {"type": REPLACING, "version_column_id": "id"}, _SORTING: ["id"]},
            effect="warn",
        ),
        book.rule(
            "version-only-replacing",
            "version_column_id is for ReplacingMergeTree.",
            forbids(
                f"{_ENGINE}.version_column_id",
                when=both(given(_ENGINE), unlike(f"{_ENGINE}.type", REPLACING)),
            ),
            broken={_ENGINE: {"type": "MergeTree", "version_column_id": "id"}},
            effect="warn",
        ),
    )


def _key_rules(book: RuleBook) -> tuple[Rule[Request], ...]:
    return (
        book.rule(
            "declared-columns",
            "Keys and engine columns name columns of the table.",
            _columns_are_declared,
            broken={_SORTING: ["absent"]},
            kept={_SORTING: ["id"]},
        ),
        book.rule(
            "unique-columns",
            "Column names are unique.",
            unique(
                "destination.columns",
                "name",
                message="This column is listed twice.",
                fix="List each column once.",
            ),
            broken={"destination.columns.1.name": "id"},
        ),
        book.rule(
            "nullable-key",
            "A sorting key cannot be Nullable by default.",
            _keys_are_not_nullable,
            broken={_SORTING: ["id"], "destination.columns.0.type": "Nullable(UInt64)"},
            kept={_SORTING: ["message"], "destination.columns.0.type": "Nullable(UInt64)"},
            documentation="https://clickhouse.com/docs/sql-reference/data-types/nullable",
        ),
    )


def _table_of(model: object) -> TableDefinition | None:
    return model.destination.table_definition if isinstance(model, IngestCreate) else None


def _column_ids_only_summing(model: object) -> Iterator[Violation]:
    table = _table_of(model)
    if table and table.engine.column_ids is not None and table.engine.type != SUMMING:
        yield Violation(
            (*_ENGINE.split("."), "column_ids"),
            "column_ids is for SummingMergeTree only; other engines refuse even an empty list.",
            fix="Leave column_ids out.",
        )


def _columns_are_declared(model: object) -> Iterator[Violation]:
    if not isinstance(model, IngestCreate):
        return
    names = {column.name for column in model.destination.columns}

    def is_declared(value: object) -> bool:
        return not _IDENTIFIER.fullmatch(str(value)) or value in names

    paths = (f"{_SORTING}[]", f"{_ENGINE}.version_column_id", f"{_ENGINE}.column_ids[]")
    message = "No column of that name is in columns."
    fix = "Add it to columns, or name one that is there."
    yield from every(*(satisfies(path, is_declared, message=message, fix=fix) for path in paths))(
        model
    )


def _keys_are_not_nullable(model: object) -> Iterator[Violation]:
    if not isinstance(model, IngestCreate):
        return
    nullable = {
        column.name
        for column in model.destination.columns
        if column.type.replace(" ", "").startswith(("Nullable(", "LowCardinality(Nullable("))
    }
    yield from satisfies(
        f"{_SORTING}[]",
        lambda name: name not in nullable,
        message="ClickHouse refuses a Nullable column in a sorting key by default.",
        fix="Use the type without Nullable for this column.",
    )(model)
