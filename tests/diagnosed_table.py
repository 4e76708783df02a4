"""The table of what was diagnosed in every simulated scenario, printed at the end of a run."""

from collections.abc import Iterator

import pytest

PROPERTY = "diagnosed"
COLUMNS = ("scenario", "first finding", "calls", "tokens")


def _rows(reports: list[pytest.TestReport]) -> Iterator[tuple[str, ...]]:
    for report in reports:
        for name, value in report.user_properties:
            if name == PROPERTY:
                yield tuple(str(cell) for cell in value)


def show(terminalreporter: pytest.TerminalReporter) -> None:
    rows = sorted(_rows(terminalreporter.stats.get("passed", [])))
    if not rows:
        return
    widths = [max(len(row[column]) for row in (COLUMNS, *rows)) for column in range(len(COLUMNS))]
    terminalreporter.write_sep("-", "scenarios diagnosed")
    for row in (COLUMNS, *rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        terminalreporter.write_line("  ".join(cells).rstrip())
