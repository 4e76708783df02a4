"""Over HTTP the page stands at the server's own address, and any replica with the key shows it."""

from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from mcp_types import CallToolResult

from tests.checks.postgres_server import store_settings
from tests.consent.test_secret_questions import CANARY, CREATE, kafka
from tests.http.served import NAME, Running, bearer
from tests.pages.visitor import Visitor, link_in
from tests.serving import SERVICE, SHARED_KEY, Served, error, facts

pytestmark = pytest.mark.anyio

KEY = {"http_key": SHARED_KEY}
TOKENS = {"alice": "a" * 32, "bob": "b" * 32}


@pytest.fixture
def tokens(tmp_path) -> Path:
    """The file of those who may call."""
    file = tmp_path / "tokens"
    file.write_text("".join(f"{name} {token}\n" for name, token in TOKENS.items()))
    file.chmod(0o600)
    return file


async def called(
    running: Running, tool: str = "delete_clickpipe", era: str = "auto", **arguments: object
) -> CallToolResult:
    headers = arguments.pop("headers", {})
    async with running.client(era, **headers) as served:
        assert isinstance(served, Served)
        return await served.call(tool, service=SERVICE, clickpipe=NAME, **arguments)


def at(running: Running, http: httpx2.AsyncClient, result: CallToolResult) -> Visitor:
    """A browser that reaches this replica under the address of all."""
    return Visitor(http, link_in(result).replace("http://127.0.0.1:8000", running.root))


async def agreed(running: Running, result: CallToolResult) -> str:
    """Agree at a replica; what its page then says."""
    own = {"origin": "http://127.0.0.1:8000", "sec-fetch-site": "same-origin"}
    async with running.http() as http:
        page = at(running, http, result)
        await page.look()
        token = page.pages[-1].text.partition('name="form_token" value="')[2][:64]
        fields = {"form_token": token, "decision": "agree", "name": NAME}
        page.pages.append(await http.post(page.link, data=fields, headers=own))
        return page.seen


async def test_the_page_stands_below_the_address_of_the_endpoint(replicas, tokens, era) -> None:
    address = "https://mcp.example.com/pipes/mcp"
    (running,) = await replicas(1, http_url=address, http_tokens=tokens)

    named = {"host": "mcp.example.com", **bearer(TOKENS["alice"])}
    async with running.client(era, **named) as served:
        first = await served.call("delete_clickpipe", service=SERVICE, clickpipe=NAME)

    assert link_in(first).startswith("https://mcp.example.com/pipes/mcp/approve/")


async def test_a_yes_releases_the_next_call_of_the_same_process(replicas, era) -> None:
    (running,) = await replicas(1)
    first = await called(running, era=era)

    assert "You agreed" in await agreed(running, first)

    assert facts(await called(running, era=era))
    assert len(running.plane.writes) == 1


async def test_a_yes_at_another_replica_comes_back_as_a_code(replicas, era) -> None:
    asking, other, third = await replicas(3, **KEY)
    first = await called(asking, era=era)
    assert "pass it as confirmation_token" in error(first)["fix"]

    code = (await agreed(other, first)).partition("give it this one: ")[2].split()[0]

    assert len(code) == 14
    assert facts(await called(third, era=era, confirmation_token=code))
    assert [len(one.plane.writes) for one in (asking, other, third)] == [0, 0, 1]


async def test_a_code_is_for_this_call_at_this_time_once(replicas) -> None:
    asking, other = await replicas(**KEY)
    first = await called(asking)
    code = (await agreed(other, first)).partition("give it this one: ")[2].split()[0]

    for wrong in ("", "x", "AAAA-AAAA-AAAA", code[:-1], code + "A"):
        refusal = error(await called(asking, confirmation_token=wrong))
        assert refusal["code"] == "consent_stale"
    stopped = error(await called(asking, "stop_clickpipe", confirmation_token=code))
    assert stopped["code"] == "consent_stale"
    asking.clock.advance(600)
    assert error(await called(asking, confirmation_token=code))["code"] == "consent_stale"
    assert asking.plane.writes == []


async def test_a_code_does_nothing_twice(replicas) -> None:
    asking, other = await replicas(**KEY)
    first = await called(asking, "stop_clickpipe")
    code = (await agreed(other, first)).partition("give it this one: ")[2].split()[0]
    facts(await called(asking, "stop_clickpipe", confirmation_token=code))

    again = error(await called(asking, "stop_clickpipe", confirmation_token=code))

    assert again["code"] == "consent_stale"
    assert len(asking.plane.writes) == 1


