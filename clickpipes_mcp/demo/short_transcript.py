"""How the short conversation looks: on one screen of a terminal."""

from typing import Final

from rich.text import Text
from typing_extensions import override

from clickpipes_mcp.demo.diagnosis_lines import FINDINGS, diagnosis_lines
from clickpipes_mcp.demo.screen import Screen
from clickpipes_mcp.demo.steps import Answer, Chapter, Reply, Step
from clickpipes_mcp.demo.transcript import BELOW, Tally, Transcript, called, marked

_SIMULATED: Final = " [simulator]"
"""What every answer ends its first line with; here the opening says it for all."""

_WORTH_READING: Final = ("Lost:", "Stays:", "This cannot", "To go ahead")


class ShortTranscript(Transcript):
    """Leaves out what was said before: frames, brief answers, a question that is asked again."""

    def __init__(self, console: Screen) -> None:
        super().__init__(console)
        self._brief: list[Text] = []
        self._asked: set[str] = set()

    @override
    def opening(self, version: str, protocol: str, tools: int) -> None:
        told = Text.assemble(
            ("SIMULATOR: nothing real is created. ", "yellow"),
            f"{tools} tools, MCP {protocol}.",
        )
        self._console.print(told)

    @override
    def chapter(self, number: int, chapter: Chapter) -> None:
        self._console.print()

    @override
    def call(self, step: Step) -> None:
        if step.person:
            self._said("person", Text(step.person))
        if not step.is_brief:
            self._said("assistant", self._with_brief(called(step)))

    @override
    def question(self, message: str, reply: Reply) -> None:
        headline, *facts = message.splitlines()
        if headline in self._asked:
            self._said("person", Text(f"is asked again, and {reply.told}", style="magenta"))
            return
        self._asked.add(headline)
        self._said("server", Text.assemble(("? ", "bold magenta"), (headline, "bold")))
        for line in facts:
            if line.startswith(_WORTH_READING):
                self._said("", Text(line, style="magenta"), indent=BELOW)
        self._said("person", Text(reply.told, style="magenta"))

    @override
    def passed_through(self, states: list[str]) -> None:
        """Left out: the answer tells the last one."""

    @override
    def answer(self, step: Step, answer: Answer) -> None:
        if step.is_brief:
            self._brief.append(Text.assemble(called(step), (" ✓ ", "bold green")))
            return
        first, _, _ = answer.text.partition("\n")
        lines = [first.removesuffix(_SIMULATED)]
        if answer.content.get(FINDINGS):
            found = [*diagnosis_lines(answer.content)]
            lines = [f"{lines[0]} {found[0]}", *found[1:]]
        self._said("server", marked(lines[0], answer))
        for line in lines[1:]:
            self._said(
                "", Text(line, style="yellow" if line.startswith("- ") else "dim"), indent=BELOW
            )

    @override
    def failure(self, step: Step, reasons: list[str], text: str) -> None:
        if self._brief:
            self._said("assistant", self._with_brief(Text("→ " + step.tool)))
        super().failure(step, reasons, text)

    @override
    def closing(self, tally: Tally, elapsed_s: float, failed: str | None) -> None:
        self._console.print()
        if failed:
            self._console.print(f"✗ Failed at: {failed}", style="bold red")
            return
        self._console.print(
            Text.assemble(
                ("✓ ", "bold green"),
                f"{tally.steps} steps as they should be, in {elapsed_s:.0f} s. ",
                ("There is more: clickpipes-mcp demo --all", "dim"),
            )
        )

    def _with_brief(self, call: Text) -> Text:
        """The calls whose answers are not shown, and the one after them."""
        line = Text.assemble(*self._brief, call)
        self._brief.clear()
        return line
