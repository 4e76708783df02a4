"""What stands on the pages that a client can read, written when one is read."""

from collections.abc import Iterator

from clickpipes_mcp.app import App
from clickpipes_mcp.contract import SourceSpec
from clickpipes_mcp.diagnosis import ADVICE, RULES, Advice, Rule
from clickpipes_mcp.rules_page import Entry, entries
from clickpipes_mcp.tools.code.export import write_pipe
from clickpipes_mcp.tools.insight.guide import section, topics_of
from clickpipes_mcp.tools.pipes.inventory import describe, find_by_id
from clickpipes_mcp.tools.views import text


def guide_of(spec: SourceSpec) -> str:
    """The whole guide of a source."""
    parts = (f"## {topic}\n{section(spec, topic)}" for topic in topics_of(spec))
    return "\n\n".join((f"# {spec.title}", *parts, spec.documentation))


async def pipe_as_it_is(app: App, pipe_id: str) -> str | None:
    """A pipe as `get_clickpipe` shows it; None where no service has it."""
    view = await describe(app, pipe_id)
    label = {"environment": app.settings.where}
    return None if view is None else text(view.model_copy(update=label))


async def pipe_as_code(app: App, pipe_id: str, target: str) -> str | None:
    """A pipe as a file of a target; None where no service has it."""
    pipe = await find_by_id(app, pipe_id)
    return None if pipe is None else (await write_pipe(app, pipe, target)).text


def rule_told(rule_id: str) -> str | None:
    """What is behind a finding or a refusal; None where there is no such rule."""
    known: tuple[Rule | Advice, ...] = (*RULES, *ADVICE)
    told = next((entry for entry in known if entry.id == rule_id), None)
    if told is not None:
        return "\n".join(_entry_lines(told))
    found = [entry for entry in entries() if entry.rule.id == rule_id]
    if not found:
        return None
    return "\n".join((f"# {rule_id}", *(line for one in found for line in _rule_lines(one))))


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
