"""Lets in who holds a good token with a scope that reaches as far as the request.

Who lacks one is told which (RFC 6750, 3.1), and where tokens are to be had (RFC 9728, 5.1): clients
ask the person and come back with a token that holds it.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from clickpipes_mcp.http.peeked_bodies import peek
from clickpipes_mcp.scopes import level_of, scope_of, scopes_up_to
from clickpipes_mcp.settings import LEVELS, Level

_REALM: Final = 'realm="clickpipes-mcp"'


@dataclass(frozen=True)
class ScopeGuard:
    """The application behind the callers' tokens.

    `required` are scopes of the operator's own that every token has to hold, `most` is the highest
    level that any call can reach here, `level_needed` tells that of a tool by its name, and
    `metadata` is the address of what is published of this server, where there is an issuer.
    """

    app: ASGIApp
    required: Sequence[str]
    most: Level
    level_needed: Callable[[str], Level]
    metadata: str | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        user = scope.get("user")
        if not isinstance(user, AuthenticatedUser):
            await self._unknown(scope)(scope, receive, send)
            return
        level = level_of(user.scopes)
        missing = [one for one in self.required if one not in user.scopes]
        if missing or level is None:
            await self._insufficient(missing, "read")(scope, receive, send)
            return
        if scope["method"] == "POST" and LEVELS.index(level) < LEVELS.index(self.most):
            body, receive = await peek(receive)
            wanted = max(map(self.level_needed, _tools_in(body)), key=LEVELS.index, default=level)
            if LEVELS.index(wanted) > LEVELS.index(level):
                await self._insufficient((), wanted)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _unknown(self, scope: Scope) -> JSONResponse:
        """No good token. What is wrong with one is said only of one that was given."""
        is_given = any(name == b"authorization" for name, _ in scope["headers"])
        wanted = " ".join(self.required or scopes_up_to(self.most))
        if not is_given:
            return self._answer(401, None, "A token is wanted.", wanted)
        return self._answer(401, "invalid_token", "The token is not good here.", wanted)

    def _insufficient(self, missing: Sequence[str], level: Level) -> JSONResponse:
        told = f"The token does not hold the scope {' '.join(missing) or scope_of(level)}."
        wanted = " ".join(self.required if missing else (*self.required, *scopes_up_to(level)))
        return self._answer(403, "insufficient_scope", told, wanted)

    def _answer(self, status: int, code: str | None, told: str, scope: str) -> JSONResponse:
        said = [_REALM]
        if code is not None:
            said += [f'error="{code}"', f'error_description="{told}"']
        if self.metadata is not None:
            said += [f'scope="{scope}"', f'resource_metadata="{self.metadata}"']
        content = {"error": code or "unauthorized", "error_description": told}
        headers = {"www-authenticate": f"Bearer {', '.join(said)}"}
        return JSONResponse(content, status, headers)


def _tools_in(body: bytes) -> Iterator[str]:
    """The tools that a request calls; whatever cannot be read is refused further in."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return
    for one in content if isinstance(content, list) else [content]:
        if isinstance(one, dict) and one.get("method") == "tools/call":
            parameters = one.get("params")
            name = parameters.get("name") if isinstance(parameters, dict) else None
            if isinstance(name, str):
                yield name