async def test_a_page_of_another_replica_is_answered_there_once(replicas) -> None:
    asking, other = await replicas(**KEY)
    first = await called(asking)

    await agreed(other, first)

    assert "already answered" in await agreed(other, first)


async def test_without_the_key_another_replica_knows_no_question(replicas) -> None:
    asking, other = await replicas()
    first = await called(asking)

    assert "There is no such question" in await agreed(other, first)
    assert "confirmation_token" not in error(first)["fix"]


async def test_a_sealed_question_expires_everywhere(replicas) -> None:
    asking, other = await replicas(**KEY)
    first = await called(asking)
    other.clock.advance(600)

    assert "expired" in await agreed(other, first)


async def test_what_one_caller_is_asked_another_cannot_use(replicas, tokens) -> None:
    asking, other = await replicas(http_tokens=tokens, **KEY)
    alice, bob = ({"headers": bearer(token)} for token in TOKENS.values())
    first = await called(asking, **alice)
    seen = await agreed(other, first)
    assert "give it this one" in seen
    code = seen.partition("give it this one: ")[2].split()[0]

    assert error(await called(asking, **bob, confirmation_token=code))["code"] == "consent_stale"
    assert facts(await called(asking, **alice, confirmation_token=code))


async def test_who_asks_stands_on_the_page(replicas, tokens) -> None:
    (running,) = await replicas(1, http_tokens=tokens)
    first = await called(running, headers=bearer(TOKENS["alice"]))

    async with running.http() as http:
        page = at(running, http, first)
        shown = await page.look()

    assert shown.status_code == 200, "whoever has the link needs no token"
    assert "Asked for by alice" in page.seen


async def test_a_page_under_another_host_is_refused(replicas) -> None:
    (running,) = await replicas(1)
    first = await called(running)

    async with running.http() as http:
        shown = await at(running, http, first).look(host="evil.example")

    assert shown.status_code == 421


@pytest.fixture
async def sharing(replicas, opened, store_server) -> list[Running]:
    """Three replicas that share a store, and the time with it."""
    opened()
    stored = {"store": store_settings(store_server)["CLICKPIPES_STORE"]}
    running = await replicas(3, **stored, **KEY)
    for one in running:
        one.clock.advance((datetime.now(UTC) - one.clock.now()).total_seconds())
    return running


async def test_with_a_store_a_yes_at_one_replica_releases_the_call_at_another(sharing) -> None:
    asking, showing, third = sharing
    first = await called(asking)
    assert "confirmation_token" not in error(first)["fix"]
    seen = await agreed(showing, first)
    assert "You agreed" in seen
    assert "give it this one" not in seen
    assert "already answered" in await agreed(asking, first)

    facts(await called(third))

    assert "already" in facts(await called(showing))["summary"]
    assert [len(one.plane.writes) for one in sharing] == [0, 0, 1]


async def test_a_yes_that_was_written_into_the_store_without_the_key_is_none(
    sharing, store_server
) -> None:
    asking, other, _ = sharing
    await called(asking)
    store_server.execute("UPDATE clickpipes_mcp.pages SET standing = 'agreed'")
    assert error(await called(other))["code"] == "consent_required"
    store_server.execute(
        "UPDATE clickpipes_mcp.pages SET standing = 'agreed', is_used = false",
    )
    assert error(await called(asking))["code"] == "consent_required"
    assert [one.plane.writes for one in sharing] == [[], [], []]


async def test_with_a_store_a_secret_is_given_at_one_replica_and_sent_by_another(sharing) -> None:
    asking, showing, third = sharing
    wanted = kafka()

    async def create(running: Running) -> CallToolResult:
        async with running.client("auto") as served:
            return await served.call(CREATE, **wanted)

    first = await create(asking)
    assert error(first)["code"] == "secret_awaited"
    assert "Only the replica" not in error(first)["fix"]
    async with showing.http() as http:
        given = await at(showing, http, first).give(
            {"password": CANARY}, origin="http://127.0.0.1:8000"
        )
        assert given.status_code == 200

    assert facts(await create(third))["clickpipe"]["state"] == "Provisioning"
    assert CANARY in str(third.plane.writes[-1])
    assert [len(one.plane.writes) for one in sharing] == [0, 0, 1]
