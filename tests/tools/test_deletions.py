"""A deletion that is repeated asks nobody again, whatever was deleted."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from clickpipes_mcp.tools import TOOLS
from tests.serving import KAFKA, Served, answering, error, facts
from tests.tools.network.endpoints import ENDPOINTS, VPC, endpoint
from tests.tools.network.keys import BASTION, key

pytestmark = pytest.mark.anyio

DELETING = {tool.name: tool for tool in TOOLS if tool.name.startswith("delete_")}


async def _pipe(served: Served) -> str:
    return await served.pipe(KAFKA)


async def _endpoint(served: Served) -> str:
    return str((await endpoint(served, VPC))["id"])


async def _key(served: Served) -> str:
    return str((await key(served))["id"])


Making = Callable[[Served], Awaitable[str]]
CASES: dict[str, tuple[str, str, Making]] = {
    "delete_clickpipe": ("clickpipe", KAFKA["name"], _pipe),
    "delete_private_endpoint": ("endpoint", VPC["description"], _endpoint),
    "delete_ssh_key": ("ssh_key", str(BASTION["name"]), _key),
}
EVERY = pytest.mark.parametrize("tool", sorted(DELETING))


async def deleted(serve: Any, tool: str) -> tuple[Served, str]:
    """A server whose person agreed once and is then not to be asked again."""
    served = await serve(
        toolsets=("pipes", "network"), person=answering("accept", name=CASES[tool][1])
    )
    field, _, make = CASES[tool]
    made = await make(served)
    facts(await served.call(tool, **{field: made}))
    served.plane.arrived.clear()
    return served, made


@EVERY
@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("by", ["id", "name"])
async def test_what_is_gone_is_told_as_gone(serve, tool, by, dry_run) -> None:
    served, made = await deleted(serve, tool)
    field, name, _ = CASES[tool]
    served.clock.advance(3600)
    wanted = {field: made if by == "id" else name, "dry_run": dry_run}

    again = facts(await served.call(tool, **wanted))

    assert again["summary"].endswith("is gone: this server had it deleted. Nothing was sent.")
    assert served.plane.writes == []


async def test_a_pipe_that_is_being_deleted_is_not_deleted_again(serve) -> None:
    served, made = await deleted(serve, "delete_clickpipe")

    again = facts(await served.call("delete_clickpipe", clickpipe=made))

    assert again["summary"].endswith("is being deleted already; nothing was sent.")
    assert again["next_actions"][0]["arguments"]["until"] == "deleted"
    assert served.plane.writes == []


@EVERY
async def test_what_nobody_deleted_stays_unknown(serve, tool) -> None:
    served = await serve(toolsets=("pipes", "network"))

    refusal = error(await served.call(tool, **{CASES[tool][0]: "unheard of"}))

    assert "gone" not in refusal["problem"]


async def test_a_name_that_two_others_have_is_not_told_as_gone(serve) -> None:
    served, _ = await deleted(serve, "delete_private_endpoint")
    served.clock.advance(3600)
    for _ in range(2):
        await served.plane.by_somebody_else("POST", ENDPOINTS, VPC)

    refusal = error(await served.call("delete_private_endpoint", endpoint=VPC["description"]))

    assert "gone" not in refusal["problem"]
