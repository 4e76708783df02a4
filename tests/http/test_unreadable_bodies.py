"""What is answered over HTTP to a body that is no message, and what is written down of answers."""

import json

import httpx2
import pytest

from clickpipes_mcp.http import MAX_BODY_BYTES
from tests.faults.processes import PATIENCE_S
from tests.http.served import PING, SPOKEN, HttpProcess, application

pytestmark = pytest.mark.anyio
CANARY = "kn0wn-canary"


@pytest.mark.parametrize(
    ("body", "number", "reason"),
    [
        ({**PING, "method": 5, "params": {"password": CANARY}}, 1, "method must be text"),
        ({**PING, "params": [CANARY]}, 1, "params must be an object"),
        ([{**PING, "params": {"password": CANARY}}], None, "batches are not supported"),
        (CANARY, None, "one JSON object"),
    ],
)
@pytest.mark.parametrize("keeps_sessions", [False, True])
async def test_a_body_that_is_no_message_is_not_repeated(
    body, number, reason, keeps_sessions
) -> None:
    async with application(http_sessions=keeps_sessions) as served, served.http() as client:
        answer = await client.post("/mcp", json=body, headers=SPOKEN)

    assert answer.status_code == 400
    assert CANARY not in answer.text
    assert answer.json()["id"] == number
    assert reason in answer.json()["error"]["message"]


NO_ID = [{}, *({"id": number} for number in (None, {"a": CANARY}, [CANARY], 7.5, True))]


@pytest.mark.parametrize("number", NO_ID, ids=str)
@pytest.mark.parametrize("version", ["2025-11-25", "2026-07-28"])
@pytest.mark.parametrize("keeps_sessions", [False, True])
async def test_a_request_whose_id_is_none_is_refused_and_not_taken_for_a_notification(
    number, version, keeps_sessions
) -> None:
    body = {"jsonrpc": "2.0", "method": "tools/call", "params": {"name": CANARY}, **number}
    spoken = {**SPOKEN, "mcp-protocol-version": version}
    async with application(http_sessions=keeps_sessions) as served, served.http() as client:
        answer = await client.post("/mcp", json=body, headers=spoken)

    assert answer.status_code == 400
    assert answer.json() == {
        "jsonrpc": "2.0",
        "id": None,
        "error": {
            "code": -32600,
            "message": "Invalid Request: a request must have an id, text or a whole number. "
            "Nothing was done. Correct it and send it again.",
        },
    }


async def test_a_body_that_is_too_long_is_refused_as_such_though_its_length_was_not_told() -> None:
    async def parts():
        for _ in range(MAX_BODY_BYTES // 65_536 + 2):
            yield b"{" * 65_536

    async with application() as served, served.http() as client:
        answer = await client.post("/mcp", content=parts(), headers=SPOKEN)

    assert answer.status_code == 413


async def test_a_body_that_is_not_json_is_answered_as_a_line_of_standard_input_is() -> None:
    body = json.dumps(PING).encode()[:-1]
    async with application() as served, served.http() as client:
        answer = await client.post("/mcp", content=body, headers=SPOKEN)

    assert answer.status_code == 400
    assert answer.json()["id"] == PING["id"]
    assert "not valid JSON at character" in answer.json()["error"]["message"]


async def test_a_message_that_is_refused_for_another_reason_keeps_its_answer() -> None:
    async with application(http_sessions=True) as served, served.http() as client:
        answer = await client.post("/mcp", json=PING, headers=SPOKEN)

    assert answer.status_code == 400
    assert "session" in answer.json()["error"]["message"].casefold()


def test_the_log_holds_no_answer_however_much_is_logged() -> None:
    called = {"name": "list_services", "arguments": {}}
    message = {**PING, "method": "tools/call", "params": called}
    settings = {"CLICKPIPES_LOG_LEVEL": "debug", "CLICKPIPES_SIMULATOR": "1"}
    with HttpProcess(None, **settings) as served:
        told = httpx2.post(
            served.endpoint, json=message, headers=SPOKEN, trust_env=False, timeout=PATIENCE_S
        )
        served.kill()
        logged = "".join(served.last_words())

    assert "simulated-analytics" in told.text
    assert "GET /v1/organizations" in logged
    assert "simulated-analytics" not in logged
