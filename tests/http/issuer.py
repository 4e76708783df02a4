"""An OAuth issuer on loopback, with keys of its own."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from clickpipes_mcp.simulator.serving.serve import serving

AUDIENCE = "http://127.0.0.1:8000/mcp"


class Issuer:
    """Issues tokens, and publishes the keys to check them with."""

    def __init__(self) -> None:
        self.url = ""
        self.keys: dict[str, Any] = {}
        self.asked: list[str] = []
        self.is_down = False
        self.metadata: dict[str, object] = {}
        self.first_metadata: dict[str, object] = {}
        self.published: list[dict[str, Any]] | None = None
        self.rotate("first")

    def rotate(self, name: str) -> None:
        """Sign with a new key from now on; the old one is withdrawn."""
        self.name, self.keys = name, {name: ec.generate_private_key(ec.SECP256R1())}

    def token(self, *, key: Any = None, algorithm: str = "ES256", **claims: object) -> str:
        """A good token, but for the claims and the key given; None leaves a claim out."""
        usual = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "alice",
            "client_id": "an assistant",
            "scope": "pipes read",
            "exp": int(time.time()) + 300,
        }
        chosen = {name: value for name, value in {**usual, **claims}.items() if value is not None}
        signing = key or self.keys[self.name]
        return jwt.encode(chosen, signing, algorithm=algorithm, headers={"kid": self.name})

    def as_jwk(self, key: Any, kind: Any) -> dict[str, Any]:
        """A public key as it is published, under the present name."""
        return {**json.loads(kind.to_jwk(key)), "kid": self.name, "use": "sig"}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        self.asked.append(request.url.path)
        await self._answer(request.url.path)(scope, receive, send)

    def _answer(self, path: str) -> Response:
        if self.is_down:
            return Response("down for maintenance", status_code=503)
        if path == "/.well-known/oauth-authorization-server" and self.first_metadata:
            return JSONResponse(self.first_metadata)
        if path == "/.well-known/openid-configuration":
            usual = {"issuer": self.url, "jwks_uri": f"{self.url}/keys"}
            return JSONResponse({**usual, **self.metadata})
        if path == "/keys":
            usual = [
                {**self.as_jwk(key.public_key(), ECAlgorithm), "kid": name, "alg": "ES256"}
                for name, key in self.keys.items()
            ]
            return JSONResponse({"keys": usual if self.published is None else self.published})
        return Response(status_code=404)


@asynccontextmanager
async def issuing() -> AsyncIterator[Issuer]:
    """An issuer that can be reached."""
    issuer = Issuer()
    async with serving(issuer, "127.0.0.1", 0) as port:
        issuer.url = f"http://127.0.0.1:{port}"
        yield issuer
