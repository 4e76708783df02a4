"""The rules that hold for the parts every stream and every pipe of files shares."""

from clickpipes_mcp.contract import Request, Rule
from clickpipes_mcp.rule_words import RuleBook
from clickpipes_mcp.scaling import FIRST_SIZE_RULES
from clickpipes_mcp.sources._destination_rules import destination_rules
from clickpipes_mcp.sources._field_mappings_rules import field_mappings_rules
from clickpipes_mcp.sources._settings import settings_rules


def ingest_rules(
    book: RuleBook, *, settings: type[Request], virtual_columns: frozenset[str]
) -> tuple[Rule[Request], ...]:
    """The shared rules, shown on the example of one source."""
    return (
        *destination_rules(book),
        *field_mappings_rules(book, virtual_columns),
        *book.within("scaling", FIRST_SIZE_RULES),
        *book.within("settings", settings_rules(settings)),
    )
