"""What happens to the secrets of a request body, on the way out and on the way to a person."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from pydantic import JsonValue

from clickpipes_mcp.errors import InvalidArguments, Problem, SecretUnavailable
from clickpipes_mcp.redaction import is_secret_name, mask_url_credentials
from clickpipes_mcp.secret_refs import Secret, SendableBody
from clickpipes_mcp.secret_resolver import SecretResolver


@dataclass(frozen=True)
class ResolvedBody:
    """A body ready to be sent, and the secret values it holds."""

    content: bytes = field(repr=False)
    secrets: frozenset[str] = field(repr=False)


def resolve(body: SendableBody, resolver: SecretResolver) -> ResolvedBody:
    """The octets to send.

    Raises:
        SecretUnavailable: References lead nowhere, or literal secrets are not allowed.
        InvalidArguments: A number is not finite.
    """
    flaws = list(flaws_of(body, resolver))
    if flaws:
        raise SecretUnavailable.of_fields(flaws)
    secrets: set[str] = set()
    plain = _revealed(body, resolver, secrets)
    try:
        # ASCII, so that text no encoding knows (half of a surrogate pair) still gets there.
        text = json.dumps(plain, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    except ValueError:
        problem = Problem(path="", message="Numbers must be finite.")
        raise InvalidArguments([problem]) from None
    return ResolvedBody(text.encode(), frozenset(secrets))


def flaws_of(body: SendableBody, resolver: SecretResolver, path: str = "") -> Iterator[Problem]:
    """Every secret of a body that cannot be sent, by its path there, and why; no value is told."""
    if isinstance(body, Secret):
        flaw = _flaw(body, resolver)
        if flaw is not None:
            yield Problem(path, flaw.message, fix=flaw.fix)
    elif isinstance(body, dict):
        for key, value in body.items():
            yield from flaws_of(value, resolver, f"{path}.{key}" if path else key)
    elif isinstance(body, list):
        for index, value in enumerate(body):
            yield from flaws_of(value, resolver, f"{path}[{index}]")


def _flaw(secret: Secret, resolver: SecretResolver) -> SecretUnavailable | None:
    if secret.is_literal and secret.is_confidential and not resolver.allow_literals:
        return SecretUnavailable(
            "A secret written out in a call is not allowed here.",
            fix="Pass ${ask:label} instead, and the person is asked on a private page; or pass "
            "${file:name} or ${env:CLICKPIPES_SECRET_NAME}, and the operator provides what it "
            "points to.",
        )
    try:
        secret.reveal(resolver)
    except SecretUnavailable as error:
        return error
    return None


def masked(body: SendableBody) -> JsonValue:
    """The body as a person may see it: references as written, literal secrets masked."""
    if isinstance(body, Secret):
        return mask_url_credentials(body.masked)
    if isinstance(body, dict):
        return {key: masked(value) for key, value in body.items()}
    if isinstance(body, list):
        return [masked(value) for value in body]
    return mask_url_credentials(body) if isinstance(body, str) else body


def _revealed(body: SendableBody, resolver: SecretResolver, secrets: set[str]) -> JsonValue:
    if isinstance(body, Secret):
        value = body.reveal(resolver)
        if body.plain is None:
            secrets.update(_spellings(value, body, resolver))
        return value
    if isinstance(body, dict):
        return {key: _revealed(value, resolver, secrets) for key, value in body.items()}
    if isinstance(body, list):
        return [_revealed(value, resolver, secrets) for value in body]
    return body


def _spellings(value: str, secret: Secret, resolver: SecretResolver) -> Iterator[str]:
    """The value sent, the value it was made from, and what a key file holds."""
    yield value
    original = secret.read(resolver)
    yield original
    try:
        document = json.loads(original)
    except ValueError:
        return
    if isinstance(document, dict):
        yield from (
            text for key, text in document.items() if isinstance(text, str) and is_secret_name(key)
        )
