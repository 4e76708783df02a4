"""Rules of BigQuery pipes: who reads, with a key or with the Google identity of the service."""

from clickpipes_mcp.rule_words import equal, needs, unlike
from clickpipes_mcp.sources._gcp_identity import WORKLOAD_IDENTITY, no_key_rule
from clickpipes_mcp.sources.bigquery.facts import BOOK

_IDENTITY = equal("source.authentication", WORKLOAD_IDENTITY)
_KEYLESS: dict[str, object] = {
    "authentication": WORKLOAD_IDENTITY,
    "project_id": "example-project",
    "credentials": None,
}

IDENTITY_RULES = (
    BOOK.rule(
        "service-account-needs-key",
        "Service account authentication needs the account's key file.",
        needs(
            "source.credentials.service_account_file",
            when=unlike("source.authentication", WORKLOAD_IDENTITY),
            message="Service account authentication needs service_account_file.",
            fix="Give credentials with service_account_file, or use workload identity.",
        ),
        broken={"credentials": None},
        kept={"authentication": "SERVICE_ACCOUNT"},
    ),
    BOOK.rule(
        "workload-identity-needs-project",
        "Workload identity needs the project's id.",
        needs("source.project_id", when=_IDENTITY),
        broken={**_KEYLESS, "project_id": None},
        kept=_KEYLESS,
    ),
    no_key_rule(
        BOOK,
        "workload-identity-takes-no-key",
        key="credentials",
        broken={"authentication": WORKLOAD_IDENTITY, "project_id": "example-project"},
        kept=_KEYLESS,
    ),
)
