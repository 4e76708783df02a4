"""Whoever has no token, or shows one oddly, reaches nothing over HTTP."""

import pytest

from tests import attempts_table
from tests.http.served import PING, SPOKEN, application

pytestmark = [pytest.mark.anyio, pytest.mark.redteam("connections")]

TOKEN = "alice-0123456789abcdef0123456789abcdef"
HEADERS: list[list[tuple[str, str]]] = [
    [],
    *(
        [("authorization", value)]
        for value in (
            "",
            "Bearer",
            f"Basic {TOKEN}",
            f"Bearer {TOKEN[:-1]}",
            f"Bearer {TOKEN}0",
            f"Bearer {TOKEN.upper()}",
            f"Bearer alice {TOKEN}",
            f"Bearer {TOKEN},{TOKEN}",
            f"Bearer {TOKEN} {TOKEN}",
            "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.",
            f"Token {TOKEN}",
            TOKEN,
            "Bearer " + "x" * 7000,
        )
    ),
    [("authorization", f"Bearer {TOKEN}"), ("authorization", "Bearer other")],
    [("authorization", "Bearer other"), ("authorization", f"Bearer {TOKEN}")],
    [("cookie", f"authorization=Bearer {TOKEN}")],
    [("x-authorization", f"Bearer {TOKEN}")],
    [("authorization", f"Bearer {TOKEN}"), ("host", "evil.example")],
    [("authorization", f"Bearer {TOKEN}"), ("origin", "https://evil.example")],
]
CALL = {
    **PING,
    "method": "tools/call",
    "params": {"name": "list_clickpipes", "arguments": {}},
}


async def test_no_stranger_reaches_a_tool(tmp_path) -> None:
    tokens = tmp_path / "tokens"
    tokens.touch(0o600)
    tokens.write_text(f"alice {TOKEN}\n")
    async with application(http_tokens=tokens) as running, running.http() as client:
        before = len(running.plane.arrived)
        for headers in HEADERS:
            named = [*SPOKEN.items(), *headers]
            for send in (
                lambda named=named: client.post("/mcp", json=CALL, headers=named),
                lambda named=named: client.post(f"/mcp?token={TOKEN}", json=CALL, headers=named),
            ):
                answer = await send()
                attempts_table.count(sightings=answer.text.count(TOKEN))
                assert answer.status_code >= 400, headers
                assert TOKEN not in answer.text
        reached = running.plane.arrived[before:]
    attempts_table.count(0, effects=len(reached))
    assert reached == []
