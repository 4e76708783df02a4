"""Lists of pipes: of one service, or of all of them."""

import pytest

from clickpipes_mcp.pipe_states import STATES, Health
from clickpipes_mcp.simulator import DEFAULT_SERVICE_ID, IDLE_SERVICE_ID
from clickpipes_mcp.simulator.faults import parse_fault
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools.pipes import listing
from tests.lint.test_budgets import tokens
from tests.serving import KAFKA, PIPES, POSTGRES, S3, SERVICE, error, facts, said

pytestmark = pytest.mark.anyio


async def test_a_service_goes_by_id_too(serve) -> None:
    served = await serve()
    await served.pipe(KAFKA)

    listed = facts(await served.call("list_clickpipes", service=DEFAULT_SERVICE_ID.upper()))

    assert listed["matching"] == 1


async def test_a_pinned_service_needs_no_name(serve) -> None:
    served = await serve(service_id=DEFAULT_SERVICE_ID)
    await served.pipe(KAFKA)

    listed = facts(await served.call("list_clickpipes"))

    assert listed["matching"] == 1
    assert [request.path for request in served.plane.arrived][-1] == PIPES


async def test_a_list_comes_in_pages_and_says_how_to_go_on(serve) -> None:
    served = await serve(simulator={"pipes": 60})

    first = facts(await served.call("list_clickpipes"))
    following = first["next_actions"][0]
    second = facts(await served.client.call_tool(following["tool"], following["arguments"]))

    assert len(first["clickpipes"]) == 25
    assert following["arguments"] == {"service": SERVICE, "offset": 25}
    assert "rows 26 to 50" in second["summary"]
    assert second["next_actions"][0]["arguments"]["offset"] == 50
    ids = [row["id"] for page in (first, second) for row in page["clickpipes"]]
    assert len(set(ids)) == 50


async def test_a_page_has_at_most_fifty_rows(serve) -> None:
    served = await serve()

    refusal = error(await served.call("list_clickpipes", limit=51))

    assert [problem["field"] for problem in refusal["problems"]] == ["limit"]


async def test_the_last_page_suggests_nothing_more(serve) -> None:
    served = await serve(simulator={"pipes": 60})

    last = facts(await served.call("list_clickpipes", offset=50))

    assert len(last["clickpipes"]) == 10
    assert "next_actions" not in last


async def test_a_page_beyond_the_end_is_empty_and_says_so(serve) -> None:
    served = await serve(simulator={"pipes": 3})

    beyond = facts(await served.call("list_clickpipes", offset=10))

    assert beyond["clickpipes"] == []
    assert beyond["summary"] == "3 ClickPipes, none after row 10."
    assert "next_actions" not in beyond


@pytest.mark.parametrize(("offset", "limit"), [(0, 4), (2, 2), (4, 2)])
async def test_a_page_that_would_be_empty_is_not_suggested(serve, offset, limit) -> None:
    served = await serve(simulator={"pipes": 4})

    page = facts(await served.call("list_clickpipes", offset=offset, limit=limit))

    assert page["matching"] == 4
    assert "next_actions" not in page


async def test_a_page_keeps_its_filters_when_it_goes_on(serve) -> None:
    served = await serve(simulator={"pipes": 60})

    page = facts(
        await served.call(
            "list_clickpipes", name_contains="KAFKA", state="Running,Setup", source="kafka", limit=2
        )
    )

    assert all("kafka" in row["name"] for row in page["clickpipes"])
    assert page["next_actions"][0]["arguments"] == {
        "service": SERVICE,
        "name_contains": "KAFKA",
        "state": ["Running", "Setup"],
        "source": "kafka",
        "limit": 2,
        "offset": 2,
    }


async def test_a_list_counts_states_over_everything_that_matches(serve) -> None:
    served = await serve(simulator={"pipes": 60})

    page = facts(await served.call("list_clickpipes", limit=1))

    counts = [int(part.split()[0]) for part in page["states"].split(", ")]
    assert sum(counts) == page["matching"] == 60


async def test_no_pipes_is_an_answer(serve) -> None:
    served = await serve()

    listed = facts(await served.call("list_clickpipes"))

    assert listed["summary"] == "0 ClickPipes."
    assert listed["states"] == "none"


@pytest.mark.parametrize("health", Health)
async def test_pipes_are_found_by_health_on_every_page(serve, health) -> None:
    served = await serve(simulator={"pipes": 300})
    wanted = {name for name, state in STATES.items() if state.health is health}
    every = await served.plane.by_somebody_else("GET", PIPES)

    first = facts(await served.call("list_clickpipes", health=health.value, limit=50))

    assert first["matching"] == sum(pipe["state"] in wanted for pipe in every)
    assert {row["state"] for row in first["clickpipes"]} <= wanted
    if "next_actions" in first:
        assert first["next_actions"][0]["arguments"]["health"] == health.value


@pytest.mark.parametrize("spec", SOURCES, ids=lambda spec: spec.key)
async def test_pipes_are_found_by_source(serve, spec) -> None:
    served = await serve(simulator={"pipes": 60})

    of_key, of_title = [
        facts(await served.call("list_clickpipes", source=name)) for name in (spec.key, spec.title)
    ]

    assert of_key == of_title
    assert {row["source"].split()[0] for row in of_key["clickpipes"]} <= {spec.arm}


