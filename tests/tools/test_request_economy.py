"""How many requests each tool costs: a key has ten in ten seconds, whoever uses it."""

from functools import partial

import anyio
import pytest
from mcp_types import ElicitRequestParams, ElicitResult

from clickpipes_mcp.simulator import DEFAULT_SERVICE_ID
from clickpipes_mcp.tools import TOOLS
from tests.examples import put_secrets
from tests.faults.cases import prepared
from tests.request_costs import COSTS
from tests.serving import KAFKA, SERVICE, Served, facts, said

pytestmark = pytest.mark.anyio

TOOLSETS = ("pipes", "create", "tuning", "insight", "code", "network")

LOSSLESS = {"apply_clickpipes", "undo_last_change"}
"""Might ask, and has no cause to in the call that is counted."""
PLAIN = [tool for tool in TOOLS if tool.source is None]


async def agree(asked: ElicitRequestParams) -> ElicitResult:
    """A person who says yes."""
    if "choice" in asked.requested_schema["properties"]:
        return ElicitResult(action="accept", content={"choice": "stop it"})
    name = asked.message.rsplit("type the name: ", 1)[1]
    return ElicitResult(action="accept", content={"name": name})


@pytest.fixture
async def served(serve, tmp_path, monkeypatch) -> Served:
    put_secrets(monkeypatch, tmp_path)
    journal = tmp_path / "journal.jsonl"
    return await serve(toolsets=TOOLSETS, person=agree, secrets_dir=tmp_path, journal=journal)


async def count(served: Served, tool, *, service: str, by_name: bool = False) -> int:
    case = await prepared(served, tool)
    arguments = dict(case.arguments)
    if by_name and "clickpipe" in arguments:
        arguments["clickpipe"] = (await served.pipes())[case.pipe]["name"]
    await served.call("list_services")
    served.plane.arrived.clear()
    is_about_one = tool.name != "list_services" and not tool.connects_itself
    result = await served.call(tool.name, service=service if is_about_one else None, **arguments)
    assert not result.is_error, said(result)
    return len(served.plane.arrived)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
async def test_a_call_by_ids_costs_what_the_table_says(served, tool) -> None:
    assert await count(served, tool, service=DEFAULT_SERVICE_ID) == COSTS[tool.name]


@pytest.mark.parametrize("tool", PLAIN, ids=lambda tool: tool.name)
async def test_a_reader_takes_the_names_of_services_that_were_listed(served, tool) -> None:
    cost = await count(served, tool, service=SERVICE, by_name=True)

    # What a person is asked about is looked at twice, and so is the name of the service.
    is_asked = tool.effect.is_destructive and COSTS[tool.name] > 2 and tool.name not in LOSSLESS
    looks = 0 if tool.effect.changes_nothing else 1 + is_asked
    assert cost == COSTS[tool.name] + looks


async def test_no_pipe_is_deleted_in_a_service_that_bore_the_name_a_moment_ago(served) -> None:
    pipe = await served.pipe(KAFKA)
    await served.call("list_services")
    services = list(served.plane.app.state.world.services.values())
    services[0].name, services[1].name = services[1].name, services[0].name
    before = len(served.plane.writes)

    result = await served.call("delete_clickpipe", service=SERVICE, clickpipe=KAFKA["name"])

    assert result.is_error
    assert len(served.plane.writes) == before
    assert pipe in await served.pipes()


async def test_a_service_that_was_renamed_is_found_under_its_new_name(served) -> None:
    await served.call("list_services")
    service = served.plane.app.state.world.services[DEFAULT_SERVICE_ID]
    service.name = "renamed"
    served.clock.advance(1)

    result = await served.call("list_clickpipes", service="renamed")

    assert not result.is_error, said(result)


async def test_readers_at_one_time_share_a_request_and_who_may_act_looks_alone(served) -> None:
    named = {tool.name: tool for tool in TOOLS}
    await served.call("list_services")
    costs = []
    for tool, rehearsed in (("get_clickpipe", {}), ("stop_clickpipe", {"dry_run": True})):
        case = await prepared(served, named[tool])
        arguments = case.arguments | rehearsed | {"service": DEFAULT_SERVICE_ID}
        served.plane.arrived.clear()
        go = anyio.Event()
        served.plane.before_answering = go.wait
        async with anyio.create_task_group() as calls:
            for _ in range(3):
                calls.start_soon(partial(served.call, tool, **arguments))
            await anyio.wait_all_tasks_blocked()
            go.set()
        costs.append(len(served.plane.arrived))
    assert costs == [1, 3]


async def test_a_pipe_is_set_up_from_discovery_to_running_with_six_requests(served) -> None:
    case = await prepared(
        served, next(one for one in TOOLS if one.name == "discover_source_schema")
    )
    await served.call("list_services")
    served.plane.arrived.clear()

    for tool, arguments in (
        ("discover_source_schema", case.arguments),
        ("create_kafka_clickpipe", KAFKA | {"name": "other"}),
    ):
        made = await served.call(tool, service=DEFAULT_SERVICE_ID, **arguments)
    set_up = len(served.plane.arrived)
    pipe = facts(made)["clickpipe"]["id"]

    ready = await served.call("wait_for_clickpipe", service=DEFAULT_SERVICE_ID, clickpipe=pipe)

    assert facts(ready)["done"] is True
    assert set_up == 3
    paths = [str(one) for one in served.plane.arrived]
    running = next(at for at, path in enumerate(paths) if "prometheus" in path)
    assert running <= 6, paths
    assert len(paths) <= 9, "which also shows that rows arrive"
