"""The pages on which people watch their pipes: who gets in, what they tell, what they cost."""

import json
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import pytest

from clickpipes_mcp.http.looks import Answers, Look
from clickpipes_mcp.http.page_content import fleet_content, pipe_content
from clickpipes_mcp.http.readers import DIAGNOSIS, METRICS, PIPE
from clickpipes_mcp.simulator import DEFAULT_SERVICE_ID
from tests.http.served import ALICE, application, bearer
from tests.http.watching import PacedClock, Viewer, answers_of, watching
from tests.serving import KAFKA, PIPES, S3, SERVICE, Arrived, facts

pytestmark = pytest.mark.anyio

HTML = {"accept": "text/html"}
JSON = {"accept": "application/json"}
HOSTILE = "<script>alert(1)</script>\u202e \"quoted\" 'x' & {{ 7 * 7 }}"
HERE = {"origin": "http://127.0.0.1:8000", "sec-fetch-site": "same-origin"}


def token_of(page: str) -> str:
    return page.partition('name="form_token" value="')[2][:64]


async def test_only_who_gave_a_good_token_gets_in_until_it_is_good_no_more(tmp_path):
    file = tmp_path / "tokens"
    file.touch(0o600)
    file.write_text(f"alice {ALICE}\n")
    async with application(http_tokens=file) as running, running.http() as http:
        await running.plane.by_somebody_else("POST", PIPES, KAFKA)
        running.plane.arrived.clear()
        for path in ("/fleet", "/fleet/events", f"/pipes/{DEFAULT_SERVICE_ID}", "/pipes/x/events"):
            assert (await http.get(path, headers=JSON)).status_code == 401
            sent = await http.get(path, headers=HTML)
            assert sent.status_code == 303
            assert str(sent.next_request.url) == f"{running.root}/sign-in"
            forged = await http.get(path, headers={**JSON, "cookie": "clickpipes-visitor=x"})
            assert forged.status_code == 401
        assert not running.plane.arrived
        assert (await http.get("/fleet", headers=bearer(ALICE))).status_code == 200

        form = token_of((await http.get("/sign-in")).text)
        fields = {"form_token": form, "token": ALICE}
        foreign = await http.post("/sign-in", data=fields, headers={"origin": "http://evil.test"})
        assert foreign.status_code == 403
        wrong = await http.post("/sign-in", data={**fields, "token": "guess" * 9}, headers=HERE)
        assert wrong.status_code == 422
        assert "guess" not in wrong.text
        assert not http.cookies
        entered = await http.post("/sign-in", data=fields, headers=HERE)
        assert entered.status_code == 303
        assert str(entered.next_request.url) == f"{running.root}/fleet"
        cookie = entered.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert ALICE not in cookie
        page = await http.get("/fleet", headers=HTML)
        assert page.status_code == 200
        assert KAFKA["name"] in page.text

        # The cookie opens the pages alone.
        assert (await http.post("/mcp", json={}, headers=HERE)).status_code == 401
        sign_out = {"form_token": token_of(page.text)}
        assert (await http.post("/sign-out", data={}, headers=HERE)).status_code == 403
        kept = dict(http.cookies)
        assert (await http.post("/sign-out", data=sign_out, headers=HERE)).status_code == 303
        assert not http.cookies
        http.cookies.update(kept)
        assert (await http.get("/fleet", headers=JSON)).status_code == 401

        await http.post("/sign-in", data=fields, headers=HERE)
        assert (await http.get("/fleet", headers=JSON)).status_code == 200
        file.write_text(f"alice {ALICE[::-1]}\n")
        assert (await http.get("/fleet", headers=HTML)).status_code == 303
        file.write_text(f"alice {ALICE}\n")
        assert (await http.get("/fleet", headers=JSON)).status_code == 401  # forgotten
        await http.post("/sign-in", data=fields, headers=HERE)
        running.clock.advance(8 * 3600)
        assert (await http.get("/fleet", headers=JSON)).status_code == 401


