"""A yes to changing a private endpoint counts once, even when everything is as it was again."""

from typing import Any

import pytest
from mcp_types import InputRequiredResult

from tests.rounds import answers_to
from tests.serving import POSTGRES, SERVICE, Served, answering
from tests.tools.network.endpoints import ENDPOINTS, ON, PSC, dns, endpoint, with_source

pytestmark = pytest.mark.anyio

TOOL = "update_private_endpoint"


async def _agreed_to(served: Served, arguments: dict[str, Any]) -> dict[str, Any]:
    """What a client sends back once the person has typed the description."""
    asked = await served.client.session.call_tool(TOOL, arguments, allow_input_required=True)
    return answers_to(asked, name=PSC["description"])


async def test_an_answer_replayed_after_the_names_were_set_back_does_nothing(serve) -> None:
    served = await serve(person=answering("decline"), **ON)
    made = await endpoint(served, PSC)
    await served.pipe(with_source(POSTGRES, "loses", host="db.example.com"))
    arguments = {
        "endpoint": made["id"],
        "custom_private_dns_mappings": dns("*.eu.example.com"),
        "service": SERVICE,
    }
    answered = await _agreed_to(served, arguments)
    await served.client.session.call_tool(TOOL, arguments, **answered)
    assert [write.method for write in served.plane.writes] == ["PATCH"]
    one = f"{ENDPOINTS}/{made['id']}"
    back = {"customPrivateDnsMappings": PSC["customPrivateDnsMappings"]}
    await served.plane.by_somebody_else("PATCH", one, back)
    assert await served.plane.by_somebody_else("GET", one) == made

    replayed = await served.client.session.call_tool(TOOL, arguments, **answered)

    assert isinstance(replayed, InputRequiredResult) or replayed.is_error
    assert len(served.plane.writes) == 1
    assert await served.plane.by_somebody_else("GET", one) == made
