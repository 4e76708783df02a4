"""Browsers of people who hold a token: they give it once, and get a cookie in its place.

A browser sends no Authorization header of its own accord. The cookie stands for the token under the
addresses of the pages alone, and everything behind them asks for the token as it does of a client.
Both are known to this process and to nobody else; a token that is good no more ends its cookies.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_urlsafe
from typing import Final, Literal, TypedDict

from mcp.server.auth.provider import AccessToken
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request, cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.pages import PageGuard, PageRefused
from clickpipes_mcp.pages.rendering import HEADERS, render, render_ending

COOKIE: Final = "clickpipes-visitor"
SIGN_IN: Final = "/sign-in"
SIGN_OUT: Final = "/sign-out"
LASTS_S: Final = 8 * 3600.0
_MOST: Final = 1000

Verify = Callable[[str], Awaitable[AccessToken | None]]
"""Whose a token is; None where it is nobody's."""


class _Kept(TypedDict):
    secure: bool
    httponly: bool
    samesite: Literal["strict"]


@dataclass
class Visitors:
    """The cookies that are good, each with its token; none is written anywhere."""

    clock: Clock
    verify: Verify
    is_encrypted: bool
    _known: OrderedDict[bytes, tuple[float, str]] = field(default_factory=OrderedDict)

    async def let_in(self, token: str, answer: Response) -> bool:
        """Give the browser a cookie, if the token is good."""
        if await self.verify(token) is None:
            return False
        cookie = token_urlsafe(32)
        self._known[_digest(cookie)] = self.clock.monotonic() + LASTS_S, token
        if len(self._known) > _MOST:
            self._known.popitem(last=False)
        answer.set_cookie(COOKIE, cookie, max_age=int(LASTS_S), **self._kept_from_scripts)
        return True

    def let_go(self, cookie: str, answer: Response) -> None:
        """Forget a cookie."""
        self._known.pop(_digest(cookie), None)
        answer.delete_cookie(COOKIE, **self._kept_from_scripts)

    async def token_of(self, cookie: str) -> str | None:
        """The token that a cookie stands for; None where either is not good."""
        until_s, token = self._known.get(_digest(cookie), (0.0, ""))
        if token and self.clock.monotonic() < until_s and await self.verify(token) is not None:
            return token
        self._known.pop(_digest(cookie), None)
        return None

    @property
    def _kept_from_scripts(self) -> _Kept:
        return {"secure": self.is_encrypted, "httponly": True, "samesite": "strict"}


@dataclass(frozen=True)
class CookieForToken:
    """Puts the token of a browser's cookie in its place under `paths`; others are asked for one."""

    app: ASGIApp
    visitors: Visitors
    paths: tuple[str, ...]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(self.paths):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if "authorization" in headers:
            await self.app(scope, receive, send)
            return
        cookie = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
        token = await self.visitors.token_of(cookie) if cookie else None
        if token is not None:
            scope = {**scope, "headers": list(scope["headers"])}
            MutableHeaders(scope=scope)["authorization"] = f"Bearer {token}"
        elif "text/html" in headers.get("accept", ""):
            upwards = "../" * (scope["path"].count("/") - 1)
            answer = RedirectResponse(f"{upwards or './'}{SIGN_IN[1:]}", 303, HEADERS)
            await answer(scope, receive, send)
            return
        await self.app(scope, receive, send)


def sign_in_routes(visitors: Visitors, guard: PageGuard, home: str) -> list[Route]:
    """The page on which a token is given, and what ends the visit; `home` is shown after that."""

    async def sign_in(request: Request) -> Response:
        flaw = ""
        try:
            guard.check_host(request)
            if request.method == "POST":
                given = (await guard.read_form(request, SIGN_IN)).get("token", "").strip()
                answer = RedirectResponse(f".{home}", 303, HEADERS)
                if await visitors.let_in(given, answer):
                    return answer
                flaw = "This token is not good here. Nothing was kept."
        except PageRefused as refused:
            return render_ending(refused.status, "This was refused", refused.reason)
        return render(
            "sign_in.html",
            422 if flaw else 200,
            title="Sign in",
            flaw=flaw,
            form_token=guard.form_token(SIGN_IN),
        )

    async def sign_out(request: Request) -> Response:
        try:
            await guard.read_form(request, SIGN_OUT)
        except PageRefused as refused:
            return render_ending(refused.status, "This was refused", refused.reason)
        answer = RedirectResponse(f".{SIGN_IN}", 303, HEADERS)
        visitors.let_go(request.cookies.get(COOKIE, ""), answer)
        return answer

    return [
        Route(SIGN_IN, sign_in, methods=["GET", "POST"]),
        Route(SIGN_OUT, sign_out, methods=["POST"]),
    ]


def _digest(cookie: str) -> bytes:
    return sha256(cookie.encode()).digest()
