"""Completes the names a person types: sources, services, pipes, rules."""

from collections.abc import Awaitable, Callable, Iterable, Mapping

from mcp_types import (
    Completion,
    CompletionArgument,
    CompletionContext,
    PromptReference,
    ResourceTemplateReference,
)

from clickpipes_mcp.app import App, Apps
from clickpipes_mcp.errors import ClickPipesError
from clickpipes_mcp.guides import PAGES
from clickpipes_mcp.offering import CONNECTION
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.resources import GUIDE_URI, PIPE_URI, RULE_URI
from clickpipes_mcp.sources import SOURCES

MOST_VALUES = 100
"""The protocol's limit of one answer."""

MOST_SERVICES = 5
"""Services whose pipes are looked at: every one of them is a request."""


class Completer:
    """Answers what a name may become, for prompts and for addresses of pages."""

    def __init__(self, apps: Apps) -> None:
        self._apps = apps
        self._by_argument: Mapping[str, Callable[[App], Awaitable[Iterable[str]]]] = {
            "source": self._sources,
            "service": self._services,
            "clickpipe": self._pipe_names,
            CONNECTION: self._connections,
        }
        self._by_address: Mapping[str, Callable[[App], Awaitable[Iterable[str]]]] = {
            GUIDE_URI: self._guides,
            PIPE_URI: self._pipe_ids,
            RULE_URI: self._rules,
        }

    async def complete(
        self,
        ref: PromptReference | ResourceTemplateReference,
        argument: CompletionArgument,
        context: CompletionContext | None,
    ) -> Completion | None:
        """The candidates that begin with what was typed; none when they cannot be looked up."""
        find = self._by_argument.get(argument.name)
        if isinstance(ref, ResourceTemplateReference):
            find = self._by_address.get(str(ref.uri), find)
        if find is None:
            return None
        typed = argument.value.casefold()
        chosen = (context.arguments or {}).get(CONNECTION) if context else None
        try:
            known = await find(self._apps.of(chosen or None))
        except ClickPipesError:
            return None
        found = sorted({name for name in known if name.casefold().startswith(typed)})
        shown = found[:MOST_VALUES]
        return Completion(values=shown, total=len(found), has_more=len(found) > len(shown))

    async def _sources(self, _app: App) -> Iterable[str]:
        return [spec.key for spec in SOURCES]

    async def _guides(self, _app: App) -> Iterable[str]:
        return [*(spec.key for spec in SOURCES), *PAGES]

    async def _services(self, app: App) -> Iterable[str]:
        return [clean(service.name, limit=120) for service in await app.client.services()]

    async def _connections(self, _app: App) -> Iterable[str]:
        return self._apps.named

    async def _pipe_names(self, app: App) -> Iterable[str]:
        return [clean(name, limit=120) for name, _ in await self._pipes(app)]

    async def _pipe_ids(self, app: App) -> Iterable[str]:
        return [pipe for _, pipe in await self._pipes(app)]

    async def _rules(self, _app: App) -> Iterable[str]:
        from clickpipes_mcp.tools.page_texts import rule_ids  # start-up time

        return rule_ids()

    async def _pipes(self, app: App) -> list[tuple[str, str]]:
        client, pinned = app.client, app.settings.service_id
        services = [pinned] if pinned else [one.id for one in await client.services()]
        return [
            (pipe.name, pipe.id)
            for service in services[:MOST_SERVICES]
            for pipe in await client.pipes(service)
        ]
