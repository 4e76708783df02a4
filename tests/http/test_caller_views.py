"""What each caller sees: the connections that the operator's list gives it, and no other."""

import itertools
import json
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from mcp import MCPError
from mcp_types import PromptReference, ResourceTemplateReference

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.errors import InvalidSettings
from clickpipes_mcp.http.caller_views import _KEPT
from clickpipes_mcp.resources import EXPORT_URI, GUIDE_URI, PIPE_URI, RULE_URI
from clickpipes_mcp.server import build_server
from clickpipes_mcp.settings import LEVELS, TOOLSETS, CallersFile, Grant, connections, load_settings
from clickpipes_mcp.tools import TOOLS
from tests.changed_files import change
from tests.http.issuer import AUDIENCE, Issuer, issuing
from tests.http.served import ALICE, INITIALIZE, PING, SPOKEN, Running, bearer, reached
from tests.serving import POSTGRES, S3, SERVICE, ListenedPlane, error, facts

pytestmark = pytest.mark.anyio

BOB = "bob-0123456789abcdef0123456789abcdef"
CAROL = "carol-0123456789abcdef0123456789abcdef"
CONNECTIONS = """
default = "vault"
[vault]
simulator = true
simulator_seed = 1
consent = "chat"
colour = "red"
[dev]
simulator = true
simulator_seed = 2
consent = "chat"
secrets_bindings = "{folder}/dev.bindings"
"""
CALLERS = """
[token.alice]
connections = ["vault", "dev"]
[token.bob]
connections = ["dev"]
[subject.alice]
connections = ["dev"]
allow = "read"
"""
HERS = "orders of the vault"
BUCKET = "vaulted-bucket"


class Files:
    """The operator's files, which may change while the server runs."""

    def __init__(self, folder) -> None:
        self.tokens, self.callers = folder / "tokens", folder / "callers.toml"
        self.connections, self.journal = folder / "connections.toml", folder / "journal"
        self.connections.write_text(CONNECTIONS.format(folder=folder))
        (folder / "dev.bindings").write_text(
            "env:CLICKPIPES_SECRET_DEV_*\tkind:postgres\n* nowhere\n"
        )
        self.tokens.touch(0o600)
        change(self.tokens, f"alice {ALICE}\nbob {BOB}\ncarol {CAROL}\n")
        change(self.callers, CALLERS)


@pytest.fixture
def files(tmp_path) -> Files:
    return Files(tmp_path)


@asynccontextmanager
async def application(files: Files, **settings: object) -> AsyncIterator[Running]:
    chosen = {
        "http": "8000",
        "http_sessions": False,
        "open_browser": False,
        "http_tokens": files.tokens,
        "http_callers": files.callers,
        "toolsets": TOOLSETS,
        "journal": files.journal,
        **settings,
    }
    base = load_settings({"CLICKPIPES_CONNECTIONS": str(files.connections)}, **chosen)
    found, clock = connections(base, {}), ManualClock()
    server = build_server(found.default, clock, named=found.named)
    async with reached(server, found.default, clock) as root:
        nobody: ListenedPlane = None  # type: ignore[assignment] # the simulators are built in
        yield Running(root, nobody, clock)


async def hers(alice) -> str:
    """A pipe that only Alice may know of."""
    storage = {**S3["source"]["objectStorage"], "url": f"https://{BUCKET}.s3.amazonaws.com/x.csv"}
    wanted = {**S3, "name": HERS, "source": {"objectStorage": storage}}
    made = await alice.client.call_tool("create_s3_clickpipe", {"service": SERVICE, **wanted})
    return facts(made)["clickpipe"]["id"]


