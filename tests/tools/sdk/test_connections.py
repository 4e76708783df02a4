"""Several connections behind one server: each call acts through the one it names."""

import json

import pytest
from mcp import Client
from mcp_types import ElicitResult, PromptReference

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.server import build_server
from clickpipes_mcp.settings import DEFAULT_TOOLSETS, TOOLSETS, connections, load_settings
from clickpipes_mcp.tools import TOOLS
from tests.serving import KAFKA, SERVICE, elicitation, error, facts, said

pytestmark = pytest.mark.anyio

FILE = """
default = "prod"
[prod]
simulator = true
allow = "{prod}"
colour = "red"
[dev]
simulator = true
consent = "{consent}"
"""


@pytest.fixture
async def connect(tmp_path):
    opened = []

    async def connect(prod="read", consent="ask", person=None, file=FILE, **settings):
        path = tmp_path / "connections.toml"
        path.write_text(file.format(prod=prod, consent=consent))
        base = load_settings({"CLICKPIPES_CONNECTIONS": str(path)}, open_browser=False, **settings)
        chosen = connections(base, {})
        server = build_server(chosen.default, ManualClock(), named=chosen.named)
        client = Client(server, elicitation_callback=elicitation(person) if person else None)
        opened.append(client)
        return await client.__aenter__()

    yield connect
    for client in opened:
        await client.__aexit__(None, None, None)


async def test_every_tool_takes_the_connections_that_offer_it(connect) -> None:
    client = await connect()

    for tool in (await client.list_tools()).tools:
        choice = tool.input_schema["properties"]["connection"]
        reads = tool.annotations.read_only_hint
        assert choice["enum"] == (["prod", "dev"] if reads else ["dev"]), tool.name
        assert ("prod if left out" in choice["description"]) == reads
        assert ("connection" in tool.input_schema.get("required", [])) != reads


async def test_with_one_connection_no_schema_has_the_argument(serve) -> None:
    served = await serve()

    for tool in (await served.tools()).values():
        assert "connection" not in tool.input_schema["properties"]
    refusal = error(await served.call("list_clickpipes", connection="dev"))
    assert refusal["problems"][0]["field"] == "connection"


async def test_a_call_acts_through_the_connection_it_names_and_no_other(connect) -> None:
    client = await connect(prod="destroy")

    made = facts(
        await client.call_tool(
            "create_kafka_clickpipe", {"service": SERVICE, "connection": "dev", **KAFKA}
        )
    )
    listed = {
        name: facts(await client.call_tool("list_clickpipes", {"connection": name}))
        for name in ("prod", "dev")
    }

    assert made["environment"] == "dev, simulator"
    assert all(a["arguments"]["connection"] == "dev" for a in made["next_actions"])
    assert (len(listed["prod"]["clickpipes"]), len(listed["dev"]["clickpipes"])) == (0, 1)
    unknown = await client.call_tool(
        "get_clickpipe", {"service": SERVICE, "clickpipe": made["clickpipe"]["id"]}
    )
    assert error(unknown)["environment"] == "prod, simulator"


async def test_what_one_connection_leaves_out_is_not_done_through_it(connect) -> None:
    client = await connect()

    for tool in TOOLS:
        if not tool.effect.is_read_only and tool.toolset in DEFAULT_TOOLSETS:
            for named in ({}, {"connection": "prod"}):
                refusal = error(await client.call_tool(tool.name, named))
                assert refusal["code"] == "tool_unavailable", tool.name
                assert "through the connection prod" in refusal["problem"]


async def test_a_connection_that_is_not_there_is_named_with_those_that_are(connect) -> None:
    client = await connect()

    for name in ("production", 3):
        refusal = error(await client.call_tool("list_services", {"connection": name}))
        assert refusal["problems"][0]["field"] == "connection"
        assert refusal["problems"][0]["allowed"] == ["prod", "dev"]


