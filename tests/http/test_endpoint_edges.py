"""Requests that no client of the SDK sends: each has an answer that says what is wrong."""

import anyio
import pytest

from tests.http.served import INITIALIZE, PING, SPOKEN, Running, application

pytestmark = pytest.mark.anyio
NEWER = {**SPOKEN, "mcp-protocol-version": "2026-07-28"}
BOTH = "The Accept header must name application/json and text/event-stream. Nothing was done."


async def session(running: Running) -> dict[str, str]:
    """The header of a session that was just begun."""
    async with running.http() as client:
        begun = await client.post("/mcp", json=INITIALIZE, headers=SPOKEN)
    return {"mcp-session-id": begun.headers["mcp-session-id"]}


async def test_a_stream_that_is_to_go_on_after_an_event_begins_anew(caplog) -> None:
    wanted = {"accept": "text/event-stream", "last-event-id": "7"}
    async with application(http_sessions=True) as running, running.http() as client:
        named = await session(running)
        async with client.stream("GET", "/mcp", headers={**wanted, **named}) as stream:
            assert stream.status_code == 200
            assert stream.headers["content-type"].startswith("text/event-stream")
            another = await client.get("/mcp", headers={**wanted, **named})
            assert another.status_code == 409
        with anyio.fail_after(60):
            while another.status_code == 409:
                async with client.stream("GET", "/mcp", headers={**wanted, **named}) as another:
                    assert another.status_code in (200, 409)
    assert caplog.text == ""


@pytest.mark.parametrize("accepted", ["", "application/json", "text/html"])
async def test_who_accepts_too_little_is_told_so_in_the_newer_protocol(accepted) -> None:
    async with application() as running, running.http() as client:
        answer = await client.post("/mcp", json=PING, headers={**NEWER, "accept": accepted})

    assert (answer.status_code, answer.json()["error"]["message"]) == (406, BOTH)


@pytest.mark.parametrize("method", ["DELETE", "OPTIONS", "PUT"])
async def test_a_method_that_is_not_taken_is_told_so_in_the_newer_protocol(method) -> None:
    async with application() as running, running.http() as client:
        answer = await client.request(method, "/mcp", headers=NEWER)

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.json()["error"]["message"].startswith("The endpoint takes POST alone")


@pytest.mark.parametrize("version", ["2025-11-25", "2026-07-28"])
async def test_to_head_only_the_head_is_answered(version) -> None:
    async with application(http_sessions=True) as running, running.http() as client:
        answer = await client.head("/mcp", headers={**SPOKEN, "mcp-protocol-version": version})

    assert (answer.status_code, answer.content) == (405, b"")


async def test_nobody_ends_a_session_whose_name_they_only_guess() -> None:
    async with application(http_sessions=True) as running, running.http() as client:
        named = await session(running)
        guessed = await client.delete("/mcp", headers={**SPOKEN, "mcp-session-id": "guessed"})
        still = await client.post("/mcp", json=PING, headers={**SPOKEN, **named})
        ended = await client.delete("/mcp", headers={**SPOKEN, **named})
        gone = await client.post("/mcp", json=PING, headers={**SPOKEN, **named})

    statuses = [answer.status_code for answer in (guessed, still, ended, gone)]
    assert statuses == [404, 200, 200, 404]


async def test_a_body_that_stops_midway_is_no_line_in_the_log(caplog) -> None:
    async with application() as running:
        host, port = running.root.removeprefix("http://").split(":")
        async with await anyio.connect_tcp(host, int(port)) as connection:
            await connection.send(
                b"POST /mcp HTTP/1.1\r\nhost: 127.0.0.1:8000\r\ntransfer-encoding: chunked\r\n"
                b"content-type: application/json\r\naccept: application/json, text/event-stream"
                b'\r\n\r\n7\r\n{"jsonr\r\n'
            )
        assert (await running.ping()).status_code == 200
    assert caplog.text == ""
