"""Who asks: HTTP Basic keys, bearer tokens, and what each may do."""

import base64
import binascii
import secrets
from dataclasses import dataclass
from typing import Final

from clickpipes_mcp.simulator.envelope import ApiError

# Keys whose id starts so may only read, in this world.
READER_PREFIX: Final = "reader"
_READS: Final = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class Caller:
    """The key id of a request, and whether it came as a bearer token."""

    key_id: str
    is_bearer: bool = False


def authenticate(header: str, accepted: tuple[str, str] | None) -> Caller:
    """Who a request comes from. Raises ApiError 401."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer" and value:
        return Caller("bearer", is_bearer=True)
    if scheme.lower() != "basic":
        raise _unauthorized()
    try:
        key_id, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise _unauthorized() from error
    if not key_id or not secret:
        raise _unauthorized()
    if accepted and not secrets.compare_digest(
        f"{key_id}:{secret}".encode(), ":".join(accepted).encode()
    ):
        raise _unauthorized()
    return Caller(key_id)


def authorize(caller: Caller, method: str, path: str) -> None:
    """Raise ApiError 403 for what a caller may not do."""
    if caller.is_bearer and path.rstrip("/").endswith("/schemaDiscovery"):
        raise ApiError(403, "This endpoint is not available for JWT authentication")
    if method not in _READS and (caller.is_bearer or caller.key_id.startswith(READER_PREFIX)):
        raise ApiError(403, "FORBIDDEN: missing permission control-plane:service:manage-clickpipes")


def _unauthorized() -> ApiError:
    return ApiError(401, "UNAUTHORIZED")
