"""The page on which a person enrols a passkey: asked for in a terminal, open until it is done."""

import socket
from secrets import token_bytes, token_urlsafe
from typing import Final

import anyio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from clickpipes_mcp.consent import RP_ID, Passkey
from clickpipes_mcp.listener import QuietServer
from clickpipes_mcp.pages.guards import PageGuard, PageRefused
from clickpipes_mcp.pages.rendering import render

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
                flaw = self._passkey.enrol(credential, self._challenge, f"http://{self._host}")
                if not flaw:
                    self._done.set()
                    told = "From now on it confirms what your assistant wants to do."
                    return _ending(200, "The passkey is enrolled", told, kind="agreed")
            return render(
                "enrolment.html",
                422 if flaw else 200,
                script="passkey.js",
                title="Enrol a passkey",
                options=self._passkey.creation_options(self._challenge),
                form_token=self._guard.form_token(self._token),
                flaw=flaw,
            )
        except PageRefused as refused:
            return _ending(refused.status, "This was refused", refused.reason, kind="over")


def _ending(status: int, title: str, told: str, *, kind: str) -> Response:
    return render("ending.html", status, title=title, told=told, kind=kind, code="")
