"""A pipe in the place of another is offered as a whole call only where it is another pipe."""

import pytest

from clickpipes_mcp.simulator import SCENARIOS
from tests.serving import PIPES, facts, said

pytestmark = pytest.mark.anyio


async def diagnosed(serve, name):
    served = await serve(simulator={"scenario": name})
    (pipe,) = await served.plane.by_somebody_else("GET", PIPES)
    return pipe, await served.call("diagnose_clickpipe", clickpipe=pipe["id"])


@pytest.mark.parametrize("name", ["broker-down", "schema-registry-down"])
async def test_what_only_a_person_knows_is_left_to_a_step(serve, name) -> None:
    pipe, result = await diagnosed(serve, name)
    found = facts(result)

    offered = [one["tool"] for one in found["next_actions"]]
    assert offered[:2] == ["diagnose_clickpipe", "stop_clickpipe"]
    assert "create_kafka_clickpipe" not in offered
    (step,) = (one["step"] for one in found["steps"] if one.get("code") == "create_kafka_clickpipe")
    assert f"Pass like {pipe['id']}, a new name, " in step
    assert f"clickpipes-{pipe['id']}" in step
    assert "Stop the old pipe first" in step


@pytest.mark.parametrize("name", SCENARIOS)
async def test_no_create_is_the_same_pipe_again(serve, name) -> None:
    pipe, result = await diagnosed(serve, name)
    found = facts(result)

    (old,) = (arm for arm in pipe["source"].values() if isinstance(arm, dict))
    for one in found.get("next_actions", ()):
        if one["tool"].startswith("create_"):
            source = one["arguments"]["source"]
            address = {"brokers", "host", "uri", "url"} & source.keys() & old.keys()
            assert any(source[name] != old[name] for name in address), said(result)
    assert "Ask for the secrets" not in said(result)
