"""What is told when the API fails at a creation, of whatever kind: what is known and what next."""

import pytest

from clickpipes_mcp.simulator import Fault
from clickpipes_mcp.sources import SOURCES
from tests.examples import put_secrets
from tests.serving import error, facts
from tests.tools.network.endpoints import PSC
from tests.tools.network.keys import BASTION, ON

pytestmark = pytest.mark.anyio

CREATIONS = {f"create_{spec.key}_clickpipe": spec.example for spec in SOURCES}
CREATIONS |= {"create_private_endpoint": PSC, "create_ssh_key": BASTION}


@pytest.mark.parametrize("status", [500, 503])
@pytest.mark.parametrize("tool", CREATIONS)
async def test_a_creation_at_which_the_api_fails_may_be_repeated_as_it_says(
    serve, tool, status, monkeypatch, tmp_path
) -> None:
    put_secrets(monkeypatch, tmp_path)
    fault = Fault(kind="status", method="POST", status=status, times=1)
    chosen = {"secrets_dir": tmp_path} if tool.endswith("_clickpipe") else ON
    served = await serve(simulator={"faults": (fault,)}, **chosen)

    refusal = error(await served.call(tool, **CREATIONS[tool]))
    sent = len(served.plane.writes)
    served.clock.advance(60)
    facts(await served.call(tool, **CREATIONS[tool]))

    assert (refusal["code"], refusal["retryable"], sent) == ("api_failure", True, 1)
    said, known = refusal["problem"].split(": Internal error. ")
    assert said.endswith(f"({status})")
    assert known.startswith("No ")
    assert known.endswith(" is listed yet; it may still appear.")
    assert refusal["fix"].startswith("Wait a minute, then repeat the call unchanged: it adopts the")
    assert "look" not in refusal["next_actions"][0]["why"]
    assert len(served.plane.writes) == 2
