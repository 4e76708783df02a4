"""Servers over HTTP that are alike."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from tests.http.served import NAME, Running, application
from tests.serving import KAFKA, PIPES


@pytest.fixture
async def replicas() -> AsyncIterator[object]:
    """Starts servers that are alike, down to the pipes of their simulators."""
    async with AsyncExitStack() as stack:

        async def start(count: int = 2, **settings: object) -> list[Running]:
            running = [
                await stack.enter_async_context(application(**settings)) for _ in range(count)
            ]
            for one in running:
                await one.plane.by_somebody_else("POST", PIPES, KAFKA | {"name": NAME})
                one.clock.advance(3600)
            return running

        yield start
