"""Fixtures every test may use."""

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.configuration import set_hypothesis_home_dir

from tests import diagnosed_table, serving
from tests.faults import matrix_sum
from tests.serving import Served

# Examples are the same in every run, and nothing of them is kept in the repository.
set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "clickpipes-mcp-hypothesis")
settings.register_profile(
    "repeatable",
    database=None,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("repeatable")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    diagnosed_table.show(terminalreporter)
    matrix_sum.show(terminalreporter)


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
