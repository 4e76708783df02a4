"""Who asks: HTTP Basic keys, bearer tokens, and what each may do."""

import base64
import binascii
import secrets
from dataclasses import dataclass
from typing import Final

from clickpipes_mcp.simulator.envelope import ApiError

# What a key may do follows from how its id begins, in this world.
READER_PREFIX: Final = "reader"  # reads everything, changes nothing
VIEWER_PREFIX: Final = "viewer"  # sees organizations and services, no ClickPipes
EXPIRED_PREFIX: Final = "expired"
_READS: Final = frozenset({"GET", "HEAD"})
# Every ClickPipes operation wants it, reads included (clickhousectl help).
PERMISSION: Final = "control-plane:service:manage-clickpipes"
_QUERY_PATH: Final = "/service/"


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
        raise _unauthorized(": Key is not found")
    if key_id.startswith(EXPIRED_PREFIX):
        raise _unauthorized(": Key is not active")
    return Caller(key_id)


def authorize(caller: Caller, method: str, path: str) -> None:
    """Raise ApiError 403 for what a caller may not do."""
    if caller.is_bearer and path.rstrip("/").endswith("/schemaDiscovery"):
        raise ApiError(403, "This endpoint is not available for JWT authentication")
    is_of_clickpipes = "/clickpipes" in path
    if caller.key_id.startswith(VIEWER_PREFIX) and (is_of_clickpipes or method not in _READS):
        raise _forbidden()
    only_reads = caller.is_bearer or caller.key_id.startswith(READER_PREFIX)
    # A query is posted and still reads.
    if only_reads and method not in _READS and not path.startswith(_QUERY_PATH):
        raise _forbidden()


def _unauthorized(reason: str = "") -> ApiError:
    return ApiError(401, f"UNAUTHORIZED{reason}")


def _forbidden() -> ApiError:
    return ApiError(403, f"FORBIDDEN: missing permission {PERMISSION}")
