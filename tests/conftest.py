"""Fixtures every test may use."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial

import pytest

from tests import serving
from tests.serving import Served


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=["auto", "legacy"])
def era(request) -> str:
    """Both eras of the protocol: questions between rounds, questions from the server."""
    return str(request.param)


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., Awaitable[Served]]]:
    """Starts a server on a fresh simulator and connects to it; keywords as `serving.serve`."""
    async with AsyncExitStack() as stack:
        yield partial(serving.serve, stack)
