"""AWS access keys and roles, which several sources take in the same form."""

from collections.abc import Mapping

from pydantic import Field

from clickpipes_mcp.contract import Request, Rule
from clickpipes_mcp.rule_words import ABSENT, RuleBook, given, matches, needs_any, together
from clickpipes_mcp.secret_refs import Login, Secret

ROLE_EXAMPLE = "arn:aws:iam::123456789012:role/ClickHouseAccessRole-events"
ROLE_ARN = r"^arn:aws[a-z-]*:iam::\d{12}:role/."
"""Source: AWS, identifiers of IAM."""
KEY_EXAMPLE = {
    "access_key_id": "example-access-key-id",
    "secret_key": "${env:CLICKPIPES_SECRET_AWS}",
}
_HALVES = ("access_key.access_key_id", "access_key.secret_key")


class AccessKey(Request):
    """Both halves are needed. A rule says so, so that one answer names every problem."""

    access_key_id: Login | None = Field(default=None, description="Access key id.")
    secret_key: Secret | None = Field(default=None, description="Secret of the key.")


def role_arn_rule(
    book: RuleBook, *, by_role: Mapping[str, object] | None = None, documentation: str = ""
) -> Rule[Request]:
    """A role is named by its ARN; `by_role` turns an example without a role into one with it."""
    return book.rule(
        "role-arn",
        "A role is named by its ARN.",
        matches(
            f"{book.at}iam_role",
            ROLE_ARN,
            message="This is not the ARN of a role.",
            fix=f"Write it like {ROLE_EXAMPLE}.",
        ),
        broken={**(by_role or {}), "iam_role": "reader"},
        kept=by_role,
        documentation=documentation,
        effect="warn",
    )


def update_key_rules(book: RuleBook) -> tuple[Rule[Request], ...]:
    """The rules of access keys in updates of a source."""
    only_key: dict[str, object] = {
        "authentication": ABSENT,
        "iam_role": ABSENT,
        "access_key": KEY_EXAMPLE,
    }
    return (
        book.rule(
            "key-halves",
            "Both halves of a key are sent.",
            together(*_HALVES),
            broken=only_key | {"access_key": {"access_key_id": "example-access-key-id"}},
            kept=only_key,
        ),
        book.rule(
            "key-empty",
            "An empty key is not documented to leave the key as it is.",
            needs_any(
                *_HALVES,
                when=given("access_key"),
                message="access_key is empty.",
                fix="Give both halves, or leave access_key out to keep the key.",
            ),
            broken=only_key | {"access_key": {}},
            kept=only_key,
            effect="warn",
        ),
    )
