"""Lag, errors and throughput of pipes."""

import anyio
import pytest

from clickpipes_mcp.tools.evidence.prometheus import readings, with_rates
from clickpipes_mcp.tools.insight.metric_labels import LABELS
from clickpipes_mcp.tools.insight.metrics import number
from tests.lint.test_budgets import tokens
from tests.serving import KAFKA, POSTGRES, SERVICE, facts, said

pytestmark = pytest.mark.anyio

SCRAPE = """
# TYPE ClickPipes_Info gauge
ClickPipes_Info{clickpipe_id="a",clickpipe_name="A",clickpipe_status="Running"} 1
# TYPE ClickPipes_Errors_Total counter
ClickPipes_Errors_Total{clickpipe_id="a",clickpipe_name="A"} 10
# TYPE ClickPipes_FetchedEvents_PerTable gauge
ClickPipes_FetchedEvents_PerTable{clickpipe_id="a",destination_table="x"} 3
ClickPipes_FetchedEvents_PerTable{clickpipe_id="a",destination_table="y"} 4
# TYPE ClickHouse_ServiceInfo gauge
ClickHouse_ServiceInfo{clickhouse_service="s"} 1
"""


async def test_a_service_that_answers_no_metrics_is_told_as_the_reason(serve) -> None:
    served = await serve(simulator={"scenario": "idle-service"})

    told = facts(await served.call("get_clickpipe_metrics"))

    assert told["clickpipes"] == []
    assert "idle or stopped" in told["warnings"][0]


async def test_one_pipe_shows_lag_errors_and_throughput_first(serve) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA)

    result = await served.call("get_clickpipe_metrics", clickpipe=pipe)

    found = facts(result)["readings"]
    assert [reading["metric"] for reading in found][:2] == [
        "latency, produced to written",
        "errors",
    ]
    assert [reading["unit"] for reading in found][:2] == ["ms", "errors"]
    assert all(reading["unit"] for reading in found)
    assert tokens(said(result)) <= 600


async def test_rates_come_of_two_samples(serve) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA)

    found = facts(await served.call("get_clickpipe_metrics", clickpipe=pipe, rates=True))

    written = next(r for r in found["readings"] if r["unit"] == "records")
    assert float(written["per_s"]) > 0


async def test_a_database_pipe_shows_its_slot_and_what_it_shares(serve) -> None:
    served = await serve()
    pipe = await served.pipe(POSTGRES)

    found = facts(await served.call("get_clickpipe_metrics", clickpipe=pipe))

    assert {"WAL kept by the slot", "CPU limit of all database pipes"} <= {
        reading["metric"] for reading in found["readings"]
    }


async def test_a_service_full_of_pipes_stays_short(serve) -> None:
    served = await serve(simulator={"pipes": 200})

    result = await served.call("get_clickpipe_metrics", rates=True)

    assert "200 ClickPipes" in said(result)
    assert len(facts(result)["clickpipes"]) == 25
    assert "rows 1 to 25" in said(result)
    assert tokens(said(result)) <= 1_200


async def test_metrics_of_many_pipes_page_on(serve) -> None:
    served = await serve(simulator={"pipes": 60})

    page = facts(await served.call("get_clickpipe_metrics", limit=20))
    names = [line["clickpipe"] for line in page["clickpipes"]]
    for start in (20, 40):
        following = page["next_actions"][0]
        assert following["arguments"] == {"service": SERVICE, "limit": 20, "offset": start}
        page = facts(await served.client.call_tool(following["tool"], following["arguments"]))
        names += [line["clickpipe"] for line in page["clickpipes"]]

    assert len(set(names)) == 60
    assert "next_actions" not in page


async def test_an_idle_service_has_no_readings_of_a_pipe(serve) -> None:
    served = await serve(simulator={"scenario": "idle-service"})

    found = facts(await served.call("get_clickpipe_metrics", clickpipe="kafka-orders-1"))

    assert found["readings"] == []
    assert "No readings" in found["summary"]


async def test_samples_that_differ_in_other_labels_are_added_up() -> None:
    assert (await readings(SCRAPE))["a"].metrics["ClickPipes_FetchedEvents_PerTable"].value == 7


async def test_the_state_is_read_under_its_older_label_too() -> None:
    assert (await readings(SCRAPE))["a"].state == "Running"


async def test_a_counter_that_began_anew_has_no_rate() -> None:
    now, before = await readings(SCRAPE.replace("} 10", "} 2")), await readings(SCRAPE)
    later = with_rates(now, before, 10.0)

    assert later["a"].metrics["ClickPipes_Errors_Total"].per_s is None


async def test_a_rate_is_the_growth_in_a_second() -> None:
    now, before = await readings(SCRAPE.replace("} 10", "} 30")), await readings(SCRAPE)
    later = with_rates(now, before, 10.0)

    assert later["a"].metrics["ClickPipes_Errors_Total"].per_s == 2.0


@pytest.mark.parametrize(
    ("pipes", "name"), [(4_000, "P"), (8, "x " * 50_000)], ids=["lines", "names"]
)
async def test_a_long_scrape_lets_others_have_their_turn(pipes, name) -> None:
    metric = f'{{clickpipe_id="%d",clickpipe_name="{name}",destination_table="t"}} 1\n'
    text = "".join(
        "ClickPipes_Lag" + metric % pipe + "ClickPipes_Errors_Total" + metric % pipe
        for pipe in range(pipes)
    )
    turns = 0

    async def somebody_else() -> None:
        nonlocal turns
        while True:
            turns += 1
            await anyio.lowlevel.checkpoint()

    async with anyio.create_task_group() as group:
        group.start_soon(somebody_else)
        found = await readings(text)
        group.cancel_scope.cancel()

    assert turns >= 16
    assert len(found) == pipes
    assert found[f"{pipes - 1}"].metrics["ClickPipes_Errors_Total"].value == 1


def test_no_two_metrics_share_their_words() -> None:
    names = [label.name for label in LABELS.values()]
    assert len(set(names)) == len(names)


def test_a_large_number_is_no_power_of_ten() -> None:
    assert [number(420000.4), number(90000), number(0.1234)] == ["420000", "90000", "0.123"]


@pytest.mark.parametrize(
    ("scenario", "words"),
    [("undersized", "lag is 420 s"), ("slot-growing", "lag is 1,200 s"), ("", "")],
)
async def test_the_pipe_that_needs_a_look_most_is_the_next_call(serve, scenario, words) -> None:
    served = await serve(simulator={"scenario": scenario or None, "pipes": 0 if scenario else 2})

    told = facts(await served.call("get_clickpipe_metrics"))

    looks = [one for one in told.get("next_actions", []) if one["tool"] == "diagnose_clickpipe"]
    assert len(looks) == bool(scenario)
    assert all(words in one["why"] for one in looks)
