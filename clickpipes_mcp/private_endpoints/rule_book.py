"""The book that the rules of private endpoints stand in, and where they are documented."""

from typing import Final

from clickpipes_mcp.private_endpoints.requests import EXAMPLES
from clickpipes_mcp.rule_words import ABSENT, RuleBook

PRIVATELINK: Final = "https://clickhouse.com/docs/integrations/clickpipes/aws-privatelink"
SERVICE_CONNECT: Final = "https://clickhouse.com/docs/integrations/clickpipes/gcp-psc"
REFERENCE: Final = (
    "https://clickhouse.com/docs/products/cloud/api-reference/clickpipes/"
    "create-reverse-private-endpoint"
)
BOOK: Final = RuleBook("private-endpoint.", EXAMPLES["GCP_PSC_SERVICE_ATTACHMENT"], REFERENCE)


def of_type(key: str) -> dict[str, object]:
    """How the example of a type differs from the book's."""
    return {**dict.fromkeys(BOOK.example, ABSENT), **EXAMPLES[key]}
