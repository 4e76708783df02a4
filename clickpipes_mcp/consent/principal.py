"""On whose behalf a call is made."""

from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import principal_components

from clickpipes_mcp.asked_secrets import LOCAL

__all__ = ["LOCAL", "principal"]


def principal() -> str:
    """Who the bearer token of the present request belongs to."""
    token = get_access_token()
    if token is None:
        return LOCAL
    return " ".join(filter(None, principal_components(token)))