async def test_a_page_tells_what_the_tools_answer_and_no_name_is_more_than_a_name():
    async with application() as running, running.http() as http:
        made = await running.plane.by_somebody_else("POST", PIPES, {**KAFKA, "name": HOSTILE})
        running.clock.advance(3600)
        fleet, address = await http.get("/fleet", headers=HTML), f"/pipes/{made['id']}"
        told = answers_of(await http.get("/fleet", headers=JSON))
        first = await http.get(address, headers=HTML)
        running.clock.advance(60)
        pipe = await http.get(address, headers=HTML)
        of_pipe = answers_of(await http.get(address, headers=JSON))
        async with running.client("auto") as served:
            listed = facts(await served.client.call_tool("list_clickpipes", {}))
            shown = facts(await served.call("get_clickpipe", clickpipe=made["id"], service=SERVICE))
        assert told["answers"]["list_clickpipes"] == listed
        assert of_pipe["answers"]["get_clickpipe"] == shown
        assert of_pipe["answers"]["diagnose_clickpipe"]["state"] == "Running"
        assert "is being made" in first.text
        assert "Nothing wrong found" in pipe.text
        for page in (fleet, first, pipe):
            assert page.status_code == 200
            assert "&lt;script&gt;alert(1)" in page.text
            assert "<script>alert" not in page.text
            assert "\u202e" not in page.text
            assert "{{ 7 * 7 }}" in page.text
            policy = page.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "connect-src 'self'" in policy
            assert "unsafe" not in policy
            assert page.headers["cache-control"] == "no-store"
        written = [one.path for one in running.plane.writes if not one.path.endswith("/run")]
        assert not written  # what somebody else made is not in it


async def test_what_is_not_there_and_who_asks_from_elsewhere_is_refused():
    async with application(toolsets="create") as running, running.http() as http:
        for path in ("/fleet", f"/pipes/{DEFAULT_SERVICE_ID}"):
            assert (await http.get(path)).status_code == 404  # nothing that lists is offered
    async with application() as running, running.http() as http:
        for path, headers, status in (
            ("/fleet", {"host": "evil.test"}, 421),
            ("/fleet", {"sec-fetch-site": "cross-site", "sec-fetch-dest": "image"}, 403),
            ("/fleet/events", {"sec-fetch-site": "same-site"}, 403),
            ("/fleet?connection=other", {}, 404),
            ("/pipes/not-an-id", {}, 404),
            ("/pipes/not-an-id/events", {}, 404),
        ):
            refused = await http.get(path, headers=headers)
            assert refused.status_code == status, path
        assert not running.plane.arrived
        assert (await http.post("/fleet")).status_code == 404
        absent = await http.get(f"/pipes/{DEFAULT_SERVICE_ID}", headers=HTML)
        assert absent.status_code == 404
        assert "No service has a ClickPipe of that id" in absent.text
        assert (await http.get("/sign-in")).status_code == 404  # nobody is asked for a token


async def test_five_who_watch_cost_as_much_as_one_and_nobody_costs_nothing():
    clock = PacedClock()
    async with application(clock, service_id=DEFAULT_SERVICE_ID) as running:
        await running.plane.by_somebody_else("POST", PIPES, S3)
        clock.advance(3600)
        running.plane.arrived.clear()
        async with AsyncExitStack() as stack:
            http = await stack.enter_async_context(running.http())
            viewers: list[Viewer] = [
                await stack.enter_async_context(watching(http, "/fleet/events")) for _ in range(5)
            ]
            parts = {await one.look() for one in viewers}
            assert len(parts) == 1
            cost = len(running.plane.arrived)
            assert 0 < cost <= 3
            clock.advance(4)
            await http.get("/fleet")
            assert len(running.plane.arrived) == cost
            clock.advance(10)
            again = {await one.look() for one in viewers}
            assert len(again) == 1
            assert again != parts
            assert len(running.plane.arrived) <= 2 * cost
        seen = [len(running.plane.arrived)]
        for _ in range(10):
            clock.advance(60)
            async with running.http() as http:
                assert (await http.get("/healthz")).status_code == 200
            seen.append(len(running.plane.arrived))
        assert seen[2] <= seen[0] + cost  # a look that was under way may end
        assert seen[2:] == seen[2:3] * 9


