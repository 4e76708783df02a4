"""How a conversation looks in a terminal."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rich.padding import Padding
from rich.panel import Panel
from rich.status import Status
from rich.table import Table
from rich.text import Text

from clickpipes_mcp.demo.browser import Page
from clickpipes_mcp.demo.screen import Screen
from clickpipes_mcp.demo.steps import Answer, Chapter, Reply, Step, Visit, value_at

_NAMES_ARE_WIDE = 10
BELOW = 2
"""Columns by which what belongs to a line stands below it."""

_MOST_LINES = 14
_STYLES = {
    "person": "bold magenta",
    "assistant": "bold cyan",
    "2nd client": "bold yellow",
    "server": "bold blue",
    "the page": "bold magenta",
}


@dataclass
class Tally:
    """What has happened so far."""

    steps: int = 0
    calls: int = 0
    created: int = 0
    questions: int = 0
    agreed: int = 0


class Transcript:
    """Writes a conversation as it happens, at the width of the terminal."""

    def __init__(self, console: Screen) -> None:
        self._console = console

    @property
    def is_unread(self) -> bool:
        """Whether nobody reads it any more."""
        return self._console.is_unread

    def opening(self, version: str, protocol: str, tools: int) -> None:
        """Who talks to whom."""
        told = Text.assemble(
            ("A person, an assistant and a server\n", "bold"),
            f"clickpipes-mcp {version}, a process of its own, MCP {protocol} over stdio, ",
            f"{tools} tools.\n",
            ("SIMULATOR: nothing real is created. ", "yellow"),
            "Its time is compressed.",
        )
        self._console.print(Panel(told, border_style="blue"))

    def chapter(self, number: int, chapter: Chapter) -> None:
        """A heading."""
        self._console.print()
        self._console.rule(f"[bold]{number}. {chapter.title}", align="left", style="dim")

    def call(self, step: Step) -> None:
        """What the person and the assistant say, and the call that follows."""
        if step.person:
            self._console.print()
            self._said("person", Text(step.person))
        caller = "2nd client" if step.is_unattended else "assistant"
        if step.assistant:
            self._said(caller, Text(step.assistant))
        self._said("" if step.assistant else caller, called(step), is_cut=True)

    def question(self, message: str, reply: Reply) -> None:
        """What the person is asked, and what they do."""
        headline, _, facts = message.partition("\n")
        body = Text.assemble((headline, "bold"), "\n", facts)
        self._console.print(
            Panel(body, title="the server asks the person", border_style="magenta", padding=(0, 1))
        )
        self._said("person", Text(reply.told, style="magenta"))

    def page(self, page: Page, visit: Visit) -> None:
        """The page that the person opens, and what they do there."""
        body = Text.assemble((page.headline, "bold"))
        for line in _worth_showing(page.lines, visit.shown):
            body.append(f"\n{line}")
        body.append(f"\n[ {' ]  [ '.join(page.buttons)} ]", style="bold")
        self._console.print(
            Panel(body, title="the page in the browser", border_style="magenta", padding=(0, 1))
        )
        self._said("person", Text(visit.told, style="magenta"))

    def after_visit(self, page: Page) -> None:
        """The page that follows."""
        self._said("the page", Text.assemble(("✓ ", "bold green"), page.headline))

    def waiting(self, told: str = "") -> Status:
        """A moving sign of life; nothing where there is no terminal."""
        return self._console.status(told, spinner="dots")

    def passed_through(self, states: list[str]) -> None:
        """The states a pipe was seen in."""
        if states:
            self._said("", Text(" → ".join(states), style="dim"), is_cut=True)

    def answer(self, step: Step, answer: Answer) -> None:
        """An answer that is as it should be."""
        first, *rest = answer.text.splitlines() or [""]
        self._said("server", marked(first, answer))
        for line in _worth_showing(rest, step.shown):
            style = "yellow" if line.startswith("- ") else "dim"
            self._said("", Text(line, style=style), indent=BELOW)
        if step.proves:
            self._said("", Text("✓ " + step.proves, style="bold green"))

    def ran(self, statement: str) -> None:
        """What the person runs at the database."""
        self._said("person", Text.assemble("runs ", (statement, "bold")))

    def left_out(self, title: str, why: str) -> None:
        """A chapter that is not played."""
        self._console.print()
        self._console.rule(f"[bold]{title}", align="left", style="dim")
        self._said("", Text(why, style="dim"))

    def failure(self, step: Step, reasons: list[str], text: str) -> None:
        """An answer that is not, or none at all."""
        self._said("server", Text.assemble(("✗ ", "bold red"), step.tool))
        for reason in reasons:
            self._said("", Text(reason, style="red"))
        self._said("", Text(text, style="dim"))

    def closing(self, tally: Tally, elapsed_s: float, failed: str | None) -> None:
        """The sum of it."""
        told = Table.grid(padding=(0, 2))
        for name, value in (
            ("steps as they should be", str(tally.steps)),
            ("tool calls", str(tally.calls)),
            ("pipes created", str(tally.created)),
            ("consent", f"asked {tally.questions} times, given {tally.agreed} times"),
            ("elapsed", f"{elapsed_s:.1f} s"),
        ):
            told.add_row(name, Text(value, style="bold"))
        title = f"failed at: {failed}" if failed else "everything as it should be"
        style = "red" if failed else "green"
        self._console.print()
        self._console.print(Panel(told, title=f"[bold {style}]{title}", border_style=style))

    def _said(self, who: str, what: Text, *, is_cut: bool = False, indent: int = 0) -> None:
        row = Table.grid(padding=(0, 1), expand=True)
        row.add_column(width=_NAMES_ARE_WIDE, justify="right", no_wrap=True)
        row.add_column(ratio=1, no_wrap=is_cut, overflow="ellipsis" if is_cut else "fold")
        row.add_row(Text(who, style=_STYLES.get(who, "")), Padding(what, (0, 0, 0, indent)))
        self._console.print(row)


def marked(first: str, answer: Answer) -> Text:
    """The first line of an answer; only what went through has a tick."""
    if answer.is_error:
        return Text.assemble(("✗ ", "bold yellow"), (first, "yellow"))
    return Text.assemble(("✓ ", "bold green"), first)


def called(step: Step) -> Text:
    """A call with its arguments, as one line however long."""
    arguments = _arguments(step)
    return Text.assemble("→ ", (step.tool, "cyan"), " " * bool(arguments), (arguments, "dim"))


def _arguments(step: Step) -> str:
    """What a step is called with, or what is worth showing of it."""
    chosen: Mapping[str, object] = step.arguments
    if step.highlights is not None:
        chosen = {at.split(".")[-1]: value_at(chosen, at) for at in step.highlights}
    return ", ".join(
        f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in chosen.items()
    )


def _worth_showing(lines: list[str], beginnings: tuple[str, ...]) -> Iterator[str]:
    chosen = [line for line in lines if "*" in beginnings or any(map(line.startswith, beginnings))]
    yield from chosen[:_MOST_LINES]
    if len(chosen) > _MOST_LINES:
        yield f"and {len(chosen) - _MOST_LINES} more lines"
