"""The key file of a service account, as it was given. Nothing else is ever logged in with.

Google's library looks for credentials in the environment, in the home directory and at metadata
services when none are given. Here it only signs with a key of the arguments.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from clickpipes_mcp.checks.checklist import Checked, Outcome

LOGIN: Final = "login"
_KIND: Final = "service_account"
_UNIVERSE: Final = "googleapis.com"
_TOKEN_ADDRESSES: Final = (
    "https://oauth2.googleapis.com/token",
    "https://accounts.google.com/o/oauth2/token",
    "https://www.googleapis.com/oauth2/v4/token",
)
"""What Google writes into key files, now and before."""


@dataclass(frozen=True)
class AccountKey:
    """Who logs in, in which project the account is, and the whole key file."""

    email: str
    project: str
    info: Mapping[str, str] = field(repr=False)


def read_key(text: str) -> AccountKey | Checked:
    """The key in a text, in JSON or its base64; or why nobody is logged in with it.

    Whoever wrote a key file chose the address to which it asks to be sent.
    """
    if not text:
        return Checked(
            LOGIN,
            Outcome.UNSEEN,
            "There is no key to log in with from here.",
            "Give the key file of a service account; workload identity is only tried by creating.",
        )
    info = _info(text)
    if info is None or info.get("type") != _KIND:
        return Checked(
            LOGIN,
            Outcome.NOT_OK,
            f"This is no key file whose type is {_KIND}.",
            "Create a key of the service account as JSON, and give that file.",
        )
    if info.get("token_uri", _TOKEN_ADDRESSES[0]) not in _TOKEN_ADDRESSES or (
        info.get("universe_domain", _UNIVERSE) != _UNIVERSE
    ):
        return Checked(
            LOGIN,
            Outcome.NOT_OK,
            "The key file wants to be sent to an address that is not Google's. Nothing was sent.",
            "Find out where this file comes from. Create a key in Google Cloud, and give that one.",
        )
    return AccountKey(info.get("client_email", ""), info.get("project_id", ""), info)


def _info(text: str) -> Mapping[str, str] | None:
    try:
        is_plain = text.lstrip().startswith("{")
        read = json.loads(text if is_plain else base64.b64decode(text, validate=True))
    except (ValueError, RecursionError):
        return None
    if not isinstance(read, dict):
        return None
    return {name: value for name, value in read.items() if isinstance(value, str)}
