"""No two pipes of a service come to have one name."""

import pytest

from clickpipes_mcp.tools import TOOLS
from tests.serving import KAFKA, S3, error, facts, said

pytestmark = pytest.mark.anyio
RENAMING = [
    tool
    for tool in TOOLS
    if {"clickpipe", "name"} <= set(tool.arguments.model_fields) and tool.effect.is_destructive
]


def test_some_tool_renames() -> None:
    assert [tool.name for tool in RENAMING] == ["update_clickpipe"]


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("tool", RENAMING, ids=lambda tool: tool.name)
async def test_no_pipe_is_given_the_name_of_another(serve, tool, dry_run) -> None:
    served = await serve()
    pipe, other = await served.pipe(KAFKA), await served.pipe(S3)
    asked = {"clickpipe": pipe, "name": S3["name"], "dry_run": dry_run}

    refusal = error(await served.call(tool.name, **asked))

    assert refusal["code"] == "conflict"
    assert "A ClickPipe of that name exists already" in refusal["problem"]
    assert other in refusal["problem"]
    assert served.plane.writes == []


async def test_a_pipe_keeps_the_name_that_it_shares_already(serve) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA)
    await served.pipe(KAFKA)

    result = await served.call("update_clickpipe", clickpipe=pipe, name=KAFKA["name"])

    assert not result.is_error, said(result)


async def test_the_name_of_a_pipe_that_is_being_deleted_is_waited_for(serve) -> None:
    served = await serve(consent="dangerously-off")
    pipe, other = await served.pipe(KAFKA), await served.pipe(S3)
    facts(await served.call("delete_clickpipe", clickpipe=other))

    refusal = error(await served.call("update_clickpipe", clickpipe=pipe, name=S3["name"]))

    assert "is being deleted" in refusal["problem"]
    assert refusal["next_actions"][0]["arguments"]["until"] == "deleted"
