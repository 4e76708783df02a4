"""The page of the results: its tables, between marks, each written by who knows it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.benchmarks.contenders import FLOOR, GENERATED, OURS, PASS_THROUGH
from tests.benchmarks.measures import MEASURES, TIMES, Figures, Measure

PAGE = Path(__file__).parent / "RESULTS.md"
_BLOCK = re.compile(r"(?<=--write -->\n)(?:(?!<!--).*\n)*(?=<!-- /measured -->)")
COLUMNS = (OURS, FLOOR, PASS_THROUGH, GENERATED)


@dataclass(frozen=True)
class Circumstances:
    """What has to be known of a run to read its figures."""

    date: str
    machine: str
    load: str
    versions: str
    command: str
    notes: Sequence[str]


def measured(figures: Figures, run: Circumstances) -> str:
    """What was measured, and how."""
    lines = [
        f"- Date: {run.date}",
        f"- Machine: {run.machine}",
        f"- Load average before and after: {run.load}",
        f"- Versions: {run.versions}",
        f"- Command: `{run.command}`",
        "- Medians of the rounds, [least to most]",
        "- What is compared is the median of the ratios within a round.",
        *(f"- {note}" for note in run.notes),
        "",
        f"| what | {' | '.join(COLUMNS)} | goal | reached |",
        f"|---|{'---:|' * len(COLUMNS)}---|---|",
        *(_row(measure, figures) for measure in MEASURES),
    ]
    return "\n".join(lines)


def title(measure: Measure) -> str:
    """What stands in its first cell."""
    return f"{measure.title}, {measure.unit}" if measure.unit != "tokens" else measure.title


def write(table: str) -> None:
    """Put the table of a run on the page."""
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(_BLOCK.sub(lambda _: table + "\n", page), encoding="utf-8")


def _row(measure: Measure, figures: Figures) -> str:
    figured = [_cell(measure, figures.of(measure, contender)) for contender in COLUMNS]
    cells = [title(measure), *figured, str(measure.goal), _reached(measure, figures)]
    return f"| {' | '.join(cells)} |"


def _cell(measure: Measure, rounds: Sequence[float]) -> str:
    if not rounds:
        return ""
    middle, least, most = (
        f"{figure:,.{measure.digits}f}" for figure in (median(rounds), min(rounds), max(rounds))
    )
    return middle if least == most else f"{middle} [{least} to {most}]"


def _reached(measure: Measure, figures: Figures) -> str:
    compared = figures.compared(measure)
    if compared is None:
        return "not measured"
    verdict = "yes" if measure.goal.is_reached(compared) else "**no**"
    return f"{verdict}: {compared:.2f} {TIMES}" if measure.goal.of else verdict
