"""How far the scopes of a token reach, and what is told to whoever holds too few."""

import itertools
import json
import re
from contextlib import AsyncExitStack

import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from clickpipes_mcp.errors import ToolUnavailable
from clickpipes_mcp.offering import level_needed
from clickpipes_mcp.scopes import ALL_SCOPES, level_of, scope_of, scopes_up_to
from clickpipes_mcp.server import open_app
from clickpipes_mcp.settings import LEVELS, TOOLSETS, load_settings
from clickpipes_mcp.tools import TOOLS
from clickpipes_mcp.tools.offering import check_offered
from tests.http.issuer import AUDIENCE, issuing
from tests.http.served import PING, SPOKEN, application, bearer
from tests.serving import KAFKA, PIPES, POSTGRES, Served, error, facts

pytestmark = pytest.mark.anyio


@pytest.fixture
async def issuer():
    async with issuing() as one:
        yield one


def challenge(answer) -> dict[str, str]:
    """What an answer says in WWW-Authenticate."""
    kind, _, said = answer.headers["www-authenticate"].partition(" ")
    assert kind == "Bearer"
    return dict(re.findall(r'(\w+)="([^"]*)"', said))


def calling(*names: str) -> object:
    calls = [
        {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": name}}
        for number, name in enumerate(names)
    ]
    return calls[0] if len(calls) == 1 else calls


async def test_every_tool_is_reached_with_its_scope_and_with_no_lower_one(issuer):
    chosen = {"http_url": AUDIENCE, "http_issuer": issuer.url, "toolsets": TOOLSETS}
    settings = load_settings({}, http="8000", **chosen)
    async with application(**chosen) as running, running.http(**SPOKEN) as client:
        for tool in TOOLS:
            needed = level_needed(tool.effect, settings)
            for scope in scopes_up_to(needed)[-2:]:
                token = bearer(issuer.token(scope=f"openid {scope}"))
                answer = await client.post("/mcp", json=calling(tool.name), headers=token)
                if scope == scope_of(needed):
                    assert answer.status_code == 200, (tool.name, scope, answer.text)
                    continue
                assert answer.status_code == 403, (tool.name, scope)
                said = challenge(answer)
                assert said["error"] == "insufficient_scope"
                assert scope_of(needed) in said["error_description"]
                assert said["scope"] == " ".join(scopes_up_to(needed))
                assert said["resource_metadata"].startswith("http://127.0.0.1:8000/.well-known/")
    assert running.plane.writes == []
    assert {level_needed(tool.effect, settings) for tool in TOOLS} == set(LEVELS)


async def test_who_has_no_good_token_is_told_what_to_ask_for(issuer):
    chosen = {"http_url": AUDIENCE, "http_issuer": issuer.url, "allow": "write"}
    async with application(**chosen) as running:
        without, wrong = await running.ping(), await running.ping(**bearer("x" * 40))
        none_of_ours = await running.ping(**bearer(issuer.token(scope="pipes")))
        async with running.http() as client:
            place = challenge(without)["resource_metadata"].removeprefix("http://127.0.0.1:8000")
            told = (await client.get(place)).json()
    assert (without.status_code, wrong.status_code, none_of_ours.status_code) == (401, 401, 403)
    assert "error" not in challenge(without)
    assert challenge(wrong)["error"] == "invalid_token"
    assert challenge(without)["scope"] == "clickpipes:read clickpipes:write"
    assert challenge(none_of_ours)["scope"] == "clickpipes:read"
    assert told["scopes_supported"] == ["clickpipes:read", "clickpipes:write"]


@pytest.mark.parametrize(
    ("scope", "wanted"),
    [
        ("pipes", None),
        ("pipes clickpipes:destroy", None),
        ("pipes clickpipes:read", "pipes clickpipes:read clickpipes:write clickpipes:destroy"),
        ("clickpipes:destroy", "pipes"),
    ],
)
async def test_a_scope_of_the_operators_own_stands_for_all_where_there_is_no_other(
    issuer, scope, wanted
):
    chosen = {"http_url": AUDIENCE, "http_issuer": issuer.url, "http_scope": "pipes"}
    async with application(**chosen) as running, running.http(**SPOKEN) as client:
        token = bearer(issuer.token(scope=scope))
        answer = await client.post("/mcp", json=calling("delete_clickpipe"), headers=token)
    assert answer.status_code == (403 if wanted else 200)
    assert not wanted or challenge(answer)["scope"] == wanted


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (json.dumps(calling("list_clickpipes", "delete_clickpipe")), 403),
        (json.dumps({**calling("x"), "params": ["delete_clickpipe"]}), 400),
        ("[" * 100_000, 400),
        ("{", 400),
        ("é".encode("latin-1"), 400),
        (" " * (2 << 20) + json.dumps(calling("delete_clickpipe")), 413),
        (json.dumps(PING), 200),
    ],
    ids=["batch", "list", "deep", "half", "no text", "long", "ping"],
)
async def test_no_form_of_a_request_carries_a_call_past_the_guard(issuer, body, status):
    chosen = {"http_url": AUDIENCE, "http_issuer": issuer.url}
    token = bearer(issuer.token(scope="clickpipes:read"))
    async with application(**chosen) as running, running.http(**SPOKEN) as client:
        answer = await client.post("/mcp", content=body, headers=token)
    assert answer.status_code == status
    assert running.plane.arrived == []


