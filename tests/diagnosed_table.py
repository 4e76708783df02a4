"""Tables of what was diagnosed, printed at the end of a run: scenarios, texts, and faults."""

from collections.abc import Iterator

import pytest

PROPERTY = "diagnosed"
TEXTS = "texts diagnosed"
COLUMNS = ("scenario", "first finding", "calls", "tokens")
TEXT_COLUMNS = ("set", "system", "texts", "right alone", "right with pipe", "wrongly blamed")
CHECKED = "sources checked"
CHECKED_COLUMNS = ("source", "set up wrongly in", "found", "false alarms", "ms")
_TABLES = (
    (PROPERTY, "scenarios diagnosed", COLUMNS),
    (TEXTS, TEXTS, TEXT_COLUMNS),
    (CHECKED, CHECKED, CHECKED_COLUMNS),
)


def _rows(reports: list[pytest.TestReport], wanted: str) -> Iterator[tuple[str, ...]]:
    for report in reports:
        for name, value in report.user_properties:
            if name == wanted:
                yield tuple(str(cell) for cell in value)


def show(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [
        report
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
    ]
    for wanted, title, columns in _TABLES:
        rows = sorted(set(_rows(reports, wanted)))
        if not rows:
            continue
        widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
        terminalreporter.write_sep("-", title)
        for row in (columns, *rows):
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            terminalreporter.write_line("  ".join(cells).rstrip())
