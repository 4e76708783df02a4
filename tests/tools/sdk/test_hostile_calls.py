"""No call ends the server: whatever it is given, a tool answers what was wrong and what to do."""

import json
import logging

import pytest

from clickpipes_mcp.cloud import CloudClient, Requests
from clickpipes_mcp.settings import TOOLSETS
from clickpipes_mcp.tools import TOOLS
from tests.hostile import HEAVY, HOSTILE, UNSENDABLE
from tests.serving import POSTGRES, error, said

pytestmark = pytest.mark.anyio

SURVIVED = {
    "invalid_arguments",
    "invalid_call",
    "unknown_clickpipe",
    "refused_by_api",
    "conflict",
    "consent_required",
}


@pytest.mark.redteam("broken text")
@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
async def test_every_tool_survives_hostile_arguments(serve, tool) -> None:
    server = await serve(toolsets=TOOLSETS)
    await server.pipe(POSTGRES)
    before = len(server.plane.writes)
    fields = tool.arguments.model_fields
    looked_at = {"dry_run": True} if "dry_run" in fields else {}
    for name in list(fields)[:3]:
        for hostile in sorted(set(HOSTILE) - HEAVY - UNSENDABLE):
            result = await server.call(tool.name, **{**looked_at, name: HOSTILE[hostile]})
            json.dumps(result.structured_content, ensure_ascii=False, allow_nan=False).encode()
            said(result).encode()
            if result.is_error:
                assert error(result)["code"] in SURVIVED, said(result)
    assert len(server.plane.writes) == before


async def test_a_failure_nobody_foresaw_says_what_to_do_and_nothing_of_itself(
    serve, monkeypatch, caplog
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("QuietCanary4711")

    server = await serve()
    monkeypatch.setattr(CloudClient, "services", broken)
    with caplog.at_level(logging.ERROR):
        result = await server.call("list_clickpipes")

    content = error(result)
    assert content["code"] == "internal"
    assert "defect of the server" in content["problem"]
    assert "Tell the person" in content["fix"]
    assert "QuietCanary4711" not in said(result)
    (record,) = caplog.records
    reference = record.getMessage().rpartition("reference ")[2]
    assert reference
    assert f"reference {reference}." in content["problem"]


async def test_a_write_that_failed_so_sends_the_caller_to_look_first(serve, monkeypatch) -> None:
    def broken(*_: object) -> None:
        raise RecursionError

    server = await serve(consent="dangerously-off")
    pipe = await server.pipe(POSTGRES)
    monkeypatch.setattr(Requests, "set_pipe_state", broken)

    content = error(await server.call("stop_clickpipe", clickpipe=pipe))

    assert content["code"] == "internal"
    assert "before repeating" in content["fix"]
    assert [action["tool"] for action in content["next_actions"]] == ["list_clickpipes"]
