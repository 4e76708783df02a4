"""How many cells of the fault matrix were tried and passed, printed at the end of a run."""

import pytest

_MATRIX = "tests/faults/test_matrix.py::test_"


def _cells(reports: list[pytest.TestReport]) -> int:
    return sum(_MATRIX in report.nodeid for report in reports)


def show(terminalreporter: pytest.TerminalReporter) -> None:
    passed = _cells(terminalreporter.stats.get("passed", []))
    failed = _cells(terminalreporter.stats.get("failed", []))
    if passed + failed:
        terminalreporter.write_sep(
            "=", f"fault matrix: {passed + failed} cells, {passed} passed, {failed} failed"
        )
