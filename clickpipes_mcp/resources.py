"""Pages a client can read: guides of sources, pipes, and the rules behind findings."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass

from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError

from clickpipes_mcp.app import App
from clickpipes_mcp.contract import Rule as ArgumentRule
from clickpipes_mcp.diagnosis import ADVICE, RULES, Advice, Rule
from clickpipes_mcp.errors import ClickPipesError
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools.insight.guide import section, topics_of
from clickpipes_mcp.tools.pipes.inventory import describe
from clickpipes_mcp.tools.views import error_text, text

GUIDE_URI = "clickpipes://guide/{source}"
PIPE_URI = "clickpipes://pipe/{id}"
RULE_URI = "clickpipes://rules/{id}"


@dataclass(frozen=True)
class Page:
    """A kind of page: its address, and what writes it."""

    uri: str
    name: str
    title: str
    description: str
    read: Callable[..., Awaitable[str]]


class Pages:
    """Writes the pages of one server."""

    def __init__(self, app: App) -> None:
        self._app = app

    def all(self) -> tuple[Page, ...]:
        """Every kind of page."""
        return (
            Page(
                GUIDE_URI,
                "guide",
                "Guide of a source",
                "Prerequisites, addresses, authentication and pitfalls of a kind of source.",
                self.guide,
            ),
            Page(PIPE_URI, "pipe", "ClickPipe", "A ClickPipe as it is now, by id.", self.pipe),
            Page(
                RULE_URI,
                "rule",
                "Rule",
                "A cause that diagnosis knows, or a rule that arguments are checked by.",
                self.rule,
            ),
        )

    async def guide(self, source: str) -> str:
        """The whole guide of a source."""
        spec = next((spec for spec in SOURCES if spec.key == source), None)
        if spec is None:
            known = ", ".join(spec.key for spec in SOURCES)
            raise ResourceNotFoundError(f"There is no guide of that source. Sources: {known}.")
        parts = (f"## {topic}\n{section(spec, topic)}" for topic in topics_of(spec))
        return "\n\n".join((f"# {spec.title}", *parts, spec.documentation))

    async def pipe(self, id: str) -> str:  # noqa: A002 # the name in the address
        """A pipe, whichever of the services it is in."""
        try:
            view = await describe(self._app, id)
        except ClickPipesError as error:
            raise ResourceError(error_text(error, self._app.settings.environment)) from error
        if view is None:
            raise ResourceNotFoundError("No ClickPipe has that id.")
        return text(view.model_copy(update={"environment": self._app.settings.environment}))

    async def rule(self, id: str) -> str:  # noqa: A002 # the name in the address
        """What is behind a finding or a refusal."""
        entries: tuple[Rule | Advice, ...] = (*RULES, *ADVICE)
        entry = next((entry for entry in entries if entry.id == id), None)
        if entry is not None:
            return "\n".join(_entry_lines(entry))
        rule = argument_rules().get(id)
        if rule is None:
            raise ResourceNotFoundError("There is no rule of that id.")
        return f"# {rule.id}\n{rule.summary} (it {rule.effect}s)\n{rule.documentation}"


def argument_rules() -> Mapping[str, ArgumentRule]:  # type: ignore[type-arg]
    """The rules that arguments of any source are checked by, by id."""
    return {rule.id: rule for spec in SOURCES for rule in spec.rules}


def _entry_lines(entry: Rule | Advice) -> Iterator[str]:
    yield f"# {entry.id}"
    yield f"{entry.title}. {entry.cause}"
    for step in entry.fix:
        yield f"- {step.kind.value}: {step.text}" + (f" `{step.code}`" if step.code else "")
    yield entry.documentation
