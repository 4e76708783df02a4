"""The page on which a person gives the secrets of a call, which no client and no assistant sees."""

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from clickpipes_mcp.asked_secrets import FormStanding, SecretForm
from clickpipes_mcp.consent import Desk
from clickpipes_mcp.pages.approval import wants_json
from clickpipes_mcp.pages.guards import PageGuard, PageRefused
from clickpipes_mcp.pages.rendering import HEADERS, STORE_LOST, render, render_ending, tell_end
from clickpipes_mcp.store import StoreUnavailable

PATH: Final = "/secrets"
_NO_TEXT: Final = "is not text in UTF-8"
_FOR_A_BROWSER: Final = {
    "ending": "over",
    "title": "This link is for a browser",
    "told": "It is a form for secrets, and no terminal asks for these. Nothing was kept.",
    "code": "",
}
_ENDINGS: Final[Mapping[FormStanding, tuple[int, str, str]]] = {
    FormStanding.GIVEN: (
        409,
        "This was already answered",
        "You gave what was asked for. This page cannot be used again.",
    ),
    FormStanding.DECLINED: (
        409,
        "This was already answered",
        "You gave nothing. This page cannot be used again.",
    ),
    FormStanding.EXPIRED: (
        410,
        "This form has expired",
        "A form is open for ten minutes. Nothing was kept. Ask your assistant to try again.",
    ),
    FormStanding.UNKNOWN: (
        404,
        "There is no such form here",
        (
            "The link is incomplete, the form is over, or another replica of this server asked. "
            "Nothing was kept. Ask your assistant to try again."
        ),
    ),
}


def secret_routes(desk: Desk, guard: PageGuard, below: str = "") -> list[BaseRoute]:
    """The routes of the forms for secrets."""
    page = _SecretPage(desk, guard)
    return [Route(f"{below}{PATH}/{{form_id}}", page.answer, methods=["GET", "POST"])]


class _SecretPage:
    def __init__(self, desk: Desk, guard: PageGuard) -> None:
        self._desk = desk
        self._forms = desk.forms
        self._guard = guard

    async def answer(self, request: Request) -> Response:
        try:
            self._guard.check_host(request)
            if wants_json(request):
                return JSONResponse(_FOR_A_BROWSER, 406, HEADERS)
            form_id = request.path_params["form_id"]
            form, standing = await self._forms.find(form_id)
            if form is None or standing is not FormStanding.OPEN:
                return render_ending(*_ENDINGS[standing])
            if request.method == "POST":
                return await self._take(form, await self._guard.read_upload(request, form_id))
            return await self._show(form, {})
        except PageRefused as refused:
            return render_ending(refused.status, "This was refused", refused.reason)
        except StoreUnavailable:
            return render_ending(503, *STORE_LOST)

    async def _take(self, form: SecretForm, given: Mapping[str, bytes]) -> Response:
        decision = given.get("decision", b"")
        if decision == b"decline":
            if not await self._forms.decline(form):
                return await self._over(form)
            told = "Nothing was kept. The assistant is told that you gave nothing."
            return render_ending(200, "You gave nothing", told, kind="declined")
        if decision != b"give":
            return await self._show(form, {"decision": "Choose one of the two."})
        values, flaws = _read(form, given)
        if flaws:
            return await self._show(form, flaws)
        kept = [
            wanted.label
            for index, wanted in enumerate(form.secrets)
            if f"secret-{index}-keep" in given
        ]
        done = await self._forms.give(form, values, kept)
        if done is None:
            return await self._over(form)
        told = "The assistant goes on as soon as it repeats the call. Tell it to continue."
        return render_ending(200, "Thank you", " ".join((*done, told)), kind="agreed")

    async def _over(self, form: SecretForm) -> Response:
        return render_ending(*_ENDINGS[(await self._forms.find(form.id))[1]])

    async def _show(self, form: SecretForm, flaws: Mapping[str, str]) -> Response:
        """The empty form: what was given and refused is not sent back."""
        return render(
            "secrets.html",
            422 if flaws else 200,
            script="secrets.js",
            title="Secrets for a call",
            purpose=form.purpose,
            documentation=form.documentation,
            hints=form.hints,
            secrets=form.secrets,
            asked_by=form.whose,
            can_keep=await self._forms.can_keep(form),
            expires=tell_end(form.expires_at, self._desk.minutes_left(form)),
            flaws=dict(flaws),
            form_token=self._guard.form_token(form.id),
        )


def _read(form: SecretForm, given: Mapping[str, bytes]) -> tuple[dict[str, str], dict[str, str]]:
    """What was given by label, and what is wrong with it by its place in the form."""
    values: dict[str, str] = {}
    flaws: dict[str, str] = {}
    for index, wanted in enumerate(form.secrets):
        place = f"secret-{index}"
        try:
            content = given.get(f"{place}-file") or given.get(place, b"")
            value = content.decode("utf-8-sig").replace("\r\n", "\n").removesuffix("\n")
            flaw = wanted.flaw_in(value)
        except UnicodeDecodeError:
            value, flaw = "", _NO_TEXT
        values[wanted.label] = value
        if flaw:
            flaws[place] = f"{wanted.label}: What you gave {flaw}."
    return values, flaws
