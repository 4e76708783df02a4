"""Rules of field mappings: which columns they fill, and what they may read.

Sources: OpenAPI contract ClickPipeFieldMapping; the documentation of each source.
"""

from collections.abc import Iterator, Mapping

from clickpipes_mcp.contract import Request, Rule, Violation
from clickpipes_mcp.rule_words import RuleBook, satisfies
from clickpipes_mcp.sources._pipe import API, DOCS, IngestCreate
from clickpipes_mcp.sources._virtual_columns import OF_ANY_SOURCE


def field_mappings_rules(
    of_source: RuleBook, virtual_columns: frozenset[str]
) -> tuple[Rule[Request], ...]:
    """The rules of mappings for a source with these virtual columns."""
    book = of_source.family("field-mappings.", API, at="")
    return (*_column_rules(book), _virtual_columns_rule(book, virtual_columns))


def _column_rules(book: RuleBook) -> tuple[Rule[Request], ...]:
    whole = [
        {"source_field": "id", "destination_field": "id"},
        {"source_field": "text", "destination_field": "message"},
    ]
    extra = {"source_field": "x", "destination_field": "absent"}
    return (
        book.rule(
            "not-empty",
            "An empty list of mappings is left out: some paths of the API refuse it.",
            _mappings_not_empty,
            broken={"field_mappings": []},
            kept={"field_mappings": whole},
            effect="warn",
        ),
        book.rule(
            "complete",
            "Mappings, when given, cover every column.",
            _mappings_are_complete,
            broken={"field_mappings": whole[:1]},
            kept={"field_mappings": whole},
            effect="warn",
        ),
        book.rule(
            "known-columns",
            "A mapping leads to a column of the table.",
            _mappings_lead_to_columns,
            broken={"field_mappings": [*whole, extra]},
            kept={"field_mappings": whole},
        ),
    )


def _virtual_columns_rule(book: RuleBook, own: frozenset[str]) -> Rule[Request]:
    foreign = OF_ANY_SOURCE - own

    def mapped(virtual: str) -> Mapping[str, object]:
        pairs = (("id", "id"), (virtual, "message"))
        return {
            "field_mappings": [
                {"source_field": field, "destination_field": column} for field, column in pairs
            ]
        }

    return book.rule(
        "virtual-columns",
        "Each kind of source has virtual columns of its own.",
        satisfies(
            "field_mappings[].source_field",
            lambda field: str(field).partition(".")[0] not in foreign,
            message="This is a virtual column of another kind of source.",
            allowed=tuple(sorted(own)),
            fix="Read a field of the message, or a virtual column of this source.",
        ),
        documentation=DOCS,
        broken=mapped(min(foreign)),
        kept=mapped(min(own)),
        effect="warn",
    )


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
            "Some columns have no mapping; the documentation asks for all or none.",
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
