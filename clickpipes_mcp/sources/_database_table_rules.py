"""Rules about the tables that a database source copies, and what they become.

Sources: OpenAPI contract ClickPipePostgresPipeTableMapping and its siblings; the Terraform
provider and clickhousectl where a rule only warns.
"""

from collections.abc import Iterator, Mapping
from typing import Literal

from clickpipes_mcp.contract import Request, Rule, Violation
from clickpipes_mcp.rule_words import (
    ALWAYS,
    Check,
    Condition,
    RuleBook,
    apart,
    avoids,
    each,
    every,
    forbids,
    is_not_true,
    is_true,
    needs,
    only_when,
    satisfies,
    unique,
    unlike,
    visit,
)
from clickpipes_mcp.sources._pipe import DOCS

_FAMILY = "database."
DEDUPLICATION = f"{DOCS}/postgres/deduplication"
ORDERING_KEYS = f"{DOCS}/postgres/ordering_keys"

_REPLACING = "Set table_engine to ReplacingMergeTree."
_CUSTOM_KEY = is_true("use_custom_sorting_key")
_DEFAULT_KEY = is_not_true("use_custom_sorting_key")


def _mappings(book: RuleBook, name: str) -> list[dict[str, object]]:
    """The table mappings that the example of a book holds under a name."""
    place = book.example.get("source", {}) if book.at else book.example
    found = place.get(name) if isinstance(place, Mapping) else None
    return [dict(item) for item in found] if isinstance(found, list) else []


def engine_rules(
    of_source: RuleBook, name: str, *, replicates: Condition = ALWAYS
) -> tuple[Rule[Request], ...]:
    """The engine of the target tables, where changes are replicated."""
    book = of_source.family(_FAMILY)
    items = f"{book.at}{name}"
    engine = each(
        f"{items}[]",
        needs(
            "table_engine",
            message="Without table_engine the API may choose MergeTree, which only appends.",
            fix=_REPLACING,
        ),
        satisfies(
            "table_engine",
            lambda value: value != "MergeTree",
            message="MergeTree only appends: every update and delete adds a row.",
            fix=_REPLACING,
        ),
    )
    return (
        book.rule(
            "engine-replaces",
            "Replicated tables want ReplacingMergeTree, written out.",
            only_when(replicates, engine),
            broken={f"{name}.0.table_engine": None},
            documentation=DEDUPLICATION,
            effect="warn",
        ),
    )


def name_rules(of_source: RuleBook, name: str, *fields: str) -> tuple[Rule[Request], ...]:
    """Names of what is copied: as they are, one by one."""
    book = of_source.family(_FAMILY)
    items, first = f"{book.at}{name}[]", f"{name}.0"
    return (
        book.rule(
            "names-as-they-are",
            "Names stand without brackets, and each mapping names one table.",
            every(
                *(
                    check
                    for field in (*fields, "target_table")
                    for check in (
                        avoids(
                            f"{items}.{field}",
                            r"^\[.*\]$",
                            message="The brackets would be read as a part of the name.",
                            fix="Write the name alone.",
                        ),
                        avoids(
                            f"{items}.{field}",
                            r"[*%]|^$",
                            message="A mapping names one table; there are no wildcards.",
                            fix="Give a mapping for each table.",
                        ),
                    )
                )
            ),
            broken={f"{first}.{fields[-1]}": "*"},
            kept={f"{first}.{fields[-1]}": "invoices"},
        ),
    )


def partition_rules(of_source: RuleBook, name: str) -> tuple[Rule[Request], ...]:
    """The column by which a snapshot is split."""
    book = of_source.family(_FAMILY)
    return (
        book.rule(
            "partition-key-is-a-column",
            "partition_key names one column of the source table.",
            avoids(
                f"{book.at}{name}[].partition_key",
                r"[(),]|\s[-+*/%]\s|::",
                message="partition_key is a column of the source table, not an expression.",
                fix="Name one indexed column, or use partition_by_expr for the PARTITION BY of the "
                "ClickHouse table.",
            ),
            broken={f"{name}.0.partition_key": "toYYYYMM(created_at)"},
            kept={f"{name}.0.partition_key": "id"},
        ),
    )


def target_rules(
    of_source: RuleBook, name: str, identity: tuple[str, ...]
) -> tuple[Rule[Request], ...]:
    """Which tables are copied into which."""
    book = of_source.family(_FAMILY)
    items = f"{book.at}{name}"
    first = _mappings(book, name)[0]
    other = {**first, identity[-1]: "invoices", "target_table": "invoices"}
    return (
        book.rule(
            "unique-targets",
            "Two mappings into one target table mix their rows.",
            unique(
                items,
                "target_table",
                message="Another mapping fills the same target table.",
                fix="Give each mapping its own target_table.",
            ),
            broken={name: [first, {**other, "target_table": first["target_table"]}]},
            kept={name: [first, other]},
            effect="warn",
        ),
        book.rule(
            "unique-sources",
            "A source table is mapped once.",
            every(
                unique(
                    items,
                    *identity,
                    message="This source table is mapped twice.",
                    fix="Keep one mapping for each source table.",
                ),
                _full_names_differ(items, identity),
            ),
            broken={name: [first, {**first, "target_table": "invoices"}]},
            kept={name: [first, other]},
            effect="warn",
        ),
        *name_rules(of_source, name, *identity),
    )


