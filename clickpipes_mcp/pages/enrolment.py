"""The page on which a person makes a passkey.

Asked for in a terminal it is open until the passkey is kept. Below the address of a server it keeps
none: it shows the line that the operator lists, so whoever opens it gains nothing.
"""

import socket
from hashlib import sha256
from secrets import token_bytes, token_urlsafe
from typing import Final

import anyio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from clickpipes_mcp.consent import ENROLMENT, NOT_MADE, RP_ID, Passkey
from clickpipes_mcp.listener import QuietServer
from clickpipes_mcp.pages.guards import PageGuard, PageRefused
from clickpipes_mcp.pages.rendering import render, render_ending

OPEN_FOR_S: Final = 600.0


class Enrolment:
    """One page, for one passkey, on this machine."""

    def __init__(self, passkey: Passkey, listener: socket.socket) -> None:
        self._passkey = passkey
        self._listener = listener
        self._host = f"{RP_ID}:{listener.getsockname()[1]}"
        self._guard = PageGuard([self._host])
        self._token = token_urlsafe(18)
        self._challenge = token_bytes(32)
        self._done = anyio.Event()

    @property
    def link(self) -> str:
        return f"http://{self._host}/enrol/{self._token}"

    async def serve(self, open_for_s: float = OPEN_FOR_S) -> bool:
        """Serve until a passkey was enrolled; False where nobody did in time."""
        import uvicorn  # start-up time

        page = Route(f"/enrol/{self._token}", self._answer, methods=["GET", "POST"])
        app = Starlette(routes=[page])
        config = uvicorn.Config(
            app, log_config=None, log_level="critical", access_log=False, lifespan="off"
        )
        server = QuietServer(config)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(server.serve, [self._listener])
            with anyio.move_on_after(open_for_s):
                await self._done.wait()
            server.should_exit = True
        return self._done.is_set()

    async def _answer(self, request: Request) -> Response:
        try:
            self._guard.check_host(request)
            flaw = ""
            if request.method == "POST":
                fields = await self._guard.read_form(request, self._token)
                credential = fields.get("passkey", "")
                flaw = self._passkey.enrol(credential, self._challenge, self._host)
                if not flaw:
                    self._done.set()
                    told = "From now on it confirms what your assistant wants to do."
                    return render_ending(200, "The passkey is enrolled", told, kind="agreed")
            form_token = self._guard.form_token(self._token)
            return _show(self._passkey, self._challenge, form_token, flaw)
        except PageRefused as refused:
            return render_ending(refused.status, "This was refused", refused.reason)


def enrolment_routes(passkey: Passkey, guard: PageGuard, below: str = "") -> list[BaseRoute]:
    """The route of the page below the address of a server."""
    page = _Registration(passkey, guard)
    return [Route(f"{below}{ENROLMENT}", page.answer, methods=["GET", "POST"])]


class _Registration:
    def __init__(self, passkey: Passkey, guard: PageGuard) -> None:
        self._passkey = passkey
        self._guard = guard
        # Alike at all replicas that share a key, as the token of the form is.
        self._challenge = sha256(guard.form_token(ENROLMENT).encode()).digest()

    async def answer(self, request: Request) -> Response:
        try:
            self._guard.check_host(request)
            line = flaw = ""
            if request.method == "POST":
                fields = await self._guard.read_form(request, ENROLMENT)
                given, host = fields.get("passkey", ""), request.headers["host"]
                line = self._passkey.line_of(given, self._challenge, host)
                flaw = "" if line else NOT_MADE
            form_token = self._guard.form_token(ENROLMENT)
            return _show(self._passkey, self._challenge, form_token, flaw, line)
        except PageRefused as refused:
            return render_ending(refused.status, "This was refused", refused.reason)


def _show(
    passkey: Passkey, challenge: bytes, form_token: str, flaw: str, line: str = ""
) -> Response:
    return render(
        "enrolment.html",
        422 if flaw else 200,
        script="" if line else "passkey.js",
        title="The passkey is made" if line else "Enrol a passkey",
        options=passkey.creation_options(challenge),
        form_token=form_token,
        flaw=flaw,
        line=line,
    )
