"""Pages a client can read: guides of sources, pipes, and the rules behind findings."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError
from mcp.server.mcpserver.resources import FunctionResource, ResourceTemplate
from mcp.server.mcpserver.resources.templates import DEFAULT_RESOURCE_SECURITY
from mcp.shared.uri_template import UriTemplate

from clickpipes_mcp.app import App, Apps
from clickpipes_mcp.code.targets import TARGETS
from clickpipes_mcp.contract import SourceSpec
from clickpipes_mcp.diagnosis import ADVICE, RULES, Advice, Rule
from clickpipes_mcp.errors import ClickPipesError
from clickpipes_mcp.guides import PAGES, page
from clickpipes_mcp.rules_page import Entry, entries
from clickpipes_mcp.sources import SOURCES, source_called
from clickpipes_mcp.tools.code.export import write_pipe
from clickpipes_mcp.tools.insight.guide import section, topics_of
from clickpipes_mcp.tools.pipes.inventory import describe, find_by_id
from clickpipes_mcp.tools.views import error_text, text

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
                f"A ClickPipe written down as one of: {', '.join(one.name for one in TARGETS)}.",
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
        for spec in SOURCES:
            told = f"How to prepare {spec.title} for a ClickPipe, and its pitfalls."
            yield self._guide_page(spec.key, f"Guide of {spec.title}", told)
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
            known = ", ".join((*(spec.key for spec in SOURCES), *PAGES))
            raise ResourceNotFoundError(f"There is no such guide. Guides: {known}.")
        return guide_of(spec)

    async def pipe(self, id: str) -> str:  # noqa: A002 # the name in the address
        """A pipe, whichever of the services it is in, through whichever connection."""

        async def described(app: App) -> str | None:
            view = await describe(app, id)
            label = {"environment": app.settings.where}
            return None if view is None else text(view.model_copy(update=label))

        return await self._through_any(described)

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
        if format not in {one.name for one in TARGETS}:
            known = ", ".join(one.name for one in TARGETS)
            raise ResourceNotFoundError(f"There is no such format. Formats: {known}.")

        async def written(app: App) -> str | None:
            pipe = await find_by_id(app, id)
            return None if pipe is None else (await write_pipe(app, pipe, format)).text

        return await self._through_any(written)

    async def rule(self, id: str) -> str:  # noqa: A002 # the name in the address
        """What is behind a finding or a refusal."""
        known: tuple[Rule | Advice, ...] = (*RULES, *ADVICE)
        told = next((entry for entry in known if entry.id == id), None)
        if told is not None:
            return "\n".join(_entry_lines(told))
        found = [entry for entry in entries() if entry.rule.id == id]
        if not found:
            raise ResourceNotFoundError("There is no rule of that id.")
        return "\n".join((f"# {id}", *(line for one in found for line in _rule_lines(one))))


def guide_of(spec: SourceSpec) -> str:
    """The whole guide of a source."""
    parts = (f"## {topic}\n{section(spec, topic)}" for topic in topics_of(spec))
    return "\n\n".join((f"# {spec.title}", *parts, spec.documentation))


def rule_ids() -> Iterator[str]:
    """The ids of everything that has a page of its own under `clickpipes://rules/`."""
    yield from dict.fromkeys(
        (*(entry.id for entry in (*RULES, *ADVICE)), *(entry.rule.id for entry in entries()))
    )


def _rule_lines(entry: Entry) -> Iterator[str]:
    places = "; ".join(
        f"{operation} ({', '.join(titles)})" for operation, titles in entry.holds_for.items()
    )
    does = "is refused" if entry.rule.effect == "refuse" else "is sent with a warning"
    yield entry.rule.summary
    yield f"It is checked on: {places}. A call that breaks it {does}."
    yield entry.rule.documentation


def _entry_lines(entry: Rule | Advice) -> Iterator[str]:
    yield f"# {entry.id}"
    yield f"{entry.title}. {entry.cause}"
    for step in entry.fix:
        yield f"- {step.kind.value}: {step.text}" + (f" `{step.code}`" if step.code else "")
    yield entry.documentation
