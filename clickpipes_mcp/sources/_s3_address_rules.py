"""Rules of S3 pipes: whose addresses a URL may be."""

from collections.abc import Mapping

from clickpipes_mcp.contract import Request, Rule
from clickpipes_mcp.rule_words import RuleBook, avoids, every, matches, unlike

STORE_HOSTS: Mapping[str, tuple[str, str]] = {
    "s3": (r"\.amazonaws\.com(\.cn)?", "Set type to s3."),
    "dospaces": (r"\.digitaloceanspaces\.com", "Set type to dospaces."),
    "cloudflarer2": (r"\.r2\.cloudflarestorage\.com", "Set type to cloudflarer2."),
    "ovhobjectstorage": (r"\.cloud\.ovh\.(net|us)", "Set type to ovhobjectstorage."),
    "gcs": (r"\bstorage\.googleapis\.com", "Use create_gcs_clickpipe."),
    "azureblobstorage": (r"\.blob\.core\.windows\.net", "Use create_azure_blob_clickpipe."),
}
"""How the addresses of each store end, and what to do where one is met under another type.

Source: each provider's documentation of its endpoints.
"""
UNSUPPORTED_HOSTS = r"^https://[^/]*\.(backblazeb2|wasabisys|linodeobjects)\.com(:|/|$)"
"""Source: documentation of S3 ClickPipes, which names the stores it reads."""
ANY_STORE: dict[str, object] = {"url": "https://files.example.com/events/*.json"}
"""An address that tells no store, so that examples of every store can use it."""


def address_rules(book: RuleBook) -> tuple[Rule[Request], ...]:
    """The rules of URLs; the example reads Amazon S3."""
    return (_https_rule(book), _of_another_store_rule(book), _unsupported_rule(book))


def _https_rule(book: RuleBook) -> Rule[Request]:
    return book.rule(
        "url-https",
        "The URL is an https address.",
        matches(
            "source.url",
            r"^https://",
            message="The documentation wants an https URL here; s3:// may read nothing.",
            fix="Write https://BUCKET.s3.REGION.amazonaws.com/PATH.",
        ),
        broken={"url": "s3://bucket/events/*.json"},
        effect="warn",
    )


def _of_another_store_rule(book: RuleBook) -> Rule[Request]:
    return book.rule(
        "url-of-another-store",
        "The URL is an address of the store that type names.",
        every(
            *(
                avoids(
                    "source.url",
                    rf"^https://[^/]*{host}(:|/|$)",
                    when=unlike("source.type", store),
                    message="This address belongs to another store than the one that type names.",
                    fix=fix,
                )
                for store, (host, fix) in STORE_HOSTS.items()
            )
        ),
        broken={"url": "https://bucket.nyc3.digitaloceanspaces.com/events/*.json"},
        kept=ANY_STORE,
        effect="warn",
    )


def _unsupported_rule(book: RuleBook) -> Rule[Request]:
    return book.rule(
        "store-unsupported",
        "Other stores are not supported, though they speak the S3 protocol.",
        avoids(
            "source.url",
            UNSUPPORTED_HOSTS,
            message="This store is not among those that are documented to work.",
            fix="Copy the files to a supported store, or ask ClickHouse support.",
        ),
        broken={"url": "https://bucket.s3.us-west-004.backblazeb2.com/events/*.json"},
        effect="warn",
    )
