"""Rules of Kafka pipes: which broker takes which authentication and credentials."""

from clickpipes_mcp.rule_words.checks import (
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
    rule,
    unlike,
)
from clickpipes_mcp.sources._aws import KEY_EXAMPLE, ROLE_EXAMPLE
from clickpipes_mcp.sources.kafka.facts import (
    ALL_CREDENTIALS,
    AUTHENTICATIONS,
    BY_ROLE,
    CERTIFICATE,
    CREDENTIALS,
    DISPUTED_FLAVOUR,
    DOCUMENTATION,
    EXAMPLE,
    IS_EVENT_HUBS,
    KEYLESS,
    NOT_EVENT_HUBS,
    PASSWORD,
    PREVIEW,
    WORKLOAD_IDENTITY,
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
        fix="Take an allowed authentication; redpanda with MUTUAL_TLS works as type kafka.",
    )


AUTHENTICATION_RULES = (
    rule(
        "kafka.auth-matrix",
        "Each kind of broker takes certain authentications.",
        _matrix(),
        example=EXAMPLE,
        broken={"source.type": "warpstream", "source.authentication": "SCRAM-SHA-512"},
        kept={"source.type": "redpanda", "source.authentication": "SCRAM-SHA-512"},
        documentation=DOCUMENTATION,
    ),
    rule(
        "kafka.auth-matrix-disputed",
        "IAM_ROLE with type kafka: the contract leaves it out, the API may take it.",
        reject(
            both(
                equal("source.type", DISPUTED_FLAVOUR[0]),
                equal("source.authentication", DISPUTED_FLAVOUR[1]),
            ),
            "source.authentication",
            "IAM_ROLE is documented for msk only.",
            "For Amazon MSK give type msk.",
        ),
        example=EXAMPLE,
        broken={**BY_ROLE, "source.type": "kafka"},
        kept=BY_ROLE,
        documentation=f"{DOCUMENTATION}/best-practices",
        effect="warn",
    ),
    rule(
        "kafka.credentials-pair",
        "Each authentication needs its own pair of credentials, whole.",
        _pair_is_whole(),
        example=EXAMPLE,
        broken={
            "source.authentication": "MUTUAL_TLS",
            "source.credentials": {"certificate": CERTIFICATE["certificate"]},
        },
        kept={"source.authentication": "MUTUAL_TLS", "source.credentials": CERTIFICATE},
        documentation=DOCUMENTATION,
    ),
    rule(
        "kafka.credentials-only-pair",
        "Credentials of another authentication are refused.",
        _no_other_credentials(),
        example=EXAMPLE,
        broken={"source.credentials": PASSWORD | CERTIFICATE},
        documentation=DOCUMENTATION,
    ),
    rule(
        "kafka.credentials-unused",
        "Roles, workload identity and open brokers take no credentials.",
        forbids(
            "source.credentials",
            when=either(missing("source.authentication"), equal("source.authentication", *KEYLESS)),
            fix="Leave credentials out, or name the authentication they are for.",
        ),
        example=EXAMPLE,
        broken={"source.authentication": ABSENT},
        kept={"source.authentication": ABSENT, "source.credentials": ABSENT},
        documentation=DOCUMENTATION,
        effect="warn",
    ),
    rule(
        "kafka.event-hubs-connection-string",
        "Event Hubs is documented with its connection string only.",
        forbids(
            *_credential(("username", "password")),
            when=IS_EVENT_HUBS,
            fix="Give connection_string instead.",
        ),
        example=EXAMPLE,
        broken={"source.type": "azureeventhub", "source.brokers": "ns.example.net:9093"},
        kept={
            "source.type": "azureeventhub",
            "source.brokers": "ns.example.net:9093",
            "source.credentials": {"connection_string": "${env:CLICKPIPES_SECRET_HUB}"},
        },
        documentation=f"{DOCUMENTATION}/faq",
        effect="warn",
    ),
    rule(
        "kafka.iam-role-needed",
        "IAM_ROLE needs iam_role.",
        needs("source.iam_role", when=equal("source.authentication", "IAM_ROLE")),
        example=EXAMPLE,
        broken={**BY_ROLE, "source.iam_role": ABSENT},
        kept={
            "source.type": "msk",
            "source.authentication": "IAM_USER",
            "source.credentials": KEY_EXAMPLE,
        },
        documentation=f"{DOCUMENTATION}/best-practices",
    ),
    rule(
        "kafka.iam-role-unused",
        "iam_role is for IAM_ROLE.",
        forbids("source.iam_role", when=unlike("source.authentication", "IAM_ROLE")),
        example=EXAMPLE,
        broken={"source.iam_role": ROLE_EXAMPLE},
        documentation=f"{DOCUMENTATION}/best-practices",
        effect="warn",
    ),
    rule(
        "kafka.workload-identity-preview",
        "Workload identity is a private preview for services on Google Cloud.",
        reject(
            equal("source.authentication", WORKLOAD_IDENTITY),
            "source.authentication",
            "Workload identity is a private preview; the organization must be enabled for it.",
            "Ask ClickHouse support, or use PLAIN.",
        ),
        example=EXAMPLE,
        broken={
            "source.type": "gcmk",
            "source.authentication": WORKLOAD_IDENTITY,
            "source.credentials": ABSENT,
        },
        documentation=PREVIEW,
        effect="warn",
    ),
)
