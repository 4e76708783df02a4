"""Rules about the connection, the sync and the credentials of every database source.

Each is written once and shown on each source's own example. Sources: OpenAPI contract
ClickPipePostPostgresSource and its siblings; answers of the live API as quoted in the issues of
ClickHouse/clickhousectl and ClickHouse/terraform-provider-clickhouse.
"""

from collections.abc import Mapping

from clickpipes_mcp.contract import Request, Rule
from clickpipes_mcp.rule_words import (
    RuleBook,
    avoids,
    each,
    either,
    equal,
    every,
    forbids,
    given,
    is_true,
    needs,
    reject,
    satisfies,
    unlike,
)
from clickpipes_mcp.sources._pipe import DOCS

SYNC_CONTROL = f"{DOCS}/postgres/controlling_sync"

SAFE_SYNC_INTERVAL_S = 10
SAFE_PULL_BATCH_ROWS = 10_000_000
"""Source: SYNC_CONTROL."""

_FAMILY = "database."
ROLE_ARN = "arn:aws:iam::123456789012:role/ClickHouseAccessRole-example"

_CREDENTIALS = "source.credentials"


def authentication_rules(
    of_source: RuleBook, aws_types: tuple[str, ...]
) -> tuple[Rule[Request], ...]:
    """Basic and role authentication of a SQL server; `aws_types` take roles."""
    book = of_source.family(_FAMILY)
    by_role: dict[str, object] = {
        "type": aws_types[0],
        "authentication": "IAM_ROLE",
        "iam_role": ROLE_ARN,
        "credentials": {"username": "clickpipes"},
        "settings.replication_mode": "snapshot",
    }
    return (*_needed_rules(book, by_role), *_disputed_rules(book, by_role, aws_types))


_BY_ROLE = equal("source.authentication", "IAM_ROLE")
_NOT_BY_ROLE = unlike("source.authentication", "IAM_ROLE")


def _needed_rules(book: RuleBook, by_role: Mapping[str, object]) -> tuple[Rule[Request], ...]:
    return (
        book.rule(
            "basic-needs-credentials",
            "Basic authentication needs a user name and a password.",
            needs(
                f"{_CREDENTIALS}.username",
                f"{_CREDENTIALS}.password",
                when=_NOT_BY_ROLE,
                message="Basic authentication needs username and password.",
                fix="Give credentials with both, or IAM_ROLE with iam_role.",
            ),
            broken={"credentials": {"username": "clickpipes"}},
        ),
        book.rule(
            "iam-needs-role",
            "IAM_ROLE authentication needs the ARN of a role.",
            needs("source.iam_role", when=_BY_ROLE),
            broken={**by_role, "iam_role": None},
            kept=by_role,
        ),
    )


def _disputed_rules(
    book: RuleBook, by_role: Mapping[str, object], aws_types: tuple[str, ...]
) -> tuple[Rule[Request], ...]:
    return (
        book.rule(
            "role-needs-iam",
            "A role is used only with IAM_ROLE authentication.",
            forbids(
                "source.iam_role",
                when=_NOT_BY_ROLE,
                fix="Set authentication to IAM_ROLE, or leave iam_role out.",
            ),
            broken={"iam_role": ROLE_ARN},
            kept=by_role,
            effect="warn",
        ),
        book.rule(
            "iam-takes-no-password",
            "IAM_ROLE authentication uses no password.",
            forbids(f"{_CREDENTIALS}.password", when=_BY_ROLE),
            broken={
                **by_role,
                "credentials": {"username": "clickpipes", "password": "${env:CLICKPIPES_SECRET_X}"},
            },
            kept=by_role,
            effect="warn",
        ),
        book.rule(
            "iam-needs-aws",
            "IAM_ROLE authentication is for databases on Amazon RDS and Aurora.",
            satisfies(
                "source.type",
                lambda value: value in aws_types,
                when=_BY_ROLE,
                message="IAM_ROLE authentication works with Amazon RDS and Aurora only.",
                allowed=aws_types,
                fix="Set the RDS or Aurora type, or use basic authentication.",
            ),
            broken={**by_role, "type": book.documentation.rsplit("/", 1)[-1]},
            kept=by_role,
            effect="warn",
        ),
    )


