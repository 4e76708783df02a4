"""Whoever asks who is there may still shake hands."""

import anyio
import pytest
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCRequest

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.late_handshake import converse
from clickpipes_mcp.unreadable_lines import AnsweredLines
from tests.faults.processes import INITIALIZE, MODERN
from tests.serving import built

pytestmark = pytest.mark.anyio

DISCOVER = ("server/discover", {"_meta": MODERN})
SHAKE_HANDS = ("initialize", INITIALIZE)
OLDER = ("tools/list", {})
NEWER = ("tools/list", {"_meta": MODERN})


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ([DISCOVER, SHAKE_HANDS, OLDER], []),
        ([DISCOVER, DISCOVER, SHAKE_HANDS, OLDER], []),
        ([DISCOVER, NEWER, NEWER], []),
        ([SHAKE_HANDS, OLDER], []),
        ([DISCOVER, NEWER, SHAKE_HANDS, NEWER], [3]),
        ([SHAKE_HANDS, SHAKE_HANDS, NEWER], [3]),
    ],
)
async def test_a_pipe_speaks_what_its_client_settles_on(said, refused) -> None:
    _, server = built(ManualClock())
    write, incoming = anyio.create_memory_object_stream[SessionMessage | Exception](9)
    outgoing, read = anyio.create_memory_object_stream[SessionMessage](9)
    errors = []
    async with anyio.create_task_group() as conversing:
        lowlevel = server._lowlevel_server
        conversing.start_soon(converse, lowlevel, AnsweredLines(incoming, outgoing), outgoing)
        for number, (method, params) in enumerate(said, 1):
            request = JSONRPCRequest(jsonrpc="2.0", id=number, method=method, params=params)
            await write.send(SessionMessage(request))
            answer = (await read.receive()).message
            assert answer.id == number
            if not hasattr(answer, "result"):
                errors.append(number)
        await write.aclose()
        with pytest.raises(anyio.EndOfStream):
            await read.receive()
    await read.aclose()

    assert errors == refused
