import anyio
import httpx
import pytest

from clickpipes_mcp.clock import SystemClock
from clickpipes_mcp.simulator import Fault, SimulatorOptions, build_simulator
from clickpipes_mcp.simulator.serve import serve, serving

pytestmark = pytest.mark.anyio
KEY = ("example-access-key", "example-access-secret")


def app_with(*faults):
    return build_simulator(SimulatorOptions(faults=faults), SystemClock())


async def test_a_free_port_is_bound_and_told():
    async with (
        serving(app_with(), "127.0.0.1", 0) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", auth=KEY) as client,
    ):
        assert (await client.get("/v1/organizations")).status_code == 200


async def test_a_taken_port_is_an_error_at_once():
    async with serving(app_with(), "127.0.0.1", 0) as port:
        with pytest.raises(OSError, match="use"):
            async with serving(app_with(), "127.0.0.1", port):
                pass


async def test_a_cancelled_server_ends_and_frees_its_port():
    with anyio.move_on_after(0.2) as scope:
        await serve(app_with(), "127.0.0.1", 0)
    assert scope.cancelled_caught


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault("reset"), httpx.TransportError),
        (Fault("reset", when="after"), httpx.TransportError),
        (Fault("truncate"), httpx.RemoteProtocolError),
    ],
)
async def test_a_broken_connection_reaches_a_client_over_tcp(fault, error):
    async with (
        serving(app_with(fault), "127.0.0.1", 0) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", auth=KEY) as client,
    ):
        with pytest.raises(error):
            await client.get("/v1/organizations")
