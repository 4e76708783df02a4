"""The pages on which people watch their pipes; they read, and change nothing."""

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final
from urllib.parse import quote, urlencode

import anyio
from mcp.server.auth.middleware.auth_context import auth_context_var
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.cloud import Patience, listening
from clickpipes_mcp.errors import UnknownPipe
from clickpipes_mcp.field_types import is_uuid
from clickpipes_mcp.http.event_stream import EventStream
from clickpipes_mcp.http.looks import Content, Look, Subject, Subjects, Unread
from clickpipes_mcp.http.page_content import (
    fallback_facts,
    fallback_rows,
    fleet_content,
    pipe_content,
)
from clickpipes_mcp.http.readers import (
    DIAGNOSIS,
    LIST,
    PIPE,
    FleetReader,
    PipeReader,
    rows,
    services_of,
)
from clickpipes_mcp.http.visitors import SIGN_OUT
from clickpipes_mcp.offering import CONNECTION
from clickpipes_mcp.pages import PageGuard, PageRefused
from clickpipes_mcp.pages.approval import wants_json
from clickpipes_mcp.pages.rendering import HEADERS, render_ending, render_live
from clickpipes_mcp.server import ClickPipesServer

FLEET: Final = "/fleet"
PIPES: Final = "/pipes"
_FIRST_LOOK_S: Final = 10.0
"""How long a page waits for the first look; then it is shown without."""

_PIPE: Final = "pipe"
_MOST_STREAMS: Final = 100
_OWN: Final = (None, "none", "same-origin")


@dataclass(frozen=True)
class _Shown:
    """One page: what is looked at, which panel draws it, and where its addresses lead.

    `events` is where what comes next is asked for, `top` the way from the page to `/`.
    """

    subject: Subject
    view: str
    content: Callable[[Look], Content]
    title: str
    events: str
    top: str
    chosen: Mapping[str, str]

    def told(self, look: Look) -> str:
        """What the script of the page draws of a look, as JSON."""
        facts = {
            "version": look.version,
            "content": self.content(look),
            "figures": look.figures,
            "links": self._links(look),
        }
        return json.dumps(facts, separators=(",", ":"))

    def page(self, look: Look, **facts: object) -> Response:
        content, figures = self.content(look), look.figures
        return render_live(
            "live.html",
            _status(look),
            title=self.title,
            view=self.view,
            events=f"{self.events}{_query(self.chosen)}",
            back=f"{self.top}fleet{_query(self._of_all)}" if self.view == _PIPE else "",
            top=self.top,
            content=content,
            links=self._links(look),
            pipes=fallback_rows(content, figures),
            rest=fallback_facts(content, figures),
            look=self.told(look),
            **facts,
        )

    @property
    def _of_all(self) -> Mapping[str, str]:
        return {key: value for key, value in self.chosen.items() if key == CONNECTION}

    def _links(self, look: Look) -> Mapping[str, str]:
        """The address of each pipe that is listed, by its id."""
        listed = look.of.get(LIST, {})
        return {
            str(one["id"]): f"pipes/{quote(str(one['id']), safe='')}"
            + _query({**self.chosen, **_known_service(services_of(listed, one))})
            for one in rows(listed, "clickpipes")
        }


