"""The private ways of a service on one page."""

import pytest

from tests.serving import facts
from tests.tools.network.endpoints import VPC, endpoint
from tests.tools.network.keys import ON, key

pytestmark = pytest.mark.anyio


async def test_endpoints_and_keys_stand_together_with_how_a_pipe_uses_them(serve, era) -> None:
    served = await serve(era=era)
    way, bastion = await endpoint(served, VPC), await key(served, active=True)

    shown = facts(await served.call("list_network_paths"))

    paths = [(row["way"], row["id"], row["status"]) for row in shown["paths"]]
    assert paths[0] == ("private endpoint", way["id"], "Ready")
    assert paths[-1] == ("SSH key", bastion["id"], "active")
    assert any("source.ssh_key_resource_id" in line for line in shown["how_to_use"])


async def test_it_says_what_the_operator_does_where_the_toolset_is_off(serve) -> None:
    off, on = await serve(), await serve(**ON)

    assert (
        "CLICKPIPES_TOOLSETS=pipes,create,tuning,insight,network"
        in (facts(await off.call("list_network_paths"))["summary"])
    )
    assert "CLICKPIPES_TOOLSETS" not in facts(await on.call("list_network_paths"))["summary"]


async def test_the_earlier_name_of_the_toolset_is_still_taken(serve) -> None:
    served = await serve(toolsets=("private_endpoints",))

    assert {"create_ssh_key", "list_private_endpoints"} <= set(await served.tools())
