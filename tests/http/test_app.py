"""Who may call over HTTP, under which names, and what they are told."""

import json

import pytest

from clickpipes_mcp.errors import InvalidSettings
from clickpipes_mcp.http import MAX_BODY_BYTES
from clickpipes_mcp.settings import DEFAULT_TOOLSETS, load_settings
from clickpipes_mcp.tools import TOOLS
from tests.http.served import ALICE, INITIALIZE, PING, SPOKEN, application, bearer
from tests.serving import KAFKA, POSTGRES, S3, answering, error, facts, said

pytestmark = pytest.mark.anyio

DEFAULT = {tool.name for tool in TOOLS if tool.toolset in DEFAULT_TOOLSETS}

BOB = "bob-0123456789abcdef0123456789abcdef"
PUBLIC = {"http": "0.0.0.0:8000", "http_url": "https://mcp.example.com/mcp"}


@pytest.fixture
def tokens(tmp_path):
    file = tmp_path / "tokens"
    file.touch(0o600)
    file.write_text(f"# who may call\nalice {ALICE}\n\nbob {BOB}\n")
    return file


async def test_a_client_of_either_era_lists_and_calls_tools(era):
    async with application() as running, running.client(era) as served:
        assert set(await served.tools()) == DEFAULT
        assert facts(await served.call("list_clickpipes"))["summary"] == "0 ClickPipes."


async def test_a_failure_says_what_to_do_over_http_too(era):
    async with application() as running, running.client(era) as served:
        refused = error(await served.call("get_clickpipe", clickpipe="nope"))
    assert refused["code"] == "unknown_clickpipe"


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000"])
async def test_this_machine_may_be_called_by_its_own_names(host):
    async with application() as running:
        assert (await running.ping(host=host)).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "127.0.0.1:8001", "127.0.0.1.evil.example:8000"]
)
async def test_a_name_made_to_resolve_to_this_machine_is_refused(host):
    async with application() as running:
        assert (await running.ping(host=host)).status_code == 421


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:3000", "null"])
async def test_no_web_page_may_call_unless_the_operator_says_so(origin):
    async with application() as running:
        assert (await running.ping(origin=origin)).status_code == 403


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000"])
async def test_what_the_server_itself_shows_may_call(host):
    async with application() as running:
        assert (await running.ping(host=host, origin=f"http://{host}")).status_code == 200


async def test_a_web_page_that_the_operator_names_may_call():
    page = {"origin": "https://app.example.com"}
    async with application(http_origins="https://app.example.com") as running:
        assert (await running.ping(**page)).status_code == 200
        async with running.http() as client:
            asked = {"access-control-request-method": "POST", **page}
            allowed = await client.options("/mcp", headers=asked)
    assert allowed.headers["access-control-allow-origin"] == "https://app.example.com"


async def test_a_public_name_is_the_only_one_that_is_answered_beyond_this_machine(tokens):
    async with application(**PUBLIC, http_tokens=tokens) as running:
        alice = bearer(ALICE)
        assert (await running.ping(host="mcp.example.com", **alice)).status_code == 200
        assert (await running.ping(host="mcp.example.com:443", **alice)).status_code == 200
        assert (await running.ping(host="127.0.0.1:8000", **alice)).status_code == 421
        own_page = {"host": "mcp.example.com", "origin": "https://mcp.example.com"}
        assert (await running.ping(**own_page, **alice)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        bearer("wrong-0123456789abcdef0123456789abcdef"),
        bearer(ALICE + "x"),
        bearer("x"),
        {"authorization": f"Basic {ALICE}"},
        {"authorization": ALICE},
    ],
    ids=["none", "wrong", "longer", "short", "basic", "bare"],
)
async def test_a_caller_without_a_good_token_gets_no_further(tokens, headers):
    async with application(http_tokens=tokens) as running:
        refused = await running.ping(**headers)
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"].startswith("Bearer ")
        assert running.plane.arrived == []


@pytest.mark.parametrize("tokens_given", [(ALICE, "wrong"), ("wrong", ALICE), (ALICE, BOB)])
async def test_a_caller_who_names_two_tokens_is_refused(tokens, tokens_given):
    headers = [*SPOKEN.items(), *(("authorization", f"Bearer {one}") for one in tokens_given)]
    async with application(http_tokens=tokens) as running, running.http() as client:
        refused = await client.post("/mcp", json=PING, headers=headers)
    assert refused.status_code == 400
    assert "authorization stands in this request twice" in refused.text