class LivePages:
    """The pages of one server; `signs_in` says that people sign in to look."""

    def __init__(
        self, server: ClickPipesServer, guard: PageGuard, clock: Clock, *, signs_in: bool
    ) -> None:
        self._server = server
        self._guard = guard
        self._clock = clock
        self._signs_in = signs_in
        self._subjects = Subjects(clock)
        self._streams = 0

    def routes(self) -> list[BaseRoute]:
        """Each page, and below it what comes next there."""
        return [
            Route(FLEET, self._page),
            Route(f"{FLEET}/events", self._events),
            Route(f"{PIPES}/{{pipe}}", self._page),
            Route(f"{PIPES}/{{pipe}}/events", self._events),
        ]

    async def _page(self, request: Request) -> Response:
        try:
            shown = self._shown(request)
        except PageRefused as refused:
            return render_ending(refused.status, "This page cannot be shown", refused.reason)
        look = Look()
        with anyio.move_on_after(_FIRST_LOOK_S):
            look = await shown.subject.now()
        if wants_json(request):
            answers = {"answers": look.of, "figures": look.figures, "trouble": look.trouble}
            text = json.dumps(answers, ensure_ascii=False)
            return Response(text, headers=dict(HEADERS), media_type="application/json")
        return shown.page(
            look,
            connections=sorted(self._server.connections),
            chosen=shown.chosen.get(CONNECTION),
            form_token=self._guard.form_token(SIGN_OUT) if self._signs_in else "",
        )

    async def _events(self, request: Request) -> Response:
        try:
            shown = self._shown(request)
            self._check_room()
        except PageRefused as refused:
            return render_ending(refused.status, "This page cannot be shown", refused.reason)
        seen = request.headers.get("last-event-id") or request.query_params.get("after", "")
        return EventStream(self._follow(shown, int(seen) if seen.isdecimal() else 0))

    def _check_room(self) -> None:
        if self._streams >= _MOST_STREAMS:
            raise PageRefused(503, "So many people watch that there is no room for more.")

    async def _follow(self, shown: _Shown, version: int) -> AsyncIterator[tuple[int, str]]:
        self._streams += 1
        try:
            while True:
                look = await shown.subject.after(version)
                # After a restart the versions begin anew.
                version = look.version
                yield version, shown.told(look)
        finally:
            self._streams -= 1

    def _shown(self, request: Request) -> _Shown:
        """The page that a request means.

        Raises:
            PageRefused: There is none, or another site asks.
        """
        self._guard.check_host(request)
        is_visit = request.headers.get("sec-fetch-dest") == "document"
        if request.headers.get("sec-fetch-site") not in _OWN and not is_visit:
            raise PageRefused(403, "Another site asks for this page.")
        named = request.query_params.get(CONNECTION)
        if named is not None and named not in self._server.connections:
            raise PageRefused(404, "There is no such connection.")
        chosen = {} if named is None else {CONNECTION: named}
        pipe = request.path_params.get("pipe")
        if pipe is None:
            return self._fleet(chosen)
        service = request.query_params.get("service")
        if not is_uuid(pipe) or not (service is None or is_uuid(service)):
            raise PageRefused(404, "There is no such ClickPipe: its address ends with its id.")
        if service is not None:
            chosen["service"] = service
        return self._pipe(str(pipe).lower(), chosen)

    def _fleet(self, chosen: Mapping[str, str]) -> _Shown:
        if not self._server.reads(LIST):
            raise PageRefused(404, f"This server does not offer {LIST}.")
        reader = FleetReader(self._ask, chosen, self._server.reads, self._server.figures)
        subject = self._subjects.of(f"fleet {chosen.get(CONNECTION)}", reader.read)
        return _Shown(subject, "fleet", fleet_content, "ClickPipes", "fleet/events", "", chosen)

    def _pipe(self, pipe: str, chosen: Mapping[str, str]) -> _Shown:
        if not self._server.reads(PIPE):
            raise PageRefused(404, f"This server does not offer {PIPE}.")
        asked = {**chosen, "clickpipe": pipe}
        every = {key: value for key, value in chosen.items() if key == CONNECTION}
        fleet = FleetReader(self._ask, every, lambda _: False, self._server.figures)
        reader = PipeReader(self._ask, asked, self._server.reads, self._clock, fleet)
        subject = self._subjects.of(f"{pipe} {sorted(chosen.items())}", reader.read)
        events = f"{pipe}/events"
        content = partial(pipe_content, is_diagnosed=self._server.reads(DIAGNOSIS))
        return _Shown(subject, _PIPE, content, "A ClickPipe", events, "../", chosen)

    async def _ask(self, tool: str, arguments: Mapping[str, object]) -> Content:
        """The structured content of a tool's answer.

        Whoever came first reads for all, and so for nobody: assistants go before.

        Raises:
            Unread: The call failed.
        """
        nobody = auth_context_var.set(None)
        try:
            with listening(Patience(gives_way=True)):
                result = await self._server.read(tool, arguments)
        finally:
            auth_context_var.reset(nobody)
        content = result.structured_content or {}
        if result.is_error:
            raise Unread(content)
        return content


def _known_service(services: Sequence[str]) -> dict[str, str]:
    """The one service it can be; of several that share a name the page finds out which."""
    return {"service": services[0]} if len(services) == 1 else {}


def _query(chosen: Mapping[str, str]) -> str:
    return f"?{urlencode(chosen)}" if chosen else ""


def _status(look: Look) -> int:
    if look.answers is not None or look.trouble is None:
        return 200
    return 404 if look.trouble.get("code") == UnknownPipe.code else 503
