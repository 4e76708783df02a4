"""How to log in at a broker: what a Kafka client of this machine takes for each authentication.

Source: ClickHouse docs, integrations/clickpipes/kafka; Azure Event Hubs' and Amazon MSK's own
documentation of their logins.
"""

import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import JsonValue

from clickpipes_mcp.checks.checklist import part_of, text_of
from clickpipes_mcp.checks.trust import trusting

PLAIN_TEXT: Final[Mapping[str, Any]] = {"security_protocol": "PLAINTEXT"}
"""For a broker that speaks no TLS, where no secret is sent."""

_PASSWORDS: Final = frozenset({"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"})
_BY_CONNECTION_STRING: Final = "$ConnectionString"
"""The user name under which Event Hubs takes a connection string for a password."""


@dataclass(frozen=True)
class Login:
    """What a client is given; `unseen` is why it cannot log in from here, where that is so."""

    options: Mapping[str, Any] = field(repr=False)
    unseen: str = ""
    sends_secrets: bool = False


def login_of(configuration: Mapping[str, JsonValue]) -> Login:
    """What to log in with.

    Raises:
        ssl.SSLError: A certificate or key that was given is none.
    """
    context = trusting(text_of(configuration, "caCertificate"), verifies=True)
    credentials = part_of(configuration, "credentials")
    kind = text_of(configuration, "authentication")
    tls: dict[str, Any] = {"ssl_context": context, "security_protocol": "SSL"}
    if kind == "MUTUAL_TLS":
        _identify(context, text_of(credentials, "certificate"), text_of(credentials, "privateKey"))
        return Login(tls, sends_secrets=True)
    if kind in _PASSWORDS:
        string = text_of(credentials, "connectionString")
        name, password = text_of(credentials, "username"), text_of(credentials, "password")
        return Login(
            tls
            | {
                "security_protocol": "SASL_SSL",
                "sasl_mechanism": kind,
                "sasl_plain_username": _BY_CONNECTION_STRING if string else name,
                "sasl_plain_password": string or password,
            },
            sends_secrets=True,
        )
    unseen = f"A login by {kind} is ClickPipes' own; it cannot be tried from here." if kind else ""
    return Login(tls, unseen, sends_secrets=bool(kind))


def _identify(context: ssl.SSLContext, certificate: str, key: str) -> None:
    """Present a certificate. The ssl module reads it from a file only, private and soon gone."""
    with tempfile.TemporaryDirectory(prefix="clickpipes-mcp-") as directory:
        file = Path(directory, "identity.pem")
        file.touch(mode=0o600)
        file.write_text(f"{certificate.strip()}\n{key.strip()}\n", encoding="utf-8")
        context.load_cert_chain(file)
