"""Rules that hold for the parts every create request shares, whatever its source.

Sources: OpenAPI contract ClickPipeMutateDestination, ClickPipeFieldMapping and ClickPipeScaling;
the Terraform provider's checks where a rule only warns.
"""

import re
from collections.abc import Iterator, Mapping

from clickpipes_mcp.contract import Family, Request, Rule, Violation
from clickpipes_mcp.operations import SCALING_RULES, settings_rules
from clickpipes_mcp.rule_words.checks import (
    both,
    equal,
    every,
    forbids,
    given,
    is_true,
    needs,
    nested,
    rule,
    satisfies,
    together,
    unique,
    unlike,
)
from clickpipes_mcp.sources._pipe import RESERVED_ROLES, IngestCreate, TableDefinition
from clickpipes_mcp.sources._virtual_columns import OF_ANY_SOURCE

API = "https://clickhouse.com/docs/cloud/manage/api/swagger#tag/ClickPipes"
SUMMING = "SummingMergeTree"
REPLACING = "ReplacingMergeTree"

DESTINATION_EXAMPLE: Mapping[str, object] = {
    "database": "default",
    "table": "events",
    "managed_table": True,
    "table_definition": {"engine": {"type": "MergeTree"}},
    "columns": [{"name": "id", "type": "UInt64"}, {"name": "message", "type": "String"}],
}

_ENGINE = "destination.table_definition.engine"
_SORTING = "destination.table_definition.sorting_key"
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
DOCS = "https://clickhouse.com/docs/integrations/clickpipes"


def reserved_roles(example: Mapping[str, object]) -> Rule[Request]:
    """Two role names belong to ClickPipes itself; for every kind of destination."""
    return rule(
        "destination.reserved-roles",
        "The roles clickpipes and clickpipes_system are reserved.",
        satisfies(
            "destination.roles[]",
            lambda role: role not in RESERVED_ROLES,
            message="This role name is reserved for ClickPipes.",
            fix="Name a role of your own, or leave roles out for default_role.",
        ),
        example=example,
        broken={"destination.roles": ["clickpipes"]},
        kept={"destination.roles": ["ingest_role"]},
        documentation=API,
    )


def ingest_rules(
    example: Mapping[str, object], family: Family, arm: str, virtual_columns: frozenset[str]
) -> tuple[Rule[Request], ...]:
    """The shared rules of a streaming or object-storage pipe, shown on one of its examples."""
    return (
        *_definition_rules(example),
        *_engine_rules(example),
        *_key_rules(example),
        reserved_roles(example),
        *_mapping_rules(example),
        _virtual_columns_rule(example, virtual_columns),
        *_scaling_rules(example),
        *nested(settings_rules(family, arm), "settings", example),
    )


def _definition_rules(example: Mapping[str, object]) -> tuple[Rule[Request], ...]:
    return (
        rule(
            "destination.managed-needs-definition",
            "A managed table needs its definition.",
            needs(
                "destination.table_definition",
                when=is_true("destination.managed_table"),
                fix='Give table_definition, at least {"engine": {"type": "MergeTree"}}.',
            ),
            example=example,
            broken={"destination.table_definition": None},
            kept={"destination.managed_table": False, "destination.table_definition": None},
            documentation=API,
        ),
        rule(
            "destination.column-ids-only-summing",
            "column_ids, even empty, is only for SummingMergeTree.",
            _column_ids_only_summing,
            example=example,
            broken={_ENGINE: {"type": "MergeTree", "column_ids": []}},
            kept={_ENGINE: {"type": SUMMING, "column_ids": ["id"]}},
            documentation=API,
        ),
    )


def _engine_rules(example: Mapping[str, object]) -> tuple[Rule[Request], ...]:
    return (
        rule(
            "destination.replacing-needs-version",
            "ReplacingMergeTree without version keeps an arbitrary row; Terraform asks for one.",
            needs(f"{_ENGINE}.version_column_id", when=equal(f"{_ENGINE}.type", REPLACING)),
            example=example,
            broken={_ENGINE: {"type": REPLACING}, _SORTING: ["id"]},
            kept={_ENGINE: {"type": REPLACING, "version_column_id": "id"}, _SORTING: ["id"]},
            documentation=API,
            effect="warn",
        ),
        rule(
            "destination.replacing-needs-sorting-key",
            "ReplacingMergeTree deduplicates by its sorting key.",
            needs(_SORTING, when=equal(f"{_ENGINE}.type", REPLACING)),
            example=example,
            broken={_ENGINE: {"type": REPLACING, "version_column_id": "id"}},
            kept={_ENGINE: {"type": REPLACING, "version_column_id": "id"}, _SORTING: ["id"]},
            documentation=API,
            effect="warn",
        ),
        rule(
            "destination.version-only-replacing",
            "version_column_id is for ReplacingMergeTree.",
            forbids(
                f"{_ENGINE}.version_column_id",
                when=both(given(_ENGINE), unlike(f"{_ENGINE}.type", REPLACING)),
            ),
            example=example,
            broken={_ENGINE: {"type": "MergeTree", "version_column_id": "id"}},
            documentation=API,
            effect="warn",
        ),
    )