async def what_tools_tell(client, pipe: str) -> AsyncIterator[str]:
    """What every tool says of a connection, and a pipe, that another caller has."""
    listed = (await client.list_tools()).tools
    assert {tool.name for tool in listed} == {tool.name for tool in TOOLS}
    for tool in listed:
        yield tool.model_dump_json()
        takes = tool.input_schema["properties"]
        assert takes["connection"]["enum"] == ["dev"]
        refused = await client.call_tool(tool.name, {"connection": "vault"})
        assert error(refused)["problems"][0]["allowed"] == ["dev"]
        yield refused.model_dump_json()
        given = {"service": SERVICE} if "service" in takes else {}
        given |= {"clickpipe": pipe} if "clickpipe" in takes else {}
        given |= {"clickpipes": [pipe, HERS]} if "clickpipes" in takes else {}
        yield (await client.call_tool(tool.name, given)).model_dump_json()


async def what_pages_tell(client, pipe: str) -> AsyncIterator[str]:
    """What all else says that a client can ask for."""
    yield client.instructions or ""
    for listing in (client.list_prompts, client.list_resources, client.list_resource_templates):
        yield (await listing()).model_dump_json()
    for place in (PIPE_URI.format(id=pipe), EXPORT_URI.format(id=pipe, format="terraform")):
        with pytest.raises(MCPError, match="No ClickPipe has that id"):
            await client.read_resource(place)
    prompts = [PromptReference(name=one.name) for one in (await client.list_prompts()).prompts]
    pages = [ResourceTemplateReference(uri=one) for one in (PIPE_URI, GUIDE_URI, RULE_URI)]
    names = ("connection", "clickpipe", "service", "source", "id")
    for ref, name in itertools.product((*prompts, *pages), names):
        for chosen in ({}, {"connection": "vault"}):
            completed = await client.complete(ref, {"name": name, "value": ""}, chosen)
            yield completed.model_dump_json()


@pytest.mark.slow
async def test_no_tool_and_no_page_tells_a_caller_of_a_connection_of_another(files):
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(application(files))
        alice = await stack.enter_async_context(running.client("auto", **bearer(ALICE)))
        bob = await stack.enter_async_context(running.client("auto", **bearer(BOB)))
        pipe = await hers(alice)
        told = [
            text
            for source in (what_tools_tell, what_pages_tell)
            async for text in source(bob.client, pipe)
        ]
        own = (await alice.client.call_tool("list_clickpipes", {"service": SERVICE})).content[0]
    assert HERS in own.text
    assert pipe in own.text
    assert len(told) > 3 * len(TOOLS)
    typed = re.compile(f"“({pipe}|{HERS})”")
    leaks = [
        text for text in told if re.compile(f"vault|{HERS}|{pipe}").search(typed.sub("", text))
    ]
    assert leaks == []


async def test_a_question_or_a_change_of_another_is_nothing_to_a_caller(files):
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(application(files))
        alice = await stack.enter_async_context(running.client("auto", **bearer(ALICE)))
        bob = await stack.enter_async_context(running.client("auto", **bearer(BOB)))
        pipe = await hers(alice)
        offered = facts(
            await alice.client.call_tool(
                "delete_clickpipe", {"service": SERVICE, "clickpipe": pipe}
            )
        )
        token = offered["summary"].partition("confirmation_token=")[2].split()[0]
        stolen = {"service": SERVICE, "clickpipe": pipe, "confirmation_token": token}
        codes = [
            error(await bob.client.call_tool("delete_clickpipe", {**stolen, **through}))["code"]
            for through in ({}, {"connection": "dev"}, {"connection": "vault"})
        ]
        undone = error(await bob.client.call_tool("undo_last_change", {"service": SERVICE}))
        kept = facts(await alice.client.call_tool("list_clickpipes", {"service": SERVICE}))
        assert HERS not in json.dumps(undone)
    assert codes == ["unknown_clickpipe", "unknown_clickpipe", "invalid_arguments"]
    assert [one["name"] for one in kept["clickpipes"]] == [HERS]


