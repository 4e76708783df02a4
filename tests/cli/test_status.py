"""All pipes at a glance: what a person sees, and what a script is told."""

import io
import json
import signal
import subprocess
from datetime import UTC, datetime
from itertools import count

import pytest
from rich.cells import cell_len
from rich.console import Console

from clickpipes_mcp.cli.fleet_table import amount, print_fleet, rows_of_a_screen, sparkline
from clickpipes_mcp.fleet import Fleet, PipeGlance
from clickpipes_mcp.pipe_attention import BEHIND, BROKEN, Reason
from clickpipes_mcp.pipe_series import Since
from tests.cli.test_commands import PATIENCE_S, PROGRAM, environment, run_here
from tests.faults.processes import ended

OWN_WORLD = {"CLICKPIPES_SIMULATOR_STATE": "off"}
TROUBLE = {**OWN_WORLD, "CLICKPIPES_SIMULATOR_SCENARIO": "broker-down"}
NOW = datetime(2026, 1, 2, tzinfo=UTC)
SINCE = Since(datetime(2026, 1, 1, 23, 40, tzinfo=UTC), is_exact=True)
_numbers = count()


def pipe(name: str, state: str = "Running", reason: Reason | None = None) -> PipeGlance:
    return PipeGlance(
        id=f"00000000-0000-0000-0000-{next(_numbers):012}", name=name, service="analytics",
        state=state, since=SINCE, lag_ms=95_000.0, records_per_s=12_345.0, errors=0.0,
        errors_per_s=0.0, reason=reason, past_lags_ms=[1.0, 2.0], past_rates=[0.0, 3.0, 6.0],
    )  # fmt: skip


def drawn(fleet: Fleet, width: int, rows: int | None = 40) -> list[str]:
    told = io.StringIO()
    console = Console(file=told, width=width, height=30, highlight=False)
    print_fleet(fleet, console, NOW, "cloud", rows)
    return told.getvalue().splitlines()


@pytest.mark.parametrize("width", [66, 80, 100, 200])
@pytest.mark.parametrize("services", [1, 3])
def test_a_fleet_of_500_fits_with_what_is_urgent_first(width, services):
    first = [pipe("архив 数据 " * 20, "Failed", Reason(BROKEN, "stopped by an error"))]
    first += [pipe(f"slow-{n}", reason=Reason(BEHIND, "lag is high")) for n in range(8)]
    fleet = Fleet(
        [*first, *(pipe(f"[bold]p{n}") for n in range(491))], 3, services, ["No."], ["M."]
    )
    lines = drawn(fleet, width)
    call = [line for line in lines if line.startswith("Why?")]
    assert f'\'{{"clickpipe":"{first[0].id}"}}\'' in call[0]
    assert max(cell_len(line) for line in lines if line not in call) <= width
    assert "\x1b" not in "".join(lines)
    rows = [line for line in lines if " 20m " in line]
    assert len(rows) == 40
    assert rows[0].startswith("!! архив")
    assert rows[1].startswith("!  slow-0")
    assert " Failed " in rows[0]
    assert any(line.startswith("460 more; --all") for line in lines)
    assert any(line.startswith("4 more need attention") for line in lines)
    assert lines[-3:-1] == ["No.", "M."]
    assert "[bold]p" in rows[-1]
    assert rows[0].count("█") == (2 if width >= 100 else 1 if width >= 80 else 0)
    console = Console(width=width, height=30)
    assert len(drawn(fleet, width, rows_of_a_screen(console, fleet))) <= 30


def test_numbers_are_short_and_bars_begin_at_0():
    assert [amount(one) for one in (0.0, 0.25, 12, 4_200, 1_300_000, 2e9)] == [
        "0", "0.25", "12", "4.2k", "1.3M", "2G",
    ]  # fmt: skip
    assert sparkline([0.0, 0.0], 8) == "▁▁"
    assert sparkline([9.0, 0.0, 1.0, 2.0], 3) == "▁▅█"
    assert sparkline([], 8) == ""


def test_exit_codes_tell_a_script_what_the_screen_tells_a_person():
    well = run_here("status", **OWN_WORLD)
    assert (well.exit_code, well.stdout.split(" UTC")[0][:39]) == (
        0,
        "No ClickPipes. Nothing needs attention.",
    )
    urgent = run_here("status", **TROUBLE)
    assert urgent.exit_code == 1
    assert "kafka-orders-1" in urgent.stdout
    assert "\x1b" not in urgent.stdout
    told = json.loads(run_here("status", "--json", **TROUBLE).stdout)
    assert (told["ok"], told["need_attention"], told["environment"]) == (False, 1, "simulator")
    assert told["clickpipes"][0]["attention"].startswith("lag is 90 s")
    blind = run_here("status", "--service", "nowhere", **OWN_WORLD)
    assert blind.exit_code == 2
    assert "No one service has that name" in blind.stderr
    assert run_here("status", "--every", "1").exit_code == 2


@pytest.mark.slow
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_watching_ends_with_what_the_last_look_came_to(form):
    line = [
        *PROGRAM,
        "status",
        "--watch",
        "--every",
        "2",
        "--service",
        "simulated-analytics",
        *form,
    ]
    with (
        subprocess.Popen(
            line, env=environment(**TROUBLE), stdout=subprocess.PIPE, text=True
        ) as running,
        ended(running),
    ):
        told = ""
        for line in running.stdout:
            told += line
            if told.count("kafka-orders-1") == 2 + 2 * (not form):
                break
        running.send_signal(signal.SIGINT)
        assert running.wait(PATIENCE_S) == 1
    if form:
        last = json.loads(told.splitlines()[-1])
        assert "records_per_s" in last["clickpipes"][0]