def _key_rules(example: Mapping[str, object]) -> tuple[Rule[Request], ...]:
    return (
        rule(
            "destination.declared-columns",
            "Keys and engine columns name columns of the table.",
            _columns_are_declared,
            example=example,
            broken={_SORTING: ["absent"]},
            kept={_SORTING: ["id"]},
            documentation=API,
            effect="warn",
        ),
        rule(
            "destination.unique-columns",
            "Column names are unique.",
            unique("destination.columns", "name", message="This column is listed twice."),
            example=example,
            broken={"destination.columns.1.name": "id"},
            documentation=API,
            effect="warn",
        ),
        rule(
            "destination.nullable-key",
            "A sorting key cannot be Nullable by default.",
            _keys_are_not_nullable,
            example=example,
            broken={_SORTING: ["id"], "destination.columns.0.type": "Nullable(UInt64)"},
            kept={_SORTING: ["message"], "destination.columns.0.type": "Nullable(UInt64)"},
            documentation="https://clickhouse.com/docs/sql-reference/data-types/nullable",
            effect="warn",
        ),
    )


def _mapping_rules(example: Mapping[str, object]) -> tuple[Rule[Request], ...]:
    whole = [
        {"source_field": "id", "destination_field": "id"},
        {"source_field": "text", "destination_field": "message"},
    ]
    extra = {"source_field": "x", "destination_field": "absent"}
    return (
        rule(
            "field-mappings.not-empty",
            "An empty list of mappings is left out: some paths of the API refuse it.",
            _mappings_not_empty,
            example=example,
            broken={"field_mappings": []},
            kept={"field_mappings": whole},
            documentation=API,
            effect="warn",
        ),
        rule(
            "field-mappings.complete",
            "Mappings, when given, cover every column.",
            _mappings_are_complete,
            example=example,
            broken={"field_mappings": whole[:1]},
            kept={"field_mappings": whole},
            documentation=API,
            effect="warn",
        ),
        rule(
            "field-mappings.known-columns",
            "A mapping leads to a column of the table.",
            _mappings_lead_to_columns,
            example=example,
            broken={"field_mappings": [*whole, extra]},
            kept={"field_mappings": whole},
            documentation=API,
            effect="warn",
        ),
    )


def _virtual_columns_rule(example: Mapping[str, object], own: frozenset[str]) -> Rule[Request]:
    foreign = OF_ANY_SOURCE - own

    def mapped(virtual: str) -> Mapping[str, object]:
        pairs = (("id", "id"), (virtual, "message"))
        return {
            "field_mappings": [
                {"source_field": field, "destination_field": column} for field, column in pairs
            ]
        }

    return rule(
        "field-mappings.virtual-columns",
        "Each kind of source has virtual columns of its own.",
        satisfies(
            "field_mappings[].source_field",
            lambda field: str(field).partition(".")[0] not in foreign,
            message="This is a virtual column of another kind of source.",
            allowed=tuple(sorted(own)),
        ),
        example=example,
        broken=mapped(min(foreign)),
        kept=mapped(min(own)),
        documentation=DOCS,
        effect="warn",
    )


def _scaling_rules(example: Mapping[str, object]) -> tuple[Rule[Request], ...]:
    names = ("replicas", "replica_cpu_millicores", "replica_memory_gb")
    return (
        *nested(SCALING_RULES, "scaling", example),
        rule(
            "scaling.all-three",
            "A create gives replicas, CPU and memory together.",
            together(*(f"scaling.{name}" for name in names)),
            example=example,
            broken={"scaling": {"replicas": 2}},
            kept={"scaling": {"replicas": 2, names[1]: 250, names[2]: 1}},
            documentation=API,
            effect="warn",
        ),
    )


def _table_of(model: object) -> TableDefinition | None:
    return model.destination.table_definition if isinstance(model, IngestCreate) else None


def _column_ids_only_summing(model: object) -> Iterator[Violation]:
    table = _table_of(model)
    if table and table.engine.column_ids is not None and table.engine.type != SUMMING:
        yield Violation(
            (*_ENGINE.split("."), "column_ids"),
            "column_ids is only allowed for SummingMergeTree, not even empty otherwise.",
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


def _mappings_not_empty(model: object) -> Iterator[Violation]:
    if isinstance(model, IngestCreate) and model.field_mappings == []:
        yield Violation(
            ("field_mappings",), "The list of mappings is empty.", fix="Leave field_mappings out."
        )


def _mappings_are_complete(model: object) -> Iterator[Violation]:
    if not isinstance(model, IngestCreate) or not model.field_mappings:
        return
    mapped = {mapping.destination_field for mapping in model.field_mappings}
    if any(column.name not in mapped for column in model.destination.columns):
        yield Violation(
            ("field_mappings",),
            "Some columns have no mapping; documentation asks for all or none.",
            fix="Map every column, or leave field_mappings out to map by name.",
        )


def _mappings_lead_to_columns(model: object) -> Iterator[Violation]:
    if not isinstance(model, IngestCreate):
        return
    names = {column.name for column in model.destination.columns}
    yield from satisfies(
        "field_mappings[].destination_field",
        lambda name: name in names,
        message="No column of that name is in destination.columns.",
        fix="Add the column, or map to one that is there.",
    )(model)
