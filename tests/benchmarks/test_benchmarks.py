"""The benchmark runs and fills its table, and the table on its page has all its rows."""

import re
import sys

import pytest
from click.testing import CliRunner

from tests.benchmarks import page
from tests.benchmarks.__main__ import main
from tests.benchmarks.contenders import GENERATED, OURS
from tests.benchmarks.measures import MEASURES, Figures, Goal, Measure

LEAST = Measure("least", "calls", "calls/s", Goal(0.85, "floor", is_least=True))


def test_the_page_has_every_measure() -> None:
    written = page.PAGE.read_text(encoding="utf-8")

    rows = re.findall(r"^\| ([^|]+) \|.* \| ([^|]+) \| [^|]+ \|$", written, re.MULTILINE)
    measured = [(title, goal) for title, goal in rows if goal[0] in "≤≥"]
    assert measured == [(page.title(measure), str(measure.goal)) for measure in MEASURES]


def test_what_is_compared_are_figures_of_the_same_round() -> None:
    figures = Figures()
    for ours, floor in ((90, 100), (900, 1000), (5, 1)):
        figures.add(LEAST, OURS, ours)
        figures.add(LEAST, "floor", floor)

    assert figures.compared(LEAST) == 0.9
    assert LEAST.goal.is_reached(0.9)
    assert not LEAST.goal.is_reached(0.8)


@pytest.mark.nightly
@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_a_run_fills_the_table() -> None:
    told = CliRunner().invoke(main, "--rounds 1 --calls 4 --long-run 100 --here")

    assert told.exit_code == 0, told.output
    assert "No generated server" in told.stdout
    rows = {row[0]: row for row in (line.split(" | ") for line in told.stdout.splitlines())}
    for measure in MEASURES:
        _, ours, *_, reached = rows[f"| {page.title(measure)}"]
        assert (reached == "not measured |") == (measure.goal.of == GENERATED)
        assert re.match(r"-?[\d,.]+", ours), measure