def test_a_tool_refuses_what_the_scope_does_not_reach_if_the_guard_was_passed():
    settings = load_settings({}, toolsets=TOOLSETS)
    app = open_app(settings)
    for tool, level in itertools.product(TOOLS, LEVELS):
        held, needed = app.held_to(level), level_needed(tool.effect, settings)
        if LEVELS.index(level) >= LEVELS.index(needed):
            check_offered(tool, held)
            continue
        with pytest.raises(ToolUnavailable, match=scope_of(needed)):
            check_offered(tool, held)
    assert app.held_to(None) is app is app.held_to("destroy")


@pytest.mark.parametrize("sessions", [False, None], ids=["without sessions", "within a session"])
async def test_a_change_that_takes_something_away_needs_the_scope_of_that(issuer, sessions):
    (table,) = POSTGRES["source"]["postgres"]["tableMappings"]
    names = ("sourceSchemaName", "sourceTable", "targetTable")
    removal = [{name: table[name] for name in names if name in table}]
    chosen = {"http_url": AUDIENCE, "http_issuer": issuer.url, "http_sessions": sessions}
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(application(**chosen))
        pipe = (await running.plane.by_somebody_else("POST", PIPES, POSTGRES))["id"]
        running.clock.advance(3600)
        await running.plane.by_somebody_else("PATCH", f"{PIPES}/{pipe}/state", {"command": "stop"})
        running.clock.advance(3600)
        running.plane.arrived.clear()
        token = bearer(issuer.token(scope=ALL_SCOPES[2]))
        http = await stack.enter_async_context(running.http(**token))
        way = streamable_http_client(f"{running.root}/mcp", http_client=http)
        client = await stack.enter_async_context(Client(way, mode="legacy"))
        # The session began with a token that reaches further than this one.
        http.headers.update(bearer(issuer.token(scope=ALL_SCOPES[1])))
        edit = {"clickpipe": pipe, "source": {"postgres": {"tableMappingsToRemove": removal}}}
        served = Served(client, running.plane, running.clock)
        refused = error(await served.call("update_clickpipe", **edit))
        facts(await served.call("create_kafka_clickpipe", **KAFKA))
    assert refused["code"] == "not_allowed", refused
    assert "clickpipes:destroy" in refused["problem"]
    assert [write.method for write in running.plane.writes] == ["POST"]


@pytest.mark.parametrize(
    ("scopes", "level"),
    [
        ((), None),
        (("read", "clickpipes:other", "CLICKPIPES:READ", "clickpipes:"), None),
        (("clickpipes:destroy",), "destroy"),
        (("clickpipes:write", "clickpipes:read"), "write"),
    ],
)
def test_the_highest_scope_is_the_level(scopes, level):
    assert level_of(scopes) == level
