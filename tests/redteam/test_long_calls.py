"""No argument holds up the event loop, however much of it there is."""

import pytest

from clickpipes_mcp.settings import TOOLSETS
from clickpipes_mcp.tools import TOOLS
from tests.hostile import HEAVY, HOSTILE
from tests.serving import POSTGRES

pytestmark = [pytest.mark.anyio, pytest.mark.redteam("time")]

LONG = [*sorted(HEAVY), "a text of blanks", "a text of addresses", "a huge number as text"]


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
async def test_what_is_long_is_refused_soon(serve, tool) -> None:
    served = await serve(toolsets=TOOLSETS)
    await served.pipe(POSTGRES)
    fields = list(tool.arguments.model_fields)
    looked_at = {"dry_run": True} if "dry_run" in fields else {}
    for name in LONG:
        for place in (fields[-1] if fields else "anything", "unheard_of"):
            await served.call(tool.name, **{**looked_at, place: HOSTILE[name]})
    for wide in ({f"{name}_{index}": 1 for index in range(3000)} for name in fields[:1]):
        await served.call(tool.name, **looked_at, **wide)