async def test_an_api_that_is_down_is_said_looked_at_less_often_and_recovers():
    clock = PacedClock()
    async with (
        application(clock, service_id=DEFAULT_SERVICE_ID) as running,
        running.http() as http,
        watching(http, "/fleet/events") as viewer,
    ):
        assert '"clickpipes":[]' in await viewer.look()
        running.plane.retell = lambda _, __: b"<html>"
        clock.advance(10)
        down = await viewer.look()
        assert "No newer answer" in down
        assert '"clickpipes":[]' in down
        clock.advance(10)
        await viewer.look()
        asked = len(running.plane.arrived)
        clock.advance(15)
        await http.get("/healthz")
        assert len(running.plane.arrived) == asked
        running.plane.retell = None
        await running.plane.by_somebody_else("POST", PIPES, S3)
        clock.advance(60)
        back = await viewer.look()
        assert "No newer answer" not in back
        assert S3["name"] in back


async def test_a_page_that_knows_nothing_yet_says_why():
    async with application() as running, running.http() as http:
        running.plane.retell = lambda _, __: b"<html>"
        page = await http.get("/fleet", headers=HTML)
        assert page.status_code == 503
        assert "Nothing could be read yet" in page.text


def as_namesakes(arrived: Arrived, answered: bytes) -> bytes:
    """Every service with the same name, the last one first."""
    if not arrived.path.endswith("/services"):
        return answered
    told = json.loads(answered)
    told["result"] = [{**one, "name": "twin"} for one in reversed(told["result"])]
    return json.dumps(told).encode()


async def test_a_pipe_is_found_in_the_one_of_two_services_of_a_name_that_has_it():
    async with application() as running, running.http() as http:
        made = await running.plane.by_somebody_else("POST", PIPES, S3)
        running.clock.advance(3600)
        running.plane.retell = as_namesakes
        fleet = await http.get("/fleet", headers=HTML)
        assert f'href="pipes/{made["id"]}"' in fleet.text
        told = answers_of(await http.get(f"/pipes/{made['id']}", headers=JSON))
        assert told["answers"]["get_clickpipe"]["service_id"] == DEFAULT_SERVICE_ID
        absent = await http.get(f"/pipes/{DEFAULT_SERVICE_ID}", headers=HTML)
        assert absent.status_code == 404


def test_what_could_not_be_read_beside_a_pipe_is_said_above_it():
    down = {"problem": "The API is down."}
    pipe = {"summary": "It is Running.", "state": "Running", "warnings": ["Mind it."]}
    moved = {"summary": "It is Failed.", "state": "Failed", "findings": [], "warnings": ["Late."]}

    def look(*answers: object) -> Look:
        of = dict(zip((PIPE, METRICS, DIAGNOSIS), answers, strict=False))
        return Look(1, Answers(of, 1), datetime(2026, 1, 1, tzinfo=UTC))

    failed = pipe_content(look(pipe, down, down), is_diagnosed=True)
    assert failed["warnings"] == [
        "Mind it.",
        "Readings are missing: The API is down.",
        "The diagnosis is missing: The API is down.",
    ]
    idle = pipe_content(look(pipe, {"summary": "No readings."}, moved), is_diagnosed=True)
    assert idle["warnings"] == ["Mind it.", "No readings.", "Late."]
    assert (idle["summary"], idle["state"], idle["findings"]) == ("It is Running.", "Running", [])
    first = pipe_content(look(pipe), is_diagnosed=True)
    assert first["read"].endswith("is here in a few seconds")
    assert pipe_content(look(pipe), is_diagnosed=False)["read"] == "read at 00:00:00 UTC"
    assert fleet_content(Look())["summary"] == "Looking …"


async def test_all_pages_of_a_list_are_one_request():
    simulator = {"pipes": 120}
    async with (
        application(simulator=simulator, service_id=DEFAULT_SERVICE_ID) as running,
        running.http() as http,
    ):
        for requests in (4, 2):  # at first the organization and the length of the list are unknown
            page = await http.get("/fleet", headers=HTML)
            assert page.text.count('<th scope="row">') == 120
            assert "<h1>120 ClickPipes.</h1>" in page.text
            assert len(running.plane.arrived) == requests
            running.clock.advance(3600)
            running.plane.arrived.clear()