def address_rules(of_source: RuleBook) -> tuple[Rule[Request], ...]:
    """The address of a SQL server."""
    book = of_source.family(_FAMILY)
    return (
        book.rule(
            "host-is-bare",
            "The host is a name or an IP address: no scheme, port, path or credentials.",
            avoids(
                f"{book.at}host",
                r"[/\s@]|^[^:]*:\d*$|\]:|,",
                message="host must be a name or an IP address only.",
                fix="Put port, database and credentials into their own fields.",
            ),
            broken={"host": "db.example.com:5432"},
            kept={"host": "db.example.com"},
        ),
    )


def tls_rules(of_source: RuleBook) -> tuple[Rule[Request], ...]:
    """How the connection is protected."""
    book = of_source.family(_FAMILY)
    disable_tls = f"{book.at}disable_tls"
    return (
        book.rule(
            "connection-is-protected",
            "Without TLS, or without verifying it, others can read the data and the password.",
            every(
                reject(
                    is_true(disable_tls),
                    disable_tls,
                    "Data and password would cross the network unencrypted.",
                    fix="Leave disable_tls out unless the network itself is private.",
                ),
                reject(
                    is_true(f"{book.at}skip_cert_verification"),
                    f"{book.at}skip_cert_verification",
                    "Nothing would prove that this is the right server.",
                    fix="Give the CA in ca_certificate instead.",
                ),
                forbids(
                    f"{book.at}tls_host", f"{book.at}ca_certificate", when=is_true(disable_tls)
                ),
            ),
            broken={"disable_tls": True, "tls_host": "db.example.com"},
            kept={"disable_tls": False, "tls_host": "db.example.com"},
            effect="warn",
        ),
    )


def sync_rules(of_source: RuleBook) -> tuple[Rule[Request], ...]:
    """How often and how much is pulled."""
    book = of_source.family(_FAMILY)
    interval, batch = "settings.sync_interval_seconds", "settings.pull_batch_size"
    return (
        book.rule(
            "sync-is-moderate",
            "Sync intervals above 10 seconds and batches up to 10,000,000 rows are safe.",
            every(
                satisfies(
                    f"{book.at}{interval}",
                    lambda value: isinstance(value, int) and value > SAFE_SYNC_INTERVAL_S,
                    message="Such a short interval makes many small inserts and keeps the service "
                    "awake.",
                    fix=f"Use more than {SAFE_SYNC_INTERVAL_S} seconds.",
                ),
                satisfies(
                    f"{book.at}{batch}",
                    lambda value: isinstance(value, int) and value <= SAFE_PULL_BATCH_ROWS,
                    message="Such a large batch may use up the memory of the pipe.",
                    fix=f"Use at most {SAFE_PULL_BATCH_ROWS} rows.",
                ),
            ),
            broken={interval: 5, batch: 20_000_000},
            kept={interval: 60, batch: 100_000},
            documentation=SYNC_CONTROL,
            effect="warn",
        ),
    )


def nullable_rules(of_source: RuleBook) -> tuple[Rule[Request], ...]:
    """Nullable columns in the target tables."""
    book = of_source.family(_FAMILY)
    flag = "settings.allow_nullable_columns"
    return (
        book.rule(
            "nullable-columns-cost",
            "Nullable columns are slower and larger in ClickHouse.",
            reject(
                is_true(f"{book.at}{flag}"),
                f"{book.at}{flag}",
                "Nullable columns are slower; without them NULL becomes the type's default value.",
                fix="Leave it out unless NULL has a meaning of its own.",
            ),
            broken={flag: True},
            kept={flag: False},
            effect="warn",
        ),
    )


def new_credentials_rules(of_source: RuleBook) -> tuple[Rule[Request], ...]:
    """Credentials that an update brings."""
    book = of_source.family(_FAMILY)
    return (
        book.rule(
            "new-credentials-are-complete",
            "New credentials hold both user name and password.",
            each("credentials", needs("username", "password")),
            broken={"credentials": {"username": "clickpipes"}},
        ),
    )


def new_address_rules(of_source: RuleBook, *fields: str) -> tuple[Rule[Request], ...]:
    """A new address of a SQL server is probed with the credentials of the same update."""
    book = of_source.family(_FAMILY)
    return (
        book.rule(
            "new-address-needs-credentials",
            "A new address is probed at once, with the credentials of the same update.",
            needs(
                "credentials",
                when=either(*(given(field) for field in fields)),
                message="The API connects to the new address; without credentials that may fail.",
                fix="Give credentials too.",
            ),
            broken={"credentials": None},
            effect="warn",
        ),
    )