@pytest.mark.parametrize("name", ["origin", "content-type", "mcp-protocol-version"])
async def test_what_decides_about_a_request_stands_in_it_once(name):
    headers = [*SPOKEN.items(), (name, "first"), (name, "second")]
    async with application() as running, running.http() as client:
        assert (await client.post("/mcp", json=PING, headers=headers)).status_code == 400


async def test_a_holder_of_a_token_is_let_in_whichever_era(tokens, era):
    async with (
        application(http_tokens=tokens) as running,
        running.client(era, **bearer(ALICE)) as served,
    ):
        assert not (await served.call("list_clickpipes")).is_error


async def test_the_journal_names_who_called(tokens, tmp_path):
    journal = tmp_path / "journal.jsonl"
    async with (
        application(http_tokens=tokens, journal=journal) as running,
        running.client("auto", **bearer(BOB)) as served,
    ):
        facts(await served.call("create_s3_clickpipe", **S3))
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    assert [line["principal"] for line in lines] == ["bob", "bob"]
    assert BOB not in journal.read_text()


async def test_one_caller_cannot_use_the_confirmation_of_another(tokens):
    async with application(http_tokens=tokens, consent="chat") as running:
        async with running.client("auto", **bearer(ALICE)) as alice:
            pipe = await alice.pipe(KAFKA)
            offered = facts(await alice.call("delete_clickpipe", clickpipe=pipe))["summary"]
        token = offered.partition("confirmation_token=")[2].split()[0]
        async with running.client("auto", **bearer(BOB)) as bob:
            stolen = await bob.call("delete_clickpipe", clickpipe=pipe, confirmation_token=token)
        assert error(stolen)["code"] == "consent_stale"
        assert running.plane.writes == []


async def test_the_address_that_is_bound_is_a_name_of_the_server():
    async with application(http="127.0.0.2:8000") as running:
        assert (await running.ping(host="127.0.0.2:8000")).status_code == 200
        assert (await running.ping(host="127.0.0.3:8000")).status_code == 421


async def test_the_usual_port_may_be_named_or_left_out(tokens):
    named = {**PUBLIC, "http_url": "https://MCP.example.com:443/mcp", "http_tokens": tokens}
    async with application(**named) as running:
        for host in ("mcp.example.com", "mcp.example.com:443"):
            assert (await running.ping(host=host, **bearer(ALICE))).status_code == 200
    async with application(http="80") as running:
        assert (await running.ping(host="localhost")).status_code == 200


async def test_nobody_is_sent_to_the_host_that_a_request_names():
    async with application() as running, running.http() as client:
        answer = await client.post("/mcp/", json=PING, headers={**SPOKEN, "host": "evil.example"})
    assert answer.status_code == 404


async def test_a_body_beyond_the_limit_is_refused_unread():
    async with application() as running, running.http() as client:
        answer = await client.post("/mcp", content=b" " * (MAX_BODY_BYTES + 1), headers=SPOKEN)
    assert answer.status_code == 413


async def test_a_pipe_of_two_thousand_tables_fits_a_body():
    source = POSTGRES["source"]["postgres"]
    (named,) = source["tableMappings"]
    tables = [
        {**named, "sourceTable": f"a_table_{n:05}", "targetTable": f"public_a_table_{n:05}"}
        for n in range(2000)
    ]
    wanted = {**POSTGRES, "source": {"postgres": {**source, "tableMappings": tables}}}
    async with application() as running, running.client("auto") as served:
        made = facts(await served.call("create_postgres_clickpipe", **wanted))
        assert list(await served.pipes()) == [made["clickpipe"]["id"]]
    (sent,) = running.plane.writes
    assert len(sent.body["source"]["postgres"]["tableMappings"]) == 2000


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_what_watches_the_server_needs_no_token_and_no_name(tokens, path):
    async with application(**PUBLIC, http_tokens=tokens) as running, running.http() as client:
        answer = await client.get(path, headers={"host": "10.0.0.7:8000"})
    assert answer.status_code == 200
    assert set(answer.json()) == {"status"}
    assert running.plane.arrived == []


