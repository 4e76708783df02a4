"""Rules of S3 pipes: whose addresses a URL may be."""

from collections.abc import Mapping

from clickpipes_mcp.contract import Request, Rule
from clickpipes_mcp.rule_words.checks import avoids, every, matches, rule, unlike

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
ANY_STORE: dict[str, object] = {"source.url": "https://files.example.com/events/*.json"}
"""An address that is of no store in particular, and so of any."""


def address_rules(
    example: Mapping[str, object], *, documentation: str
) -> tuple[Rule[Request], ...]:
    """The rules of URLs; the example reads Amazon S3."""
    makers = (_https, _of_another_store, _unsupported)
    return tuple(make(example, documentation) for make in makers)


def _https(example: Mapping[str, object], documentation: str) -> Rule[Request]:
    return rule(
        "s3.url-https",
        "The URL is an https address.",
        matches(
            "source.url",
            r"^https://",
            message="The documented form is an https URL.",
            fix="Write https://BUCKET.s3.REGION.amazonaws.com/PATH.",
        ),
        example=example,
        broken={"source.url": "s3://bucket/events/*.json"},
        documentation=documentation,
        effect="warn",
    )


def _of_another_store(example: Mapping[str, object], documentation: str) -> Rule[Request]:
    return rule(
        "s3.url-of-another-store",
        "The URL is an address of the store that type names.",
        every(
            *(
                avoids(
                    "source.url",
                    rf"^https://[^/]*{host}(:|/|$)",
                    when=unlike("source.type", store),
                    message="This is an address of another store than type says.",
                    fix=fix,
                )
                for store, (host, fix) in STORE_HOSTS.items()
            )
        ),
        example=example,
        broken={"source.url": "https://bucket.nyc3.digitaloceanspaces.com/events/*.json"},
        kept=ANY_STORE,
        documentation=documentation,
        effect="warn",
    )


def _unsupported(example: Mapping[str, object], documentation: str) -> Rule[Request]:
    return rule(
        "s3.store-unsupported",
        "Other stores are not supported, though they speak the S3 protocol.",
        avoids(
            "source.url",
            UNSUPPORTED_HOSTS,
            message="Addresses of this store are not documented to be understood.",
            fix="Copy the files to a supported store, or ask ClickHouse support.",
        ),
        example=example,
        broken={"source.url": "https://bucket.s3.us-west-004.backblazeb2.com/events/*.json"},
        documentation=documentation,
        effect="warn",
    )
