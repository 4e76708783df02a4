"""Since when a pipe is in its state, told by what was read anyway."""

import pytest

from tests.serving import KAFKA, facts, said

pytestmark = pytest.mark.anyio


async def test_a_diagnosis_tells_between_which_looks_the_state_changed(serve):
    served = await serve()
    pipe = await served.pipe(KAFKA)
    first = facts(await served.call("diagnose_clickpipe", clickpipe=pipe))
    assert "last seen" not in first["state_means"]
    await served.call("list_clickpipes")
    await served.command(pipe, "stop")
    served.clock.advance(600)
    answer = await served.call("diagnose_clickpipe", clickpipe=pipe)
    told = facts(answer)
    assert told["state"] == "Stopped"
    assert "; last seen Running at " in told["state_means"]
    assert ", first seen Stopped at " in told["state_means"]
    assert told["state_means"] in said(answer)
    later = facts(await served.call("diagnose_clickpipe", clickpipe=pipe))
    assert later["state_means"].split("; last")[1] == told["state_means"].split("; last")[1]