async def test_consent_is_asked_for_over_http_without_a_session():
    async with (
        application() as running,
        running.client("auto", person=answering("accept", name=KAFKA["name"])) as served,
    ):
        pipe = await served.pipe(KAFKA)
        result = await served.call("delete_clickpipe", clickpipe=pipe)
    assert not result.is_error, said(result)
    assert [write.method for write in running.plane.writes] == ["DELETE"]


async def test_a_client_that_cannot_be_asked_without_a_session_is_answered_with_a_link():
    async with (
        application() as running,
        running.client("legacy", person=answering("accept", name=KAFKA["name"])) as served,
    ):
        pipe = await served.pipe(KAFKA)
        refused = error(await served.call("delete_clickpipe", clickpipe=pipe))
    assert refused["code"] == "consent_required"
    assert "\nhttp://127.0.0.1:8000/mcp/approve/" in refused["fix"]
    assert running.plane.writes == []


async def test_a_single_process_asks_a_client_of_the_older_protocol_within_its_session():
    async with (
        application(http_sessions=None) as running,
        running.client("legacy", person=answering("accept", name=KAFKA["name"])) as served,
    ):
        pipe = await served.pipe(KAFKA)
        result = await served.call("delete_clickpipe", clickpipe=pipe)
    assert not result.is_error, said(result)
    assert [write.method for write in running.plane.writes] == ["DELETE"]


@pytest.mark.parametrize(
    ("chosen", "wanted"),
    [
        ({"http": "0.0.0.0:8000"}, "CLICKPIPES_HTTP_TOKENS"),
        ({"http": "0.0.0.0:8000"}, "CLICKPIPES_HTTP_URL"),
        ({"http": "8000", "http_url": "https://mcp.example.com/mcp"}, "CLICKPIPES_HTTP_TOKENS"),
        ({"http": "8000", "http_issuer": "https://login.example.com"}, "CLICKPIPES_HTTP_URL"),
        ({"http": "8000", "http_url": "http://mcp.example.com/mcp"}, "https://"),
    ],
)
def test_a_door_open_to_everybody_is_not_opened(chosen, wanted):
    with pytest.raises(InvalidSettings, match=wanted):
        load_settings({}, **chosen)


async def test_a_session_is_none_for_whoever_did_not_begin_it(tokens):
    async with (
        application(**PUBLIC, http_tokens=tokens, http_sessions=None) as running,
        running.http(host="mcp.example.com") as client,
    ):
        begun = await client.post("/mcp", json=INITIALIZE, headers={**SPOKEN, **bearer(ALICE)})
        session = {**SPOKEN, "mcp-session-id": begun.headers["mcp-session-id"]}
        answered = [
            (await client.post("/mcp", json=PING, headers={**session, **who})).status_code
            for who in (bearer(ALICE), bearer(BOB), {})
        ]
    assert answered == [200, 404, 401]


@pytest.mark.parametrize(
    ("chosen", "keeps"),
    [
        ({}, True),
        ({"http_key": "k" * 32}, False),
        ({"http_key": "k" * 32, "http_sessions": True}, True),
        ({"http_sessions": False}, False),
    ],
)
def test_sessions_are_kept_unless_there_are_replicas(chosen, keeps):
    assert load_settings({}, http="8000", **chosen).keeps_sessions is keeps


async def test_a_browser_is_told_what_is_here_and_nobody_else(tmp_path) -> None:
    tokens = tmp_path / "tokens"
    tokens.write_text(f"alice {'0123456789abcdef' * 4}\n")
    tokens.chmod(0o600)
    browser = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    async with application(http_tokens=tokens) as running, running.http() as client:
        for path in ("/", "/mcp"):
            page = await client.get(path, headers=browser)
            assert page.status_code == 200
            assert "http://127.0.0.1:8000/mcp" in page.text
            assert "need a token" in page.text
            assert "default-src 'none'" in page.headers["content-security-policy"]
        assert (await client.get("/", headers=browser | {"host": "evil.example"})).text == page.text
        assert (await client.get("/mcp")).status_code == 401
        assert (await client.post("/mcp", headers=browser)).status_code == 401
        assert (await client.get("/elsewhere", headers=browser)).status_code in {401, 404}
