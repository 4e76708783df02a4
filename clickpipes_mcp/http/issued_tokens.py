"""JWTs of an OAuth issuer, made out to this server.

Verified here with the issuer's published keys: RFC 8414 and OpenID Connect say where they are,
RFC 9068 what such a token holds.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias
from urllib.parse import urlsplit

import anyio
import jwt
from mcp.server.auth.provider import AccessToken

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.errors import ClickPipesError, UnreadableAnswer
from clickpipes_mcp.settings import is_loopback

Fetch: TypeAlias = Callable[[str], Awaitable[Mapping[str, object]]]
"""The JSON object behind an address. Raises ClickPipesError when there is none to be had."""

ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "EdDSA",
)
"""All asymmetric: with a shared secret, whoever can check a token could make one."""

KEYS_LAST_S: Final = 600.0
LEAST_PAUSE_S: Final = 30.0
"""Between two looks at the keys, however many tokens name one that is not known."""

PAUSE_AFTER_A_FAILURE_S: Final = 3.0
"""The same while there are no keys at all."""

_ASYMMETRIC: Final = ("RSA", "EC", "OKP")
_LEEWAY_S: Final = 30.0
_logger = logging.getLogger(__name__)


class JwtVerifier:
    """Accepts the tokens of one issuer that are made out to one address."""

    def __init__(self, issuer: str, audience: str, fetch: Fetch, clock: Clock) -> None:
        self._issuer = issuer
        self._audience = audience
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[object, Mapping[str, object]] = {}
        self._looked_at = float("-inf")
        self._looking = anyio.Lock()

    async def verify_token(self, token: str) -> AccessToken | None:
        """The caller's identity; None for a token that is not good here."""
        try:
            header = jwt.get_unverified_header(token)
            key = await self._key(header.get("kid"))
            algorithm = header.get("alg")
            if key is None or algorithm not in ALGORITHMS:
                return None
            claims = jwt.decode(
                token,
                key=jwt.PyJWK.from_dict({"alg": algorithm, **key}),
                algorithms=list(ALGORITHMS),
                audience=[self._audience, f"{self._audience}/"],
                issuer=self._issuer,
                leeway=_LEEWAY_S,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError as refused:
            _logger.info("A token was refused: %s", type(refused).__name__)
            return None
        if not claims["sub"]:
            return None
        return AccessToken(
            token=token,
            client_id=_text(claims, "client_id", "azp", "sub"),
            scopes=_scopes(claims),
            expires_at=int(claims["exp"]) + int(_LEEWAY_S),
            resource=self._audience,
            subject=_text(claims, "sub"),
            claims={"iss": self._issuer},
        )

    async def _key(self, name: object) -> Mapping[str, object] | None:
        if self._is_to_look_for(name):
            # Whoever comes while the keys are read waits for them.
            async with self._looking:
                if self._is_to_look_for(name):
                    await self._look()
        return self._keys.get(name)

    async def _look(self) -> None:
        self._looked_at = self._clock.monotonic()
        try:
            await self.read_keys()
        except ClickPipesError as failure:
            _logger.error("The keys of %s cannot be read: %s", self._issuer, failure.message)  # noqa: TRY400

    def _is_to_look_for(self, name: object) -> bool:
        age_s = self._clock.monotonic() - self._looked_at
        if not self._keys:
            return age_s > PAUSE_AFTER_A_FAILURE_S
        return age_s > KEYS_LAST_S or (name not in self._keys and age_s > LEAST_PAUSE_S)

    async def read_keys(self) -> None:
        """Read the issuer's keys again; those known stay where that fails.

        Raises:
            ClickPipesError: They cannot be had.
        """
        keys = (await self._fetch(await self._address_of_keys())).get("keys")
        listed = keys if isinstance(keys, list) else []
        usable = [key for key in listed if isinstance(key, dict) and _is_for_signatures(key)]
        if not usable:
            raise UnreadableAnswer("It publishes no key that signs.")
        self._keys = {key.get("kid"): key for key in usable}

    async def _address_of_keys(self) -> str:
        for address in _metadata_addresses(self._issuer):
            try:
                said = await self._fetch(address)
            except ClickPipesError:
                continue
            if said.get("issuer") == self._issuer:
                return _safe(str(said.get("jwks_uri", "")), self._issuer)
        raise UnreadableAnswer("Its metadata cannot be read, or is another issuer's.")


def _safe(address: str, issuer: str) -> str:
    """The address of keys, if nobody on the way there can put others in their place.

    Raises:
        UnreadableAnswer: It is none, or is in the clear; only an issuer on this machine may be.
    """
    try:
        parts, host = urlsplit(address), urlsplit(address).hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    is_all_here = is_loopback(host) and is_loopback(urlsplit(issuer).hostname or "")
    if host and (parts.scheme == "https" or (parts.scheme == "http" and is_all_here)):
        return address
    raise UnreadableAnswer("Its metadata names no safe address of keys.")


def _is_for_signatures(key: Mapping[str, object]) -> bool:
    is_named = isinstance(key.get("kid"), str | None)
    return is_named and key.get("kty") in _ASYMMETRIC and key.get("use", "sig") == "sig"


def _metadata_addresses(issuer: str) -> tuple[str, ...]:
    parts = urlsplit(issuer)
    path = parts.path.rstrip("/")
    root = f"{parts.scheme}://{parts.netloc}"
    return (
        f"{root}/.well-known/oauth-authorization-server{path}",
        f"{root}{path}/.well-known/openid-configuration",
    )


def _text(claims: Mapping[str, object], *names: str) -> str:
    return next((str(claims[name]) for name in names if claims.get(name)), "")


def _scopes(claims: Mapping[str, object]) -> list[str]:
    """`scope` as one string, or `scp` as a list or a string."""
    said = claims.get("scope") or claims.get("scp") or ""
    return [str(one) for one in said] if isinstance(said, list) else str(said).split()
