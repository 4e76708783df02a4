"""On whose behalf a call is made."""

from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import principal_components

from clickpipes_mcp.asked_secrets import LOCAL
from clickpipes_mcp.scopes import level_of
from clickpipes_mcp.settings import Level

__all__ = ["LOCAL", "level_of_caller", "principal"]


def principal() -> str:
    """Who the bearer token of the present request belongs to."""
    token = get_access_token()
    if token is None:
        return LOCAL
    return " ".join(filter(None, principal_components(token)))


def level_of_caller() -> Level | None:
    """The most that the token of the present request lets it do; None where there is no token."""
    token = get_access_token()
    return None if token is None else level_of(token.scopes) or "read"
