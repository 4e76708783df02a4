"""The access key that a source is given, and what a role needs that ClickPipes assumes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import JsonValue

from clickpipes_mcp.checks.aws.policies import TRUST_POLICY
from clickpipes_mcp.checks.checklist import Checked, Outcome, part_of, text_of

LOGIN: Final = "login"
BY_ROLE: Final = "IAM_ROLE"
ROLE_UNSEEN: Final = Checked(
    LOGIN,
    Outcome.UNSEEN,
    "ClickPipes assumes the role, and this machine does not: its rights cannot be tried from here.",
    "The trust policy of the role has to let in the iam_role that get_service tells: "
    f"{TRUST_POLICY}",
)


@dataclass(frozen=True)
class AccessKey:
    """Both halves of a key of a user; nothing else is ever logged in with."""

    key_id: str
    secret: str = field(repr=False)


def read_key(configuration: Mapping[str, JsonValue]) -> AccessKey | None:
    """The key of a configuration; None where it has none, and is looked at as anybody."""
    given = part_of(configuration, "accessKey")
    key_id, secret = text_of(given, "accessKeyId"), text_of(given, "secretKey")
    return AccessKey(key_id, secret) if key_id and secret else None
