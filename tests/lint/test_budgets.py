"""What the tools cost an assistant's context, counted with the o200k vocabulary."""

import json

import pytest
from mcp_types import Tool

from clickpipes_mcp.instructions import instructions
from clickpipes_mcp.settings import TOOLSETS, load_settings
from clickpipes_mcp.simulator import DEFAULT_SERVICE_ID
from clickpipes_mcp.tools import TOOLS
from tests.context_costs import tokens, tool_tokens
from tests.serving import KAFKA, MONGODB, POSTGRES, REFERENCE_BODIES, said

pytestmark = pytest.mark.anyio

DEFAULT_SURFACE = 14_500
LARGEST_TOOL = 1_600
TWO_SOURCES = 7_000
INSTRUCTIONS = 450
LONGEST_INSTRUCTIONS = 1_900
OUTPUT_SCHEMAS = 6_000
LIST_OF_500 = 2_000
ONE_PIPE = 600
ANY_ERROR = 800


def cost(tool: Tool) -> int:
    return tool_tokens(tool.model_dump(by_alias=True))


async def test_all_tools_together(serve) -> None:
    tools = (await (await serve()).tools()).values()

    assert sum(map(cost, tools)) <= DEFAULT_SURFACE


async def test_one_tool(serve) -> None:
    tools = (await (await serve(toolsets=TOOLSETS)).tools()).values()

    assert {tool.name: cost(tool) for tool in tools if cost(tool) > LARGEST_TOOL} == {}


async def test_two_sources(serve) -> None:
    tools = (await (await serve(sources=("kafka", "postgres"))).tools()).values()

    assert sum(map(cost, tools)) <= TWO_SOURCES


async def test_output_schemas(serve) -> None:
    tools = (await (await serve()).tools()).values()
    schemas = [json.dumps(tool.output_schema, separators=(",", ":")) for tool in tools]

    assert sum(map(tokens, schemas)) <= OUTPUT_SCHEMAS


SETTINGS = [
    {},
    {"read_only": True},
    {"service_id": DEFAULT_SERVICE_ID},
    {"key_id": "example-key", "key_secret": "example-key-secret"},
    {"consent": "chat"},
    {"consent": "dangerously-off"},
    {"allow": "write"},
    {"protected": ("prod-*",), "own_only": True, "consent": "chat"},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_instructions(settings) -> None:
    text = instructions(load_settings({}, **settings), {tool.name for tool in TOOLS})

    assert tokens(text) <= INSTRUCTIONS
    assert len(text) <= LONGEST_INSTRUCTIONS


async def test_a_list_of_500_pipes(serve) -> None:
    served = await serve(simulator={"pipes": 500})

    result = await served.call("list_clickpipes")

    assert tokens(said(result)) <= LIST_OF_500
    assert "500 ClickPipes" in said(result)


@pytest.mark.parametrize("body", REFERENCE_BODIES, ids=lambda body: body["name"])
async def test_one_pipe(serve, body) -> None:
    served = await serve()
    pipe = await served.pipe(body)

    assert tokens(said(await served.call("get_clickpipe", clickpipe=pipe))) <= ONE_PIPE


def _wide_kafka() -> dict:
    columns = [{"name": f"column_{number}", "type": "String"} for number in range(200)]
    return KAFKA | {"destination": KAFKA["destination"] | {"columns": columns}}


def _wide_postgres() -> dict:
    tables = [
        {"sourceSchemaName": "public", "sourceTable": f"t{number}", "targetTable": f"p_t{number}"}
        for number in range(200)
    ]
    source = {"postgres": POSTGRES["source"]["postgres"] | {"tableMappings": tables}}
    return POSTGRES | {"source": source}


@pytest.mark.parametrize("body", [_wide_kafka(), _wide_postgres()], ids=["columns", "tables"])
async def test_one_pipe_of_many_parts(serve, body) -> None:
    served = await serve()
    pipe = await served.pipe(body)

    assert tokens(said(await served.call("get_clickpipe", clickpipe=pipe))) <= ONE_PIPE


async def test_an_error_with_many_problems(serve) -> None:
    served = await serve()

    result = await served.call(
        "create_mongodb_clickpipe", **{f"field_{n}": 1 for n in range(50)}, source=MONGODB
    )

    assert tokens(said(result)) <= ANY_ERROR