@pytest.mark.parametrize(("secret", "is_sent"), [("VAULT_PASSWORD", False), ("DEV_PASSWORD", True)])
async def test_a_secret_of_another_connection_is_not_sent_through_this_one(
    files, monkeypatch, secret, is_sent
):
    monkeypatch.setenv(f"CLICKPIPES_SECRET_{secret}", "an-invented-password")
    source = json.loads(json.dumps(POSTGRES["source"]))
    source["postgres"]["credentials"]["password"] = f"${{env:CLICKPIPES_SECRET_{secret}}}"
    async with application(files) as running, running.client("auto", **bearer(BOB)) as bob:
        made = await bob.client.call_tool(
            "create_postgres_clickpipe", {"service": SERVICE, **POSTGRES, "source": source}
        )
        listed = facts(await bob.client.call_tool("list_clickpipes", {"service": SERVICE}))
    assert made.is_error is not is_sent, made
    assert len(listed["clickpipes"]) == is_sent
    assert is_sent or f"env:CLICKPIPES_SECRET_{secret}" in made.model_dump_json()


async def test_what_the_operator_changes_counts_from_the_next_call_on(files):
    async with application(files) as running:

        async def status(token: str) -> int:
            return (await running.ping(**bearer(token))).status_code

        async def tools(token: str) -> dict[str, list[str]]:
            async with running.client("auto", **bearer(token)) as client:
                listed = (await client.client.list_tools()).tools
                return {
                    one.name: one.input_schema["properties"]["connection"]["enum"] for one in listed
                }

        assert [await status(one) for one in (ALICE, BOB, CAROL)] == [200, 200, 403]
        assert (await tools(ALICE))["list_clickpipes"] == ["vault", "dev"]
        change(files.callers, '[token.alice]\nconnections = ["dev"]\nallow = "read"\n')
        assert [await status(one) for one in (ALICE, BOB, CAROL)] == [200, 403, 403]
        assert (await tools(ALICE))["list_clickpipes"] == ["dev"]
        assert "delete_clickpipe" not in await tools(ALICE)
        change(files.callers, "[token.alice\n")
        assert [await status(one) for one in (ALICE, BOB)] == [503, 503]
        files.callers.unlink()
        assert await status(ALICE) == 503
        change(files.callers, CALLERS)
        change(files.tokens, f"bob {BOB}\n")
        assert [await status(one) for one in (ALICE, BOB)] == [401, 200]
        files.tokens.chmod(0o644)
        assert await status(BOB) == 401
        files.tokens.chmod(0o600)
        assert await status(BOB) == 200
        files.tokens.unlink()
        assert await status(BOB) == 401


async def test_servers_of_grants_that_are_gone_are_let_go_and_the_others_stay(files):
    async with application(files, http_sessions=None) as running, running.http() as client:
        alice = {**SPOKEN, **bearer(ALICE)}
        bob = {**SPOKEN, **bearer(BOB)}

        async def begin(who: dict[str, str]) -> dict[str, str]:
            begun = await client.post("/mcp", json=INITIALIZE, headers=who)
            return {"mcp-session-id": begun.headers["mcp-session-id"]}

        async def begin_with(connections: tuple[str, ...], level: str) -> dict[str, str]:
            table = f'[token.bob]\nconnections = {list(connections)}\nallow = "{level}"\n'
            change(files.callers, '[token.alice]\nconnections = ["vault", "dev"]\n' + table)
            return await begin(bob)

        session = await begin(alice)
        orders = [("dev", "vault"), ("dev",), ("vault",), ("vault", "dev")]
        granted = list(itertools.product(orders, LEVELS))
        assert len(granted) > _KEPT + 2  # one of them is Alice's too, and one is the newest
        sessions = [await begin_with(*one) for one in granted]
        assert (await client.post("/mcp", json=PING, headers=bob | sessions[-1])).status_code == 200
        await begin_with(*granted[0])
        assert (await client.post("/mcp", json=PING, headers=bob | sessions[0])).status_code == 404
        assert (await client.post("/mcp", json=PING, headers=alice | session)).status_code == 200
        assert (await client.post("/mcp", json=PING, headers=bob | session)).status_code == 404


