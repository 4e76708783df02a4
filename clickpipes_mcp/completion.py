"""Completes the names a person types: sources, services, pipes, rules."""

from collections.abc import Awaitable, Callable, Iterable, Mapping

from mcp_types import (
    Completion,
    CompletionArgument,
    CompletionContext,
    PromptReference,
    ResourceTemplateReference,
)

from clickpipes_mcp.app import App
from clickpipes_mcp.errors import ClickPipesError
from clickpipes_mcp.guides import PAGES
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.resources import GUIDE_URI, PIPE_URI, RULE_URI, rule_ids
from clickpipes_mcp.sources import SOURCES

MOST_VALUES = 100
"""The protocol's limit of one answer."""

MOST_SERVICES = 5
"""Services whose pipes are looked at: every one of them is a request."""


class Completer:
    """Answers what a name may become, for prompts and for addresses of pages."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._by_argument: Mapping[str, Callable[[], Awaitable[Iterable[str]]]] = {
            "source": self._sources,
            "service": self._services,
            "clickpipe": self._pipe_names,
        }
        self._by_address: Mapping[str, Callable[[], Awaitable[Iterable[str]]]] = {
            GUIDE_URI: self._guides,
            PIPE_URI: self._pipe_ids,
            RULE_URI: self._rules,
        }

    async def complete(
        self,
        ref: PromptReference | ResourceTemplateReference,
        argument: CompletionArgument,
        _context: CompletionContext | None,
    ) -> Completion | None:
        """The candidates that begin with what was typed; none when they cannot be looked up."""
        find = self._by_argument.get(argument.name)
        if isinstance(ref, ResourceTemplateReference):
            find = self._by_address.get(str(ref.uri), find)
        if find is None:
            return None
        typed = argument.value.casefold()
        try:
            known = await find()
        except ClickPipesError:
            return None
        found = sorted({name for name in known if name.casefold().startswith(typed)})
        shown = found[:MOST_VALUES]
        return Completion(values=shown, total=len(found), has_more=len(found) > len(shown))

    async def _sources(self) -> Iterable[str]:
        return [spec.key for spec in SOURCES]

    async def _guides(self) -> Iterable[str]:
        return [*(spec.key for spec in SOURCES), *PAGES]

    async def _services(self) -> Iterable[str]:
        return [clean(service.name, limit=120) for service in await self._app.client.services()]

    async def _pipe_names(self) -> Iterable[str]:
        return [clean(name, limit=120) for name, _ in await self._pipes()]

    async def _pipe_ids(self) -> Iterable[str]:
        return [pipe for _, pipe in await self._pipes()]

    async def _rules(self) -> Iterable[str]:
        return rule_ids()

    async def _pipes(self) -> list[tuple[str, str]]:
        client, pinned = self._app.client, self._app.settings.service_id
        services = [pinned] if pinned else [one.id for one in await client.services()]
        return [
            (pipe.name, pipe.id)
            for service in services[:MOST_SERVICES]
            for pipe in await client.pipes(service)
        ]
