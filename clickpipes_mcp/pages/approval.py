"""The page on which a person agrees to what would be lost, or declines."""

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from clickpipes_mcp.consent import (
    Desk,
    Operation,
    PendingQuestion,
    Standing,
    flaw_in,
    mixed_letters,
)
from clickpipes_mcp.pages.guards import PageGuard, PageRefused
from clickpipes_mcp.pages.rendering import HEADERS, STORE_LOST, render, render_ending, tell_end
from clickpipes_mcp.store import StoreUnavailable

PATH: Final = "/approve"
BUTTONS: Final[Mapping[Operation, tuple[str, str]]] = {
    Operation.DELETE: ("Delete it", "Keep it"),
    Operation.STOP: ("Stop it", "Leave it running"),
    Operation.RESYNC: ("Resync it", "Leave it as it is"),
    Operation.REMOVE_TABLES: ("Remove the tables", "Keep the tables"),
    Operation.CHANGE: ("Change it", "Leave it as it is"),
    Operation.PAUSE_AND_CHANGE: ("Make the change", "Leave it as it is"),
    Operation.REMOVE_TABLES_AND_CHANGE: ("Remove the tables and change it", "Leave it as it is"),
    Operation.RAISE_COSTS: ("Raise the costs", "Leave them as they are"),
    Operation.REPLACE_CREDENTIALS: ("Replace the credentials", "Keep the present ones"),
    Operation.REDIRECT: ("Redirect it", "Leave it as it is"),
    Operation.DELETE_AND_REDIRECT: ("Delete and redirect", "Leave it as it is"),
    Operation.SEND: ("Send it", "Do not send it"),
}
"""What agrees and what declines, in words that need no question before them."""

_ENDINGS: Final[Mapping[Standing, tuple[int, str, str]]] = {
    Standing.AGREED: (
        409,
        "This was already answered",
        "You agreed. Nothing was done a second time, and this page cannot be used again.",
    ),
    Standing.AGREED_IN_TERMINAL: (
        409,
        "This was already answered",
        "You agreed in a terminal. This page cannot be used again.",
    ),
    Standing.DECLINED: (
        409,
        "This was already answered",
        "You declined. This page cannot be used again.",
    ),
    Standing.DECLINED_IN_TERMINAL: (
        409,
        "This was already answered",
        "You declined in a terminal. This page cannot be used again.",
    ),
    Standing.CHANGED: (
        409,
        "This question is over",
        (
            "Something changed after it was asked, so you are asked anew. Nothing was done. Take "
            "the newest link from the chat."
        ),
    ),
    Standing.EXPIRED: (
        410,
        "This question has expired",
        "A question is open for ten minutes. Nothing was done. Ask your assistant to try again.",
    ),
    Standing.UNKNOWN: (
        404,
        "There is no such question",
        "The link is incomplete, or the question is over. Nothing was done.",
    ),
}


def approval_routes(desk: Desk, guard: PageGuard, below: str = "") -> list[BaseRoute]:
    """The routes of the approval page."""
    page = _ApprovalPage(desk, guard)
    return [Route(f"{below}{PATH}/{{token}}", page.answer, methods=["GET", "POST"])]


class _ApprovalPage:
    def __init__(self, desk: Desk, guard: PageGuard) -> None:
        self._desk = desk
        self._guard = guard

    async def answer(self, request: Request) -> Response:
        try:
            self._guard.check_host(request)
            token = request.path_params["token"]
            question, standing = await self._desk.open(token)
            if question is None or standing is not Standing.OPEN:
                return _ending(request, *_ENDINGS[standing])
            if request.method == "POST":
                fields = await self._guard.read_form(request, token)
                return await self._decide(request, token, question, fields)
            return self._show(request, token, question)
        except PageRefused as refused:
            return _ending(request, refused.status, "This was refused", refused.reason)
        except StoreUnavailable:
            return _ending(request, 503, *STORE_LOST)

    async def _decide(
        self, request: Request, token: str, question: PendingQuestion, fields: Mapping[str, str]
    ) -> Response:
        decision = fields.get("decision")
        if decision == "decline":
            if not await self._desk.decline(question, in_terminal=wants_json(request)):
                return _ending(request, *_ENDINGS[(await self._desk.open(token))[1]])
            told = "Nothing was done. The assistant is told that you declined."
            return _ending(request, 200, "You declined", told, kind="declined")
        if decision != "agree":
            return self._show(request, token, question, {"decision": "Choose one of the two."})
        flaw = flaw_in(fields.get("name", ""), question.name) if question.takes_name else ""
        flaws = {"name": flaw} if flaw else await self._flaws_of_proof(request, question, fields)
        if flaws:
            return self._show(request, token, question, flaws, fields)
        approved = await self._desk.agree(question, in_terminal=wants_json(request))
        if approved is None:
            return _ending(request, *_ENDINGS[(await self._desk.open(token))[1]])
        told = "The assistant goes on as soon as it repeats the call. Tell it to continue."
        return _ending(request, 200, "You agreed", told, kind="agreed", code=approved.code)

    async def _flaws_of_proof(
        self, request: Request, question: PendingQuestion, fields: Mapping[str, str]
    ) -> Mapping[str, str]:
        """Looked at last, because every wrong PIN counts as a try."""
        if self._desk.takes_passkey:
            given, host = fields.get("passkey", ""), request.headers["host"]
            flaw = self._desk.passkey.flaw_in(given, question, host)
            return {"passkey": flaw} if flaw else {}
        if not self._desk.takes_pin:
            return {}
        tried = await self._desk.pin.check(fields.get("pin", ""))
        return {} if tried.is_right else {"pin": tried.problem}

    def _show(
        self,
        request: Request,
        token: str,
        question: PendingQuestion,
        flaws: Mapping[str, str] | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> Response:
        agree, decline = BUTTONS[question.operation]
        facts = {
            "headline": question.headline,
            "about": question.about,
            "details": question.details,
            "lost": question.lost,
            "kept": question.kept,
            "undo": question.undo,
            "name": question.name,
            "noun": question.noun,
            "colour": question.colour,
            "cautions": [one for one in (question.caution, mixed_letters(question.name)) if one],
            "takes_name": question.takes_name,
            "takes_pin": self._desk.takes_pin,
            "takes_passkey": self._desk.takes_passkey,
            "agree": agree,
            "decline": decline,
            "asked_by": question.asked_by,
            "expires": tell_end(question.expires_at, self._desk.minutes_left(question)),
            "flaws": dict(flaws or {}),
            "form_token": self._guard.form_token(token),
        }
        status = 422 if flaws else 200
        if wants_json(request):
            return JSONResponse(facts, status, HEADERS)
        takes_passkey = self._desk.takes_passkey
        return render(
            "approval.html",
            status,
            script="passkey.js" if takes_passkey else "",
            options=self._desk.passkey.request_options(question) if takes_passkey else "",
            title=question.headline,
            typed=(fields or {}).get("name", ""),
            **facts,
        )


def _ending(
    request: Request, status: int, title: str, told: str, *, kind: str = "over", code: str = ""
) -> Response:
    if wants_json(request):
        content = {"ending": kind, "title": title, "told": told, "code": code}
        return JSONResponse(content, status, HEADERS)
    return render_ending(status, title, told, kind=kind, code=code)


def wants_json(request: Request) -> bool:
    """Whether a terminal asks, which shows the same in its own way."""
    return request.headers.get("accept", "") == "application/json"
