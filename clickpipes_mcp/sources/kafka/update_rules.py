"""Rules of updates of Kafka pipes: which credentials come with which authentication."""

from clickpipes_mcp.rule_words import (
    ABSENT,
    Check,
    at_most_one,
    both,
    either,
    equal,
    every,
    forbids,
    given,
    missing,
    needs,
    needs_any,
    together,
)
from clickpipes_mcp.sources._aws import KEY_EXAMPLE, ROLE_EXAMPLE
from clickpipes_mcp.sources.kafka.facts import (
    ALL_CREDENTIALS,
    CERTIFICATE,
    CREDENTIALS,
    KEYLESS,
    PASSWORD,
    UPDATE_BOOK,
    UPDATE_BY_ROLE,
)


def _credential(*names: str) -> tuple[str, ...]:
    return tuple(f"credentials.{name}" for name in names)


_HOLD_SOMETHING = either(*(given(path) for path in _credential(*ALL_CREDENTIALS)))


def _pair_fits() -> Check:
    """Some credential of that authentication is given; another rule asks for all of them."""
    return every(
        *(
            needs_any(
                *_credential(*_taken(authentication)),
                when=both(equal("authentication", authentication), _HOLD_SOMETHING),
                message=f"These are not the credentials of {authentication}.",
                fix=f"Give {' and '.join(pair)}.",
            )
            for authentication, pair in CREDENTIALS.items()
        )
    )


def _taken(authentication: str) -> tuple[str, ...]:
    """The pair; or, as an update does not say the kind of broker, what Event Hubs takes."""
    pair = CREDENTIALS[authentication]
    return (*pair, "connection_string") if authentication == "PLAIN" else pair


_PAIR_RULES = (
    UPDATE_BOOK.rule(
        "credentials-halves",
        "Both halves of a pair of credentials are sent, even if one stays.",
        every(*(together(*_credential(*pair)) for pair in sorted(set(CREDENTIALS.values())))),
        broken={"credentials": {"username": "reader"}, "authentication": ABSENT},
    ),
    UPDATE_BOOK.rule(
        "credentials-pair",
        "Credentials are those of the authentication they come with.",
        _pair_fits(),
        broken={"authentication": "MUTUAL_TLS"},
        kept={"authentication": "MUTUAL_TLS", "credentials": CERTIFICATE},
    ),
    UPDATE_BOOK.rule(
        "credentials-one-pair",
        "Credentials of two authentications are refused.",
        every(
            at_most_one(*_credential("username", "access_key_id", "certificate")),
            at_most_one(*_credential("connection_string", "access_key_id")),
            at_most_one(*_credential("connection_string", "certificate")),
        ),
        broken={"credentials": PASSWORD | CERTIFICATE},
        kept={"authentication": "IAM_USER", "credentials": KEY_EXAMPLE},
    ),
)
_USE_RULES = (
    UPDATE_BOOK.rule(
        "credentials-empty",
        "Empty credentials are not documented to leave the credentials as they are.",
        needs_any(
            *_credential(*ALL_CREDENTIALS),
            when=given("credentials"),
            message="credentials is empty.",
            fix="Give a whole pair, or leave credentials out to keep them.",
        ),
        broken={"credentials": {}},
        effect="warn",
    ),
    UPDATE_BOOK.rule(
        "credentials-unused",
        "Roles and workload identity take no credentials, other authentications no role.",
        every(
            forbids("credentials", when=equal("authentication", *KEYLESS)),
            forbids("iam_role", when=equal("authentication", *CREDENTIALS)),
        ),
        broken={"iam_role": ROLE_EXAMPLE},
        kept=UPDATE_BY_ROLE,
        effect="warn",
    ),
    UPDATE_BOOK.rule(
        "authentication-with-credentials",
        "A new authentication brings its credentials.",
        every(
            *(
                needs(
                    *_credential(*pair),
                    when=both(equal("authentication", auth), missing("credentials")),
                )
                for auth, pair in CREDENTIALS.items()
            ),
            needs("iam_role", when=equal("authentication", "IAM_ROLE")),
        ),
        broken={"credentials": ABSENT},
        effect="warn",
    ),
)

UPDATE_RULES = (*_PAIR_RULES, *_USE_RULES)
