"""Settings in, a server out: which tools it has, and what it says of those it has not."""

import itertools
import subprocess
import sys

import pytest
from mcp import MCPError
from mcp_types import INVALID_PARAMS

from clickpipes_mcp import __version__
from clickpipes_mcp.errors import InvalidSettings
from clickpipes_mcp.offering import hidden_fields
from clickpipes_mcp.server import build_server, offered_tools
from clickpipes_mcp.settings import DEFAULT_TOOLSETS, load_settings
from clickpipes_mcp.simulator import DEFAULT_SERVICE_ID
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools import TOOLS
from tests.serving import KAFKA, error, facts

pytestmark = pytest.mark.anyio

DEFAULT = {tool.name for tool in TOOLS if tool.toolset in DEFAULT_TOOLSETS}


async def test_all_tools_of_the_default_sets_are_offered(serve, era) -> None:
    assert set(await (await serve(era=era)).tools()) == DEFAULT


@pytest.mark.parametrize(
    "others",
    [
        {},
        {"toolsets": ("create", "tuning")},
        {"sources": ("kafka",)},
        {"consent": "dangerously-off"},
    ],
    ids=str,
)
async def test_read_only_wins_over_everything(serve, others) -> None:
    tools = await (await serve(read_only=True, **others)).tools()

    assert all(tool.annotations.read_only_hint for tool in tools.values())
    assert not any("create" in name or "update" in name for name in tools)


async def test_a_write_of_a_read_only_server_is_not_only_hidden(serve, era) -> None:
    served = await serve(era=era, read_only=True, consent="dangerously-off")
    pipe = await served.pipe(KAFKA)

    refusal = error(await served.call("delete_clickpipe", clickpipe=pipe))

    assert refusal["code"] == "tool_unavailable"
    assert "CLICKPIPES_READ_ONLY" in refusal["fix"]
    assert served.plane.arrived == []


@pytest.mark.parametrize("toolset", DEFAULT_TOOLSETS)
async def test_a_toolset_offers_its_tools_and_no_others(serve, toolset) -> None:
    tools = await (await serve(toolsets=(toolset,))).tools()

    assert set(tools) == {tool.name for tool in TOOLS if tool.toolset == toolset}


async def test_picked_sources_narrow_the_creates_and_nothing_else(serve) -> None:
    tools = await (await serve(sources=("kafka", "postgres"))).tools()

    creates = {f"create_{key}_clickpipe" for key in ("kafka", "postgres")}
    assert set(tools) == {n for n in DEFAULT if not n.startswith("create_")} | creates


async def test_a_pinned_service_leaves_no_way_to_name_another(serve) -> None:
    tools = await (await serve(service_id=DEFAULT_SERVICE_ID)).tools()

    assert "list_services" not in tools
    assert not any("service" in tool.input_schema["properties"] for tool in tools.values())


ABSENT = [
    ("create_s3_clickpipe", {"sources": ("kafka",)}, "CLICKPIPES_SOURCES=kafka,s3"),
    ("scale_clickpipe", {"toolsets": ("pipes",)}, "CLICKPIPES_TOOLSETS=pipes,tuning"),
    ("list_services", {"service_id": DEFAULT_SERVICE_ID}, "CLICKPIPES_SERVICE_ID"),
    ("start_clickpipe", {"read_only": True}, "unsets CLICKPIPES_READ_ONLY"),
    ("start_clickpipe", {"allow": "read"}, "CLICKPIPES_ALLOW"),
    ("delete_clickpipe", {"allow": "write"}, "CLICKPIPES_ALLOW=destroy"),
]


@pytest.mark.parametrize(("tool", "settings", "change"), ABSENT)
async def test_a_tool_that_is_off_says_how_it_is_offered(
    serve, era, tool, settings, change
) -> None:
    served = await serve(era=era, **settings)

    refusal = error(await served.client.call_tool(tool, {}))

    assert refusal["code"] == "tool_unavailable"
    assert change in refusal["fix"]


