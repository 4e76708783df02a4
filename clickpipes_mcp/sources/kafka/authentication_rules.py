"""Rules of Kafka pipes: which broker takes which authentication and credentials."""

from clickpipes_mcp.rule_words import (
    ABSENT,
    Check,
    allows_by,
    both,
    either,
    equal,
    every,
    forbids,
    given,
    missing,
    needs,
    needs_any,
    reject,
    unlike,
)
from clickpipes_mcp.sources._aws import KEY_EXAMPLE, ROLE_EXAMPLE
from clickpipes_mcp.sources._gcp_identity import WORKLOAD_IDENTITY, preview_rule
from clickpipes_mcp.sources.kafka.facts import (
    ALL_CREDENTIALS,
    AUTHENTICATIONS,
    BEST_PRACTICES,
    BOOK,
    BY_ROLE,
    CERTIFICATE,
    CREDENTIALS,
    DISPUTED_FLAVOUR,
    DOCUMENTATION,
    IS_EVENT_HUBS,
    KEYLESS,
    NOT_EVENT_HUBS,
    PASSWORD,
)

_ONE_AUTHENTICATION = tuple(
    flavour for flavour, allowed in AUTHENTICATIONS.items() if len(allowed) == 1
)


def _credential(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"source.credentials.{name}" for name in names)


def _pair_is_whole() -> Check:
    pairs = (
        needs(*_credential(pair), when=both(equal("source.authentication", auth), NOT_EVENT_HUBS))
        for auth, pair in CREDENTIALS.items()
    )
    return every(
        *pairs,
        needs_any(
            *_credential(("connection_string", "password")),
            when=both(IS_EVENT_HUBS, equal("source.authentication", "PLAIN")),
            fix="Give connection_string, the primary connection string of the namespace.",
        ),
        needs(
            "source.credentials.username",
            when=both(
                IS_EVENT_HUBS,
                equal("source.authentication", "PLAIN"),
                given("source.credentials.password"),
                missing("source.credentials.connection_string"),
            ),
            fix="Give connection_string instead of password.",
        ),
    )


def _no_other_credentials() -> Check:
    def others(pair: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in ALL_CREDENTIALS if name not in pair)

    return every(
        *(
            forbids(
                *_credential(others(pair)),
                when=both(equal("source.authentication", auth), NOT_EVENT_HUBS),
            )
            for auth, pair in CREDENTIALS.items()
        ),
        forbids(
            *_credential(others(("connection_string", "username", "password"))),
            when=IS_EVENT_HUBS,
        ),
    )


def _matrix() -> Check:
    table = {
        flavour: (*allowed, DISPUTED_FLAVOUR[1]) if flavour == DISPUTED_FLAVOUR[0] else allowed
        for flavour, allowed in AUTHENTICATIONS.items()
    }
    return allows_by(
        "source.authentication",
        "source.type",
        table,
        fix="Use an allowed authentication. For redpanda with MUTUAL_TLS, set type to kafka.",
    )


AUTHENTICATION_RULES = (
    BOOK.rule(
        "auth-matrix",
        "Each kind of broker takes certain authentications.",
        _matrix(),
        broken={"type": "warpstream", "authentication": "SCRAM-SHA-512"},
        kept={"type": "redpanda", "authentication": "SCRAM-SHA-512"},
    ),
    BOOK.rule(
        "auth-matrix-disputed",
        "IAM_ROLE with type kafka: the contract leaves it out, the API may take it.",
        reject(
            both(
                equal("source.type", DISPUTED_FLAVOUR[0]),
                equal("source.authentication", DISPUTED_FLAVOUR[1]),
            ),
            "source.authentication",
            "IAM_ROLE is documented for msk only.",
            "For Amazon MSK, set type to msk.",
        ),
        broken={**BY_ROLE, "type": "kafka"},
        kept=BY_ROLE,
        documentation=BEST_PRACTICES,
        effect="warn",
    ),
    BOOK.rule(
        "credentials-pair",
        "Each authentication needs its own pair of credentials, whole.",
        _pair_is_whole(),
        broken={
            "authentication": "MUTUAL_TLS",
            "credentials": {"certificate": CERTIFICATE["certificate"]},
        },
        kept={"authentication": "MUTUAL_TLS", "credentials": CERTIFICATE},
    ),
    BOOK.rule(
        "credentials-only-pair",
        "Credentials of another authentication are refused.",
        _no_other_credentials(),
        broken={"credentials": PASSWORD | CERTIFICATE},
    ),
    BOOK.rule(
        "one-authentication",
        "Credentials come with the authentication, where a kind of broker takes one only.",
        needs(
            "source.authentication",
            when=both(equal("source.type", *_ONE_AUTHENTICATION), given("source.credentials")),
            message="Credentials are given without authentication, so the broker would be read "
            "without them.",
            fix="Set authentication to PLAIN, the only one that this kind of broker takes.",
        ),
        broken={"type": "warpstream", "authentication": ABSENT},
        kept={"type": "warpstream"},
    ),
    BOOK.rule(
        "credentials-unused",
        "Roles, workload identity and open brokers take no credentials.",
        forbids(
            "source.credentials",
            when=either(
                both(missing("source.authentication"), unlike("source.type", *_ONE_AUTHENTICATION)),
                equal("source.authentication", *KEYLESS),
            ),
            fix="Leave credentials out, or name the authentication they are for.",
        ),
        broken={"authentication": ABSENT},
        kept={"authentication": ABSENT, "credentials": ABSENT},
        effect="warn",
    ),
    BOOK.rule(
        "event-hubs-connection-string",
        "Event Hubs is documented with its connection string only.",
        forbids(
            *_credential(("username", "password")),
            when=IS_EVENT_HUBS,
            fix="Give connection_string instead.",
        ),
        broken={"type": "azureeventhub", "brokers": "ns.example.net:9093"},
        kept={
            "type": "azureeventhub",
            "brokers": "ns.example.net:9093",
            "credentials": {"connection_string": "${env:CLICKPIPES_SECRET_HUB}"},
        },
        documentation=f"{DOCUMENTATION}/faq",
        effect="warn",
    ),
    BOOK.rule(
        "iam-role-needed",
        "IAM_ROLE needs iam_role.",
        needs("source.iam_role", when=equal("source.authentication", "IAM_ROLE")),
        broken={**BY_ROLE, "iam_role": ABSENT},
        kept={
            "type": "msk",
            "authentication": "IAM_USER",
            "credentials": KEY_EXAMPLE,
        },
        documentation=BEST_PRACTICES,
    ),
    BOOK.rule(
        "iam-role-unused",
        "iam_role is for IAM_ROLE.",
        forbids("source.iam_role", when=unlike("source.authentication", "IAM_ROLE")),
        broken={"iam_role": ROLE_EXAMPLE},
        documentation=BEST_PRACTICES,
        effect="warn",
    ),
    preview_rule(
        BOOK,
        instead="PLAIN",
        by_identity={
            "type": "gcmk",
            "authentication": WORKLOAD_IDENTITY,
            "credentials": ABSENT,
        },
    ),
)
