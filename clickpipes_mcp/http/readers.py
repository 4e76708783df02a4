"""What the pages of pipes show: the answers of reading tools, called as an assistant calls them."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

import anyio

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.errors import CallerError, UnknownPipe
from clickpipes_mcp.http.looks import Answers, Content, Look, Unread
from clickpipes_mcp.tools.views import rows_shown

LIST: Final = "list_clickpipes"
METRICS: Final = "get_clickpipe_metrics"
PIPE: Final = "get_clickpipe"
DIAGNOSIS: Final = "diagnose_clickpipe"

Ask: TypeAlias = Callable[[str, Mapping[str, object]], Awaitable[Content]]
"""Calls a reading tool; its structured content. Raises Unread."""

Figures: TypeAlias = Callable[[Content, Mapping[str, object]], Content]
"""What is drawn beside what a call with these arguments answered."""

_PAGE: Final = 50
_REST_S: Final = 0.02
"""For each pipe of a fleet: its readings take a tenth of that of the processor."""

_ABSENT: Final = {
    "code": UnknownPipe.code,
    "problem": "No service has a ClickPipe of that id.",
    "fix": "It may have been deleted: look at all ClickPipes.",
}
_DIAGNOSED_EVERY: Final = timedelta(seconds=60)
_OF_A_DIAGNOSIS: Final = 8
"""The most requests that one takes, its second sample of the metrics included."""


@dataclass
class FleetReader:
    """All pipes of a connection, and the readings of those of each service with most trouble."""

    ask: Ask
    chosen: Mapping[str, object]
    offered: Callable[[str], bool]
    figures: Figures
    _matching: int = 0

    async def read(self, _: Look) -> Answers:
        """The list, whole in one answer, and a page of metrics for each service.

        Raises:
            Unread: The list could not be read.
        """
        # Asked for at one moment, all pages of the list are one request.
        pages = await self._pages(range(0, max(self._matching, 1), _PAGE))
        first, rounds = pages[0], 1
        total = _number(first.get("matching"))
        if total > len(pages) * _PAGE:
            pages += await self._pages(range(len(pages) * _PAGE, total, _PAGE))
            rounds = 2
        self._matching = total
        pipes = [one for page in pages for one in rows(page, "clickpipes")]
        summary = str(first.get("summary", "")).replace(rows_shown(0, _PAGE, total), "")
        listed = {**first, "summary": summary, "clickpipes": pipes}
        listed.pop("next_actions", None)  # the next page is here
        services = [one["id"] for one in rows(first, "services") if one["clickpipes"]]
        many = len(rows(first, "services")) or 1
        metrics: dict[str, Content] = {}
        if self.offered(METRICS) and total:
            named = [{"service": one} for one in services] or [{}]
            told = await _at_once(self._metrics(one) for one in named)
            metrics = {str(one.get("service", "")): it for one, it in zip(named, told, strict=True)}
        requests = rounds * (1 + many) + len(metrics)
        figures = self.figures(listed, self.chosen)
        return Answers({LIST: listed, METRICS: metrics}, requests, total * _REST_S, figures)

    async def _pages(self, starts: Iterable[int]) -> list[Content]:
        return await _at_once(
            self.ask(LIST, {**self.chosen, "limit": _PAGE, "offset": start}) for start in starts
        )

    async def _metrics(self, service: Mapping[str, object]) -> Content:
        """The readings, or why there are none: the list is whole without them."""
        try:
            return await self.ask(METRICS, {**self.chosen, **service, "limit": _PAGE})
        except Unread as unread:
            return unread.content


@dataclass
class PipeReader:
    """One pipe: how it is, its readings, and once a minute what is wrong with it."""

    ask: Ask
    asked: Mapping[str, object]
    offered: Callable[[str], bool]
    clock: Clock
    fleet: FleetReader
    _service: Mapping[str, object] = field(default_factory=dict)
    _diagnosed: tuple[datetime, object, Content] | None = None

    async def read(self, last: Look) -> Answers:
        """The pipe and what is known beside it; the first look is quick, and has no diagnosis.

        Raises:
            Unread: The pipe could not be read.
        """
        pipe, requests = await self._found()
        answers: dict[str, Content] = {PIPE: pipe}
        if self.offered(METRICS):
            answers[METRICS] = await self._beside(METRICS)
        if self.offered(DIAGNOSIS) and last.answers is not None and self._is_due(pipe):
            told = await self._beside(DIAGNOSIS)
            self._diagnosed = self.clock.now(), pipe.get("state"), told
            requests += _OF_A_DIAGNOSIS
        if self._diagnosed is not None:
            answers[DIAGNOSIS] = self._diagnosed[2]
        figures = self.fleet.figures(pipe, self.asked)
        return Answers(answers, requests, figures=figures)

    async def _found(self) -> tuple[Content, int]:
        """The pipe, and how many requests it takes with its readings; its service is looked for."""
        try:
            return await self._asked(PIPE), 3
        except Unread as unread:
            if self._service or unread.content.get("code") != CallerError.code:
                raise
        every = await self.fleet.read(Look())
        for one in rows(every.of[LIST], "clickpipes"):
            if one["id"] == self.asked["clickpipe"]:
                services = services_of(every.of[LIST], one)
                return await self._in_one_of(services), 3 + every.requests + len(services)
        raise Unread(_ABSENT)

    async def _in_one_of(self, services: Iterable[str]) -> Content:
        """The pipe in the service that has it, of those that share a name."""
        for service in services:
            try:
                found = await self.ask(PIPE, {**self.asked, "service": service})
            except Unread as unread:
                if unread.content.get("code") != UnknownPipe.code:
                    raise
            else:
                self._service = {"service": service}
                return found
        raise Unread(_ABSENT)

    async def _asked(self, tool: str) -> Content:
        return await self.ask(tool, {**self.asked, **self._service})

    def _is_due(self, pipe: Content) -> bool:
        if self._diagnosed is None:
            return True
        at, state, _ = self._diagnosed
        return state != pipe.get("state") or self.clock.now() - at >= _DIAGNOSED_EVERY

    async def _beside(self, tool: str) -> Content:
        try:
            return await self._asked(tool)
        except Unread as unread:
            return unread.content


async def _at_once(calls: Iterable[Awaitable[Content]]) -> list[Content]:
    """The answers to all calls, in their order; the first failure ends them all."""
    waiting = list(calls)
    found: list[Content] = [{}] * len(waiting)
    failed: list[Unread] = []

    async def wait(number: int, call: Awaitable[Content]) -> None:
        try:
            found[number] = await call
        except Unread as unread:
            failed.append(unread)

    async with anyio.create_task_group() as tasks:
        for number, call in enumerate(waiting):
            tasks.start_soon(wait, number, call)
    if failed:
        raise failed[0]
    return found


def rows(content: Content, key: str) -> list[dict[str, Any]]:
    """The rows of an answer under that key; none where there are none."""
    found = content.get(key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def services_of(listed: Content, pipe: Mapping[str, object]) -> list[str]:
    """The ids of the services that have the name of that of a listed pipe."""
    return [
        str(one["id"]) for one in rows(listed, "services") if one["service"] == pipe.get("service")
    ]


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