async def test_a_tool_that_does_not_exist_is_an_error_of_the_protocol(serve, era) -> None:
    served = await serve(era=era)

    with pytest.raises(MCPError, match=r"Did you mean create_kafka_clickpipe\?") as near:
        await served.client.call_tool("create_kafka_pipe", {})
    with pytest.raises(MCPError) as far:
        await served.client.call_tool("zzz\nzzz", {})

    assert near.value.code == far.value.code == INVALID_PARAMS
    assert "zzz" not in str(far.value)


async def test_nothing_is_announced_that_never_happens(serve, era) -> None:
    told = (await serve(era=era)).client.server_capabilities

    assert not any(
        (told.tools.list_changed, told.prompts.list_changed, told.resources.list_changed)
    )
    assert not told.resources.subscribe


async def test_instructions_reach_the_client_in_both_eras(serve) -> None:
    modern, legacy = await serve(era="auto"), await serve(era="legacy")

    assert modern.client.session.discover_result is not None
    assert legacy.client.session.initialize_result is not None
    assert modern.client.instructions == legacy.client.instructions
    assert modern.client.instructions.startswith("ENVIRONMENT: SIMULATOR.")


async def test_the_server_says_who_it_is(serve, era) -> None:
    served = await serve(era=era)

    info = served.client.server_info
    assert (info.name, info.title, info.version) == ("clickpipes", "ClickPipes", __version__)


async def test_a_server_can_be_entered_again_after_it_was_left(serve) -> None:
    served = await serve()
    await served.call("list_services")

    again = facts(await served.call("list_services"))

    assert len(again["services"]) == 2


def test_sources_that_do_not_exist_are_refused_with_those_that_do() -> None:
    with pytest.raises(InvalidSettings) as refusal:
        build_server(load_settings({}, sources=("kafka", "cassandra")))

    assert "cassandra" in refusal.value.message
    assert all(spec.key in refusal.value.fix for spec in SOURCES)


@pytest.mark.parametrize(
    ("consent", "pinned"),
    list(itertools.product(("ask", "chat", "dangerously-off"), (None, DEFAULT_SERVICE_ID))),
)
def test_hidden_fields_are_those_the_operator_decided(consent, pinned) -> None:
    hidden = hidden_fields(load_settings({}, consent=consent, service_id=pinned))

    assert ("service" in hidden) == (pinned is not None)
    assert ("confirmation_token" in hidden) == (consent != "chat")


def test_tools_keep_their_order_whatever_is_left_out() -> None:
    order = [tool.name for tool in TOOLS]

    left = [tool.name for tool in offered_tools(load_settings({}, sources=("s3",)))]

    assert left == sorted(left, key=order.index)


def test_building_a_server_connects_to_nothing() -> None:
    settings = load_settings(
        {}, key_id="example-key", key_secret="example-key-secret", api_url="http://127.0.0.1:9"
    )

    build_server(settings)


def test_the_simulator_is_made_when_it_is_asked_and_no_sooner() -> None:
    watched = (
        "import sys; from clickpipes_mcp.server import build_server; "
        "from clickpipes_mcp.settings import load_settings; build_server(load_settings({})); "
        "print('clickpipes_mcp.simulator' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", watched], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


async def test_a_read_that_the_end_cuts_off_may_simply_be_repeated() -> None:
    server = build_server(load_settings({}))
    await server.calls.end(0)

    read = error(await server.call_tool("list_clickpipes", {"service": "simulated-analytics"}))
    written = error(await server.call_tool("start_clickpipe", {"clickpipe": "orders"}))

    assert (read["code"], read["retryable"]) == ("shutting_down", True)
    assert "changed" not in read["problem"]
    assert (written["code"], written["retryable"]) == ("shutting_down", False)
    assert "may have been changed" in written["problem"]
