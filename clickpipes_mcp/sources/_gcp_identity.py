"""The Google identity of a service in place of a key, which several sources take.

Source: documentation of GCP workload identity for ClickPipes.
"""

from collections.abc import Mapping
from typing import Literal, TypeAlias, get_args

from clickpipes_mcp.contract import Request, Rule
from clickpipes_mcp.rule_words import RuleBook, both, equal, forbids, missing, reject

WorkloadIdentity: TypeAlias = Literal["SERVICE_ACCOUNT_WORKLOAD_IDENTITY"]
(WORKLOAD_IDENTITY,) = get_args(WorkloadIdentity)
DOCUMENTATION = "https://clickhouse.com/docs/integrations/clickpipes/security/gcp-workload-identity"


def preview_rule(
    book: RuleBook, *, instead: str, by_identity: Mapping[str, object], unless: str = ""
) -> Rule[Request]:
    """The identity is a preview; `by_identity` turns the example into one that uses it.

    Where the field of `unless` is given, the request is refused for that alone.
    """
    uses_it = equal(f"{book.at}authentication", WORKLOAD_IDENTITY)
    return book.rule(
        "workload-identity-preview",
        "Workload identity is a private preview for services on Google Cloud.",
        reject(
            both(uses_it, missing(f"{book.at}{unless}")) if unless else uses_it,
            f"{book.at}authentication",
            "Workload identity is a private preview; the organization must be enabled for it.",
            f"Ask ClickHouse support, or use {instead}.",
        ),
        broken=by_identity,
        documentation=DOCUMENTATION,
        effect="warn",
    )


def no_key_rule(
    book: RuleBook,
    name: str,
    *,
    key: str,
    documentation: str = "",
    broken: Mapping[str, object],
    kept: Mapping[str, object] | None = None,
) -> Rule[Request]:
    """A pipe that uses the identity has no key."""
    return book.rule(
        name,
        "Workload identity takes no key.",
        forbids(f"{book.at}{key}", when=equal(f"{book.at}authentication", WORKLOAD_IDENTITY)),
        broken=broken,
        kept=kept,
        documentation=documentation,
    )
