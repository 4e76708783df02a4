"""Pages a client can read: guides of sources, pipes, and the rules behind findings.

What writes them is imported when one is read: start-up time.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError
from mcp.server.mcpserver.resources import FunctionResource, ResourceTemplate
from mcp.server.mcpserver.resources.templates import DEFAULT_RESOURCE_SECURITY
from mcp.shared.uri_template import UriTemplate

from clickpipes_mcp.app import App, Apps
from clickpipes_mcp.code import FORMATS
from clickpipes_mcp.errors import ClickPipesError
from clickpipes_mcp.guides import PAGES, page
from clickpipes_mcp.sources import SOURCE_KEYS, SOURCE_TITLES, source_called
from clickpipes_mcp.tools.views import error_text

GUIDE_URI = "clickpipes://guide/{source}"
PIPE_URI = "clickpipes://pipe/{id}"
RULE_URI = "clickpipes://rules/{id}"
EXPORT_URI = "clickpipes://pipe/{id}/export/{format}"
MARKDOWN = "text/markdown"


@dataclass(frozen=True)
class Page:
    """A kind of page: its address, and what writes it."""

    uri: str
    name: str
    title: str
    description: str
    read: Callable[..., Awaitable[str]]

    def resource(self) -> FunctionResource:
        """The page under the one address it has."""
        return FunctionResource(
            uri=self.uri,
            name=self.name,
            title=self.title,
            description=self.description,
            mime_type=MARKDOWN,
            fn=self.read,
        )

    def template(self) -> ResourceTemplate:
        """The pages under all addresses of the form; what stands in them is text."""
        return ResourceTemplate(
            uri_template=self.uri,
            name=self.name,
            title=self.title,
            description=self.description,
            mime_type=MARKDOWN,
            fn=self.read,
            parameters={},
            context_kwarg=None,
            parsed_template=UriTemplate.parse(self.uri),
            security=DEFAULT_RESOURCE_SECURITY,
        )


class Pages:
    """Writes the pages of one server."""

    def __init__(self, apps: Apps) -> None:
        self._apps = apps

    def all(self) -> tuple[Page, ...]:
        """Every kind of page."""
        return (
            Page(
                GUIDE_URI,
                "guide",
                "Guide of a source",
                "How to prepare a kind of source, and its pitfalls. The guide named safety tells "
                "what each tool may lose, and when a person is asked.",
                self.guide,
            ),
            Page(PIPE_URI, "pipe", "ClickPipe", "A ClickPipe as it is now, by id.", self.pipe),
            Page(
                EXPORT_URI,
                "export",
                "ClickPipe as code",
                f"A ClickPipe written down as one of: {', '.join(FORMATS)}.",
                self.export,
            ),
            Page(
                RULE_URI,
                "rule",
                "Rule",
                "A cause that diagnosis knows, or a rule that arguments are checked by.",
                self.rule,
            ),
        )

    def guides(self) -> Iterator[Page]:
        """Every guide under an address of its own: what a client lists."""
        for key, title in SOURCE_TITLES.items():
            told = f"How to prepare {title} for a ClickPipe, and its pitfalls."
            yield self._guide_page(key, f"Guide of {title}", told)
        for name, told in PAGES.items():
            yield self._guide_page(name, f"Guide: {name}", told)

    def _guide_page(self, name: str, title: str, description: str) -> Page:
        async def read() -> str:
            return await self.guide(name)

        return Page(GUIDE_URI.format(source=name), name, title, description, read)

    async def guide(self, source: str) -> str:
        """The whole guide of a source, or of what is common to all."""
        if source in PAGES:
            return page(source)
        spec = source_called(source)
        if spec is None:
            known = ", ".join((*SOURCE_KEYS, *PAGES))
            raise ResourceNotFoundError(f"There is no such guide. Guides: {known}.")
        from clickpipes_mcp.tools.page_texts import guide_of

        return guide_of(spec)

    async def pipe(self, id: str) -> str:  # noqa: A002 # the name in the address
        """A pipe, whichever of the services it is in, through whichever connection."""
        from clickpipes_mcp.tools.page_texts import pipe_as_it_is

        return await self._through_any(lambda app: pipe_as_it_is(app, id))

    async def _through_any(self, look: Callable[[App], Awaitable[str | None]]) -> str:
        """What the first connection answers that has the pipe; one that fails hides no other."""
        failure: ResourceError | None = None
        for app in self._apps.all:
            try:
                found = await look(app)
            except ClickPipesError as error:
                failure = failure or ResourceError(error_text(error, app.settings.where))
                continue
            if found is not None:
                return found
        raise failure or ResourceNotFoundError("No ClickPipe has that id.")

    async def export(self, id: str, format: str) -> str:  # noqa: A002 # the names in the address
        """A pipe written down as code."""
        from clickpipes_mcp.tools.page_texts import pipe_as_code

        if format not in FORMATS:
            raise ResourceNotFoundError(f"There is no such format. Formats: {', '.join(FORMATS)}.")
        return await self._through_any(lambda app: pipe_as_code(app, id, format))

    async def rule(self, id: str) -> str:  # noqa: A002 # the name in the address
        """What is behind a finding or a refusal."""
        from clickpipes_mcp.tools.page_texts import rule_told

        told = rule_told(id)
        if told is None:
            raise ResourceNotFoundError("There is no rule of that id.")
        return told
