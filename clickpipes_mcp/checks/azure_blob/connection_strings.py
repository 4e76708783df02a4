"""What a connection string of a storage account holds, and whether it leads to Azure.

Source: https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string and
https://learn.microsoft.com/rest/api/storageservices/create-service-sas, create-account-sas.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qs, urlsplit

from clickpipes_mcp.checks.checklist import Checked, Outcome

LOGIN: Final = "login"
_OWN_HOST: Final = re.compile(r"[a-z0-9]{3,24}\.blob\.core\.windows\.net")
"""Hosts of the public Azure cloud, on which nobody else answers."""

_SUFFIX: Final = "core.windows.net"


@dataclass(frozen=True)
class Signature:
    """A shared access signature, without what signs it. Empty fields are left out of it."""

    rights: str
    services: str
    resource_types: str
    starts: datetime | None
    ends: datetime | None
    addresses: str
    has_policy: bool

    @classmethod
    def of(cls, token: str) -> "Signature":
        """Reads it from the text of a query."""
        fields = {name: values[0] for name, values in parse_qs(token.removeprefix("?")).items()}
        return cls(
            rights=fields.get("sp", ""),
            services=fields.get("ss", ""),
            resource_types=fields.get("srt", ""),
            starts=_time(fields.get("st", "")),
            ends=_time(fields.get("se", "")),
            addresses=fields.get("sip", ""),
            has_policy="si" in fields,
        )


def _time(text: str) -> datetime | None:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Account:
    """A storage account and how it is logged in to: with its key, or with a signature."""

    name: str
    endpoint: str
    key: str = field(repr=False)
    token: str = field(repr=False)
    signature: Signature | None


def read_account(text: str) -> Account | Checked:
    """The account that a connection string leads to; or why nothing is sent there."""
    if not text:
        return Checked(
            LOGIN,
            Outcome.UNSEEN,
            "There is no connection string to log in with from here.",
            "Give connection_string, with the account key or a SAS that allows Read and List.",
        )
    named = _named(text)
    endpoint = _endpoint(named)
    host = _host(endpoint)
    if not _OWN_HOST.fullmatch(host):
        return Checked(
            LOGIN,
            Outcome.UNSEEN,
            "The connection string leads to a host that is not of the public Azure cloud. Nothing "
            "was sent there.",
            "Give the one that the storage account shows, under Access keys. Of other clouds and "
            "own domains a login is only tried by creating.",
        )
    token = named.get("sharedaccesssignature", "").removeprefix("?")
    if not (token or _is_key(named.get("accountkey", ""))):
        return Checked(
            LOGIN,
            Outcome.NOT_OK,
            "The account key in the connection string is no key.",
            "Copy the connection string anew, whole.",
        )
    return Account(
        name=named.get("accountname", "") or host.partition(".")[0],
        endpoint=endpoint,
        key=named.get("accountkey", ""),
        token=token,
        signature=Signature.of(token) if token else None,
    )


def _is_key(text: str) -> bool:
    try:
        return bool(base64.b64decode(text, validate=True))
    except ValueError:
        return False


def _named(text: str) -> Mapping[str, str]:
    pairs = (part.partition("=") for part in text.split(";") if part.strip())
    return {name.strip().casefold(): value.strip() for name, _, value in pairs}


def _endpoint(named: Mapping[str, str]) -> str:
    given = named.get("blobendpoint", "").rstrip("/")
    suffix = named.get("endpointsuffix") or _SUFFIX
    return given or f"https://{named.get('accountname', '').casefold()}.blob.{suffix}"


def _host(endpoint: str) -> str:
    """The host of an endpoint that is nothing but a host; empty where it is more."""
    try:
        parts = urlsplit(endpoint)
        is_plain = parts.scheme == "https" and parts.port in (None, 443) and "@" not in endpoint
    except ValueError:
        return ""
    is_plain = is_plain and not (parts.path or parts.query or parts.fragment)
    return (parts.hostname or "") if is_plain else ""
