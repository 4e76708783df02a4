"""Whether a host that a server names can be connected to."""

import asyncio
from typing import Final

STEP_S: Final = 5.0
"""How long one question may take."""


async def reach(host: str, port: int) -> str:
    """Why there is no connection; empty where there is one."""
    try:
        async with asyncio.timeout(STEP_S):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError) as error:
        return tell(error)
    writer.close()
    return ""


def tell(error: BaseException) -> str:
    """What an error says, in words."""
    if isinstance(error, TimeoutError):
        return f"no answer within {STEP_S:g} s"
    return str(error) or type(error).__name__
