"""A server on this machine that answers as Google documents its JSON APIs.

It is ours, for no registry has an emulator of Pub/Sub or BigQuery. It checks the signature of
the assertion that a token is asked for with, and the token of every request. What is there, who
may do what, and what is refused are tables that a test fills.
"""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from clickpipes_mcp.checks.google.endpoints import GOOGLE, Endpoints
from tests.checks.answering_server import Answered, answering_server

EMAIL = "pipes@example-project.iam.gserviceaccount.com"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_RIGHTS = (":testIamPermissions", "/iam/testPermissions")


@cache
def signing_key() -> rsa.RSAPrivateKey:
    """One for the whole run: making it takes long."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def key_file(**changes: object) -> str:
    """A key file as Google writes it, with the key of this run."""
    secret = signing_key().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return json.dumps(
        {
            "type": "service_account",
            "project_id": "example-project",
            "private_key_id": "0" * 40,
            "private_key": secret.decode(),
            "client_email": EMAIL,
            "client_id": "1",
            "token_uri": GOOGLE.token,
            "universe_domain": "googleapis.com",
            **changes,
        }
    )


@dataclass
class GoogleServer:
    """What is there by its path, some of it with a status of its own.

    `rights` are by the path of the resource, and `refused` by any path.
    """

    port: int = 0
    resources: dict[str, Any] = field(default_factory=dict)
    rights: dict[str, set[str]] = field(default_factory=dict)
    refused: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    is_account_enabled: bool = True
    token_status: int = 200
    asked: list[str] = field(default_factory=list)
    sent: list[tuple[str, Any]] = field(default_factory=list)
    token: str = field(default_factory=lambda: secrets.token_urlsafe(40))

    @property
    def endpoints(self) -> Endpoints:
        here = f"http://127.0.0.1:{self.port}"
        return Endpoints(f"{here}/token", here, here, here, here)

    def answer(self, method: str, url: str, headers: Any, body: bytes) -> tuple[int, Any]:
        parts = urlsplit(url)
        path = unquote(parts.path)
        self.asked.append(f"{method} {path}")
        if path == "/token":
            return self._log_in(body)
        login = headers.get("Authorization") or ""
        if login.startswith("Bearer ") and login != f"Bearer {self.token}":
            return _error(401, "UNAUTHENTICATED", "Invalid authentication credentials.")
        self.sent.append((path, json.loads(body) if body else None))
        if path in self.refused:
            return _error(*self.refused[path])
        for ending in _RIGHTS:
            if path.endswith(ending):
                asked = parse_qs(parts.query).get("permissions") or json.loads(body)["permissions"]
                held = self.rights.get(path.removesuffix(ending), set())
                return 200, {"permissions": [one for one in asked if one in held]}
        if path not in self.resources:
            return _error(404, "NOT_FOUND", f"Not found: {path}")
        found = self.resources[path]
        return found if isinstance(found, tuple) else (200, found)

    def _log_in(self, body: bytes) -> tuple[int, Any]:
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        assert form["grant_type"] == _GRANT
        if self.token_status != 200:
            return self.token_status, {"error": "server_error"}
        try:
            jwt.decode(
                form["assertion"],
                signing_key().public_key(),
                algorithms=["RS256"],
                audience=GOOGLE.token,
                issuer=EMAIL,
            )
        except jwt.InvalidTokenError:
            return 400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
        if not self.is_account_enabled:
            return 400, {
                "error": "invalid_grant",
                "error_description": "Invalid grant: account not found",
            }
        return 200, {"access_token": self.token, "expires_in": 3599, "token_type": "Bearer"}


def _error(status: int, reason: str, told: str) -> tuple[int, Any]:
    detail = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}
    return status, {
        "error": {
            "code": status,
            "message": told,
            "status": reason,
            "errors": [{"reason": reason, "message": told}],
            "details": [detail],
        }
    }


@contextmanager
def running_google() -> Iterator[GoogleServer]:
    """It listens on a port of this machine."""
    google = GoogleServer()

    def answer(*asked: Any) -> Answered:
        status, told = google.answer(*asked)
        content = told if isinstance(told, bytes) else json.dumps(told).encode()
        return status, {"Content-Type": "application/json"}, content

    with answering_server(answer) as port:
        google.port = port
        yield google
