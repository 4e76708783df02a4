"""How lag and rates moved, in words; told from what was read anyway."""

import pytest

from clickpipes_mcp.tools.insight.trends import trends
from tests.serving import KAFKA, PIPES, facts, said
from tests.test_pipe_series import series

pytestmark = pytest.mark.anyio


async def test_a_diagnosis_tells_how_lag_and_rates_moved_and_asks_nothing_for_it(serve):
    served = await serve()
    pipe = await served.pipe(KAFKA)
    lag_ms, events = 500, 1_000

    def retell(request, told):
        if not request.path.endswith("prometheus"):
            return told
        lines = (
            line.rpartition(" ")[0] + f" {lag_ms}"
            if line.startswith("ClickPipes_Latency{")
            else line.rpartition(" ")[0] + f" {events}"
            if line.startswith("ClickPipes_SentEvents_Total{")
            else line
            for line in told.decode().splitlines()
        )
        return ("\n".join(lines) + "\n").encode()

    served.plane.retell = retell
    first = facts(await served.call("diagnose_clickpipe", clickpipe=pipe))
    served.clock.advance(60)
    events += 60_000
    await served.call("list_clickpipes")
    await served.call("get_clickpipe_metrics", clickpipe=pipe)
    served.clock.advance(600)
    lag_ms = 95_000
    before = len(served.plane.arrived)
    answer = await served.call("diagnose_clickpipe", clickpipe=pipe)
    asked = [one.path for one in served.plane.arrived[before:]]
    later = facts(answer)["worth_knowing"]
    assert not [one for one in first.get("worth_knowing", []) if " went from " in one]
    lag = next(one for one in later if one.startswith("Lag went from 0.5 s ("))
    assert " to 95 s (" in lag
    assert lag in said(answer)
    records = next(one for one in later if one.startswith("Records went from "))
    assert "1,0" in records
    assert " to 0/s (" in records
    assert sum(path.endswith("prometheus") for path in asked) == 1
    assert sum(path.startswith(PIPES) for path in asked) <= 2


def test_what_hardly_moved_or_was_seen_for_a_moment_is_not_told():
    steady = series(*["Running"] * 8, lag_ms=[500, 700, 600, 900, 800, 700, 400, 500])
    sudden = series("Running", "Running", lag_ms=[500, 90_000], apart_s=20)
    assert not list(trends((), None))
    assert not list(trends(steady, None))
    assert not list(trends(sudden, None))


def test_the_highest_and_the_lowest_between_are_told_too():
    lags = [2_000, 1_500_000, None, 500, 4_000]
    moved = series(*["Running"] * 5, lag_ms=lags, errors=[0, 0, 0, 3, 4], apart_s=60)
    lag, errors = trends(moved, moved[-1].at)
    assert lag == (
        "Lag went from 2 s (00:00 UTC), through 0.5 s (00:03 UTC) and 1,500 s (00:01 UTC), to 4 s "
        "(00:04 UTC), in 4 readings."
    )
    assert errors == (
        "Errors went from 0/s (00:00 UTC to 00:01 UTC), through 0.05/s (00:02 UTC to 00:03 UTC), "
        "to 0.0167/s (00:03 UTC to 00:04 UTC), in 4 readings."
    )


async def test_since_when_a_lag_is_there_is_said_not_to_be_known(serve) -> None:
    served = await serve(simulator={"scenario": "undersized"})
    (pipe,) = await served.plane.by_somebody_else("GET", PIPES)
    asked = {"clickpipe": pipe["id"], "error_text": "since when is it slow?"}

    told = facts(await served.call("diagnose_clickpipe", **asked))["worth_knowing"]

    (since,) = [one for one in told if one.startswith("Since when is not known")]
    assert "Lag was 420 s in 1 reading from " in since
    healthy = await served.pipe(KAFKA)
    found = facts(await served.call("diagnose_clickpipe", clickpipe=healthy))
    assert not any("Since when" in one for one in found.get("worth_knowing", []))