def _full_names_differ(items: str, identity: tuple[str, ...]) -> Check:
    def check(model: object) -> Iterator[Violation]:
        seen: dict[str, tuple[str, ...]] = {}
        for place, item in visit(model, f"{items}[]"):
            parts = tuple(str(getattr(item, part, "")) for part in identity)
            if seen.setdefault(".".join(parts), parts) != parts:
                yield Violation(
                    (*place, identity[-1]),
                    "With its schema this name reads as that of another mapping's table.",
                    fix="Rename one of them: the replication engine joins both parts with a dot.",
                )

    return check


def order_rules(
    of_source: RuleBook,
    name: str,
    *,
    duplicates: Literal["refuse", "warn"] = "refuse",
    beside: Mapping[str, object] | None = None,
) -> tuple[Rule[Request], ...]:
    """The sorting key and the columns of a target table.

    `beside` is what turns the example to one whose sorting key nothing else speaks against.
    """
    book = of_source.family(_FAMILY)
    items, first = f"{book.at}{name}[]", f"{name}.0"
    return (
        *_sorting_key_rules(book, items, first, beside or {}),
        book.rule(
            "unique-columns",
            "A column is excluded once, and is in the sorting key once.",
            each(
                items,
                unique(
                    "excluded_columns",
                    message="This column is excluded twice.",
                    fix="Name each column once.",
                ),
                unique(
                    "sorting_keys",
                    message="This column is in the sorting key twice.",
                    fix="Name each column once.",
                ),
            ),
            broken={f"{first}.excluded_columns": ["notes", "notes"]},
            kept={f"{first}.excluded_columns": ["notes", "phone"]},
            effect=duplicates,
        ),
    )


def _sorting_key_rules(
    book: RuleBook, items: str, first: str, beside: Mapping[str, object]
) -> tuple[Rule[Request], ...]:
    custom: dict[str, object] = {
        **beside,
        f"{first}.use_custom_sorting_key": True,
        f"{first}.sorting_keys": ["id"],
    }
    return (
        book.rule(
            "custom-key-needs-columns",
            "A custom sorting key needs its columns.",
            each(items, needs("sorting_keys", when=_CUSTOM_KEY)),
            broken={**custom, f"{first}.sorting_keys": None},
            kept=custom,
            documentation=ORDERING_KEYS,
        ),
        book.rule(
            "sorting-keys-need-switch",
            "Sorting keys are ignored unless use_custom_sorting_key is true.",
            each(
                items,
                forbids(
                    "sorting_keys",
                    when=_DEFAULT_KEY,
                    message="The API ignores sorting_keys unless use_custom_sorting_key is true.",
                    fix="Set use_custom_sorting_key to true, or leave sorting_keys out.",
                ),
            ),
            broken={**custom, f"{first}.use_custom_sorting_key": None},
            kept=custom,
            documentation=ORDERING_KEYS,
            effect="warn",
        ),
        book.rule(
            "key-is-not-excluded",
            "A column of the sorting key is not excluded.",
            each(items, _excludes_no_key),
            broken={**custom, f"{first}.excluded_columns": ["id"]},
            kept={**custom, f"{first}.excluded_columns": ["notes"]},
            documentation=ORDERING_KEYS,
            effect="warn",
        ),
    )


def _excludes_no_key(mapping: object) -> Iterator[Violation]:
    """No column of the sorting key is left out of the table."""
    keys = getattr(mapping, "sorting_keys", None) or ()
    for index, column in enumerate(getattr(mapping, "excluded_columns", None) or ()):
        if column in keys:
            yield Violation(
                ("excluded_columns", index),
                "This column is excluded, and is in the sorting key too.",
                fix="Keep the column, or take it out of sorting_keys.",
            )


def identity_rules(of_source: RuleBook, name: str) -> tuple[Rule[Request], ...]:
    """What Postgres has to log of old rows, so that they are found in the target."""
    book = of_source.family(_FAMILY)
    first = f"{name}.0"
    return (
        book.rule(
            "custom-key-in-replica-identity",
            "The replica identity of a table covers its custom sorting key.",
            forbids(
                f"{book.at}{name}[].sorting_keys",
                when=unlike("source.settings.replication_mode", "snapshot"),
                message="Replicated updates and deletes leave the old row unless the replica "
                "identity of the source table covers these columns.",
                fix="Include the primary key, and run ALTER TABLE … REPLICA IDENTITY USING INDEX "
                "(a unique index over these columns) or REPLICA IDENTITY FULL.",
            ),
            broken={f"{first}.use_custom_sorting_key": True, f"{first}.sorting_keys": ["id"]},
            documentation=ORDERING_KEYS,
            effect="warn",
        ),
    )


def delta_rules(of_source: RuleBook, identity: tuple[str, ...]) -> tuple[Rule[Request], ...]:
    """What an update adds and removes."""
    book = of_source.family(_FAMILY)
    added, removed = "table_mappings_to_add", "table_mappings_to_remove"
    joining, leaving = _mappings(book, added)[0], _mappings(book, removed)[0]
    return (
        book.rule(
            "tables-stay-apart",
            "One update cannot remove and add the same source table.",
            apart(
                added,
                removed,
                *identity,
                message="The same update removes this source table.",
                fix="Remove it first, drop or rename the target table, then add it in a second "
                "update.",
            ),
            broken={added: [{**joining, **{name: leaving[name] for name in identity}}]},
        ),
    )
