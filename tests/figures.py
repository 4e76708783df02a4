"""Figures that a test came to, printed at the end of a run."""

from collections.abc import Mapping

import pytest

PROPERTY = "figures"


def show(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what each test told under this property: a title, and words with their figures."""
    stats = terminalreporter.stats.values()
    reports = [one for kind in stats for one in kind if isinstance(one, pytest.TestReport)]
    told = [
        value
        for report in reports
        if report.when == "call"
        for name, value in report.user_properties
        if name == PROPERTY
    ]
    for title, figures in told:
        assert isinstance(figures, Mapping)
        terminalreporter.write_sep("-", str(title))
        width = max(map(len, figures))
        for word, figure in figures.items():
            terminalreporter.write_line(f"{word.ljust(width)}  {figure}")