async def test_a_flavour_finds_only_its_own_pipes(serve) -> None:
    served = await serve()
    kafka = KAFKA["source"]["kafka"]
    event_hub = {"brokers": "shop.servicebus.windows.net:9093", "authentication": "PLAIN"}
    await served.pipe(KAFKA)
    hub = await served.pipe(
        KAFKA | {"name": "hub", "source": {"kafka": kafka | event_hub | {"type": "azureeventhub"}}}
    )

    found = facts(await served.call("list_clickpipes", source="Azure Event Hubs"))

    assert [row["id"] for row in found["clickpipes"]] == [hub]
    assert found["summary"] == "1 of 2 ClickPipes."


async def test_an_unknown_source_is_answered_with_the_known_ones(serve) -> None:
    served = await serve()

    (problem,) = error(await served.call("list_clickpipes", source="oracle"))["problems"]

    assert problem["field"] == "source"
    assert "kafka, kinesis, s3" in problem["problem"]


async def test_several_states_may_be_asked_for_at_once(serve) -> None:
    served = await serve()
    await served.pipe(KAFKA, state="stopped")
    await served.pipe(POSTGRES)
    await served.pipe(S3)

    in_two = facts(await served.call("list_clickpipes", state=["Stopped", "Running"]))
    with_comma = facts(await served.call("list_clickpipes", state="Stopped, Running"))
    in_one = facts(await served.call("list_clickpipes", state="Stopped"))

    assert in_two == with_comma
    assert {row["state"] for row in in_two["clickpipes"]} == {"Stopped", "Running"}
    assert [row["name"] for row in in_one["clickpipes"]] == [KAFKA["name"]]


async def test_an_unknown_state_is_told_with_its_place_and_the_nearest(serve) -> None:
    served = await serve()

    (problem,) = error(await served.call("list_clickpipes", state=["Fail"]))["problems"]

    assert problem["field"] == "state[0]"
    assert problem["fix"] == "Did you mean Failed?"


async def test_without_a_service_the_pipes_of_all_are_counted(serve) -> None:
    served = await serve()
    elsewhere = PIPES.replace(DEFAULT_SERVICE_ID, IDLE_SERVICE_ID)
    await served.plane.by_somebody_else(
        "PATCH", elsewhere.replace("/clickpipes", "/state"), {"command": "awake"}
    )
    pipe = await served.pipe(KAFKA)
    await served.plane.by_somebody_else("POST", elsewhere, POSTGRES)

    result = await served.call("list_clickpipes", service=None)

    listed = facts(result)
    assert listed["summary"] == "2 ClickPipes in 2 services."
    assert [(row["service"], row["clickpipes"]) for row in listed["services"]] == [
        (SERVICE, 1),
        ("simulated-idle", 1),
    ]
    assert {row["service"]: row["id"] for row in listed["clickpipes"]}[SERVICE] == pipe
    filtered = facts(await served.call("list_clickpipes", service=None, source="kafka"))
    assert [row["clickpipes"] for row in filtered["services"]] == [1, 0]
    assert filtered["summary"] == "1 of 2 ClickPipes in 2 services."
    assert sum(request.path.endswith("/clickpipes") for request in served.plane.arrived[-2:]) == 2


async def test_pages_go_on_over_all_services(serve) -> None:
    served = await serve(simulator={"pipes": 60})

    first = facts(await served.call("list_clickpipes", service=None))
    following = first["next_actions"][0]
    second = facts(await served.client.call_tool(following["tool"], following["arguments"]))

    assert following["arguments"] == {"offset": 25}
    ids = [row["id"] for page in (first, second) for row in page["clickpipes"]]
    assert len(set(ids)) == 50
    assert tokens(said(await served.call("list_clickpipes", service=None))) <= 2_000


async def test_a_service_that_cannot_be_listed_does_not_hide_the_others(serve) -> None:
    fault = {"kind": "status", "status": 404, "path": IDLE_SERVICE_ID}
    served = await serve(simulator={"faults": (parse_fault(fault),)})
    await served.pipe(KAFKA)

    listed = facts(await served.call("list_clickpipes", service=None))

    assert listed["summary"] == "1 ClickPipe in 1 of 2 services."
    assert "simulated-idle are not counted" in listed["warnings"][0]


async def test_very_many_services_are_not_all_asked(serve, monkeypatch) -> None:
    monkeypatch.setattr(listing, "MOST_SERVICES", 1)
    served = await serve()

    listed = facts(await served.call("list_clickpipes", service=None))

    assert len(listed["services"]) == 1
    assert "1 more services were not looked at" in listed["warnings"][0]


async def test_a_list_that_could_not_be_read_is_not_an_empty_one(serve) -> None:
    served = await serve()
    await served.pipe(KAFKA)

    def forbid(request, answered: bytes) -> bytes:
        served.plane.status = 403 if request.path.endswith("clickpipes") else 0
        return b'{"status":403,"error":"FORBIDDEN: no"}' if served.plane.status else answered

    served.plane.retell = forbid

    assert error(await served.call("list_clickpipes", service=None))["code"] == "not_authorized"