async def test_a_subject_of_the_issuer_is_not_the_holder_of_a_token_of_that_name(files):
    async with AsyncExitStack() as stack:
        issuer: Issuer = await stack.enter_async_context(issuing())
        chosen = {"http_url": AUDIENCE, "http_issuer": issuer.url}
        running = await stack.enter_async_context(application(files, **chosen))
        token = issuer.token(sub="alice", scope="clickpipes:destroy")
        client = await stack.enter_async_context(running.client("auto", **bearer(token)))
        listed = {one.name: one for one in (await client.client.list_tools()).tools}
        stranger = issuer.token(sub="bob", scope="clickpipes:destroy")
        assert (await running.ping(**bearer(stranger))).status_code == 403
    assert listed["list_clickpipes"].input_schema["properties"]["connection"]["enum"] == ["dev"]
    assert "delete_clickpipe" not in listed


async def test_without_connections_by_name_the_list_says_how_far_each_may_go(files):
    files.connections.write_text("")
    change(files.callers, '[token.alice]\nallow = "read"\n')
    base = load_settings({}, http="8000", http_tokens=files.tokens, http_callers=files.callers)
    server = build_server(base, ManualClock())
    assert CallersFile(files.callers, server.connections).grants() == {
        ("token", "alice"): Grant((), "read")
    }
    seen = server.seen_by((), "read")
    assert {one.name for one in await seen.list_tools()} < {
        one.name for one in await server.list_tools()
    }


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[caller.alice]\nconnections = ["dev"]', "caller is neither token nor subject"),
        ("token = 3", "is no table"),
        ("[token]\nalice = 3", "[token.alice] is no table"),
        ('[token.alice]\nallow = "all"', "allows none of read, write, destroy"),
        ('[token.alice]\nconnections = "dev"', "lists connections as text"),
        ('[token.alice]\nconnections = ["dev", "none"]', "names none, which"),
        ("[token.alice]", "names no connection"),
        ('[token.alice]\nconnection = ["dev"]', "holds connection; it may say"),
        ("x" * (256 * 1024 + 1), "larger than 256 KiB"),
        ("[token.", "is no TOML"),
    ],
)
def test_a_list_that_says_something_else_is_refused(tmp_path, text, problem):
    file = tmp_path / "callers.toml"
    file.write_text(text)
    with pytest.raises(InvalidSettings) as refused:
        CallersFile(file, ["dev"]).grants()
    assert problem in refused.value.message


def test_a_list_of_callers_is_for_servers_that_ask_who_calls(tmp_path):
    file = tmp_path / "callers.toml"
    file.touch()
    with pytest.raises(InvalidSettings, match="nobody has to say who calls"):
        load_settings({}, http="8000", http_callers=file)


async def test_the_pages_of_pipes_show_a_caller_its_own_connections_alone(files):
    async with application(files) as running, running.http() as http:
        html = {"accept": "text/html"}
        for token, path, status in (
            (ALICE, "/fleet?connection=vault", 200),
            (ALICE, "/fleet?connection=dev", 200),
            (BOB, "/fleet?connection=dev", 200),
            (BOB, "/fleet?connection=vault", 404),
            (BOB, f"/pipes/{'0' * 8}-0000-4000-8000-{'0' * 12}/events?connection=vault", 404),
            (CAROL, "/fleet", 403),
        ):
            page = await http.get(path, headers={**html, **bearer(token)})
            assert page.status_code == status, path
            assert ("vault" in page.text) == (token == ALICE)
        absent = f"/pipes/{'0' * 8}-0000-4000-8000-{'0' * 12}?connection=vault"
        page = await http.get(absent, headers={**html, **bearer(ALICE)})
        assert 'href="../fleet?connection=dev"' in page.text
