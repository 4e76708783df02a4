"""What the hostile tests tried, family by family: a table printed at the end of a run.

A test names its family in its marker, `redteam("journal")`. Every call of a tool is an attempt; a
test that tries something else counts it itself. An effect is something that happened and must not,
a sighting is a secret or a forged line that showed; a test that fails counts as an effect too.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import pytest

MARK = "redteam"
PROPERTY = "attempted"
COLUMNS = ("family", "attempts", "effects", "sightings", "longest stop in ms")


@dataclass
class Tally:
    """What has been counted so far."""

    attempts: int = 0
    effects: int = 0
    sightings: int = 0
    longest_stop_s: float = 0.0

    def add(self, other: "Tally") -> None:
        self.attempts += other.attempts
        self.effects += other.effects
        self.sightings += other.sightings
        self.longest_stop_s = max(self.longest_stop_s, other.longest_stop_s)


_present = Tally()
"""Of the test that runs."""


def begin() -> None:
    """Begin with a new test."""
    global _present  # noqa: PLW0603 # a process runs one test at a time
    _present = Tally()


def count(
    attempts: int = 1, *, effects: int = 0, sightings: int = 0, longest_stop_s: float = 0.0
) -> None:
    """Count what the present test has tried, and what came of it."""
    _present.add(Tally(attempts, effects, sightings, longest_stop_s))


def told() -> tuple[int, int, int, float]:
    """What the present test has counted, in a form that leaves the process."""
    one = _present
    return (max(one.attempts, 1), one.effects, one.sightings, one.longest_stop_s)


def family_of(item: pytest.Item) -> str | None:
    """The family of a hostile test; None of any other."""
    marker = item.get_closest_marker(MARK)
    return str(next(iter(marker.args), "other")) if marker else None


def sums(reports: Iterable[pytest.TestReport]) -> dict[str, Tally]:
    """The sums by family."""
    found: defaultdict[str, Tally] = defaultdict(Tally)
    for report in reports:
        for name, value in report.user_properties:
            if name != PROPERTY:
                continue
            family, *numbers = value
            if report.when == "teardown" and numbers:
                found[family].add(Tally(*numbers))
            elif report.failed and not numbers:
                found[family].add(Tally(0, effects=1))
    return found


def show(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table, where anything hostile was tried."""
    stats = terminalreporter.stats.values()
    reports = [one for kind in stats for one in kind if isinstance(one, pytest.TestReport)]
    rows = [
        (
            family,
            str(one.attempts),
            str(one.effects),
            str(one.sightings),
            f"{one.longest_stop_s * 1000:.0f}",
        )
        for family, one in sorted(sums(reports).items())
    ]
    if not rows:
        return
    widths = [max(map(len, column)) for column in zip(COLUMNS, *rows, strict=True)]
    terminalreporter.write_sep("-", "hostile attempts")
    for row in (COLUMNS, *rows):
        first, *rest = zip(row, widths, strict=True)
        cells = (first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest))
        terminalreporter.write_line("  ".join(cells))