async def test_the_question_names_the_connection_and_the_journal_records_it(
    connect, tmp_path
) -> None:
    asked = []

    async def person(question):
        asked.append(question.message)
        return ElicitResult(action="accept", content={"name": KAFKA["name"]})

    client = await connect(person=person, journal=tmp_path / "journal")
    through = {"service": SERVICE, "connection": "dev"}
    facts(await client.call_tool("create_kafka_clickpipe", {**through, **KAFKA}))

    facts(await client.call_tool("delete_clickpipe", {**through, "clickpipe": KAFKA["name"]}))

    assert "through the connection dev" in asked[0]
    lines = [json.loads(line) for line in (tmp_path / "journal").read_text().splitlines()]
    assert {line["connection"] for line in lines} == {"dev"}


async def test_one_file_is_held_against_the_pipes_of_each_connection(
    connect, tmp_path, monkeypatch
) -> None:
    for part in ("USERNAME", "PASSWORD"):
        monkeypatch.setenv(f"CLICKPIPES_SECRET_MY_KAFKA_CLICKPIPE_{part}", "invented")
    client = await connect(prod="destroy", toolsets=TOOLSETS, journal=tmp_path / "journal")

    async def call(tool, connection, **arguments):
        given = {"service": SERVICE, "connection": connection, **arguments}
        return await client.call_tool(tool, given)

    made = facts(await call("create_kafka_clickpipe", "dev", **KAFKA))
    content = facts(await call("export_clickpipe", "dev", format="yaml"))["content"]
    missing = facts(await call("plan_clickpipes", "prod", content=content))
    applied = facts(await call("apply_clickpipes", "prod", content=content))
    plans = [facts(await call("plan_clickpipes", one, content=content)) for one in ("prod", "dev")]
    facts(await call("scale_clickpipe", "dev", clickpipe=made["clickpipe"]["id"], replicas=3))
    undone = error(await call("undo_last_change", "prod"))

    assert missing["environment"] == "prod, simulator"
    assert [one["stands"] for one in missing["clickpipes"]] == ["missing"]
    assert [one["tool"] for one in applied["done"]] == ["create_kafka_clickpipe"]
    assert all(one["summary"].startswith("Nothing to do") for one in plans)
    assert "create" in undone["problem"]


async def test_the_page_carries_the_name_and_the_colour(connect, visit) -> None:
    client = await connect(prod="destroy")
    arguments = {"service": SERVICE, "connection": "prod"}
    facts(await client.call_tool("create_kafka_clickpipe", {**arguments, **KAFKA}))

    page = visit(
        await client.call_tool("delete_clickpipe", {**arguments, "clickpipe": "My Kafka ClickPipe"})
    )
    await page.look()

    assert "through the connection prod" in page.seen
    assert 'data-colour="red"' in page.pages[-1].text


async def test_a_yes_for_one_connection_is_none_for_another(connect) -> None:
    twins = FILE.replace('allow = "{prod}"', 'consent = "chat"')
    client = await connect(file=twins, consent="chat")
    arguments = {"service": SERVICE, "clickpipe": KAFKA["name"]}
    tokens = {}
    for name in ("prod", "dev"):
        facts(
            await client.call_tool(
                "create_kafka_clickpipe", {"service": SERVICE, "connection": name, **KAFKA}
            )
        )
        offer = await client.call_tool("delete_clickpipe", {**arguments, "connection": name})
        tokens[name] = said(offer).partition("confirmation_token=")[2].split()[0]

    foreign = await client.call_tool(
        "delete_clickpipe",
        {**arguments, "connection": "prod", "confirmation_token": tokens["dev"]},
    )

    assert error(foreign)["code"] == "consent_stale"
    listed = facts(await client.call_tool("list_clickpipes", {"connection": "prod"}))
    assert len(listed["clickpipes"]) == 1


async def test_an_assistant_is_told_of_them_and_names_complete(connect) -> None:
    client = await connect()

    assert "prod (simulator, read), dev (simulator, destroy)" in client.instructions
    assert "read-only" not in client.instructions
    prompt = PromptReference(type="ref/prompt", name="review_clickpipe")
    found = await client.complete(prompt, {"name": "connection", "value": "d"})
    assert found.completion.values == ["dev"]
    review = {"clickpipe": "x", "connection": "dev"}
    told = await client.get_prompt("review_clickpipe", review)
    assert "connection=dev" in told.messages[0].content.text
