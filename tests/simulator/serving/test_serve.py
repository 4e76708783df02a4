import re
import ssl
import subprocess
import sys

import anyio
import httpx2
import pytest

from clickpipes_mcp.clock import SystemClock
from clickpipes_mcp.simulator import Fault, SimulatorOptions, build_simulator
from clickpipes_mcp.simulator.serving.serve import serve, serving
from tests.faults.processes import PATIENCE_S, ended

pytestmark = pytest.mark.anyio
KEY = ("example-access-key", "example-access-secret")


def app_with(*faults):
    return build_simulator(SimulatorOptions(faults=faults), SystemClock())


async def test_a_free_port_is_bound_and_told():
    async with (
        serving(app_with(), "127.0.0.1", 0) as port,
        httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", auth=KEY, timeout=PATIENCE_S
        ) as client,
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
        (Fault("reset"), httpx2.TransportError),
        (Fault("reset", when="after"), httpx2.TransportError),
        (Fault("truncate"), httpx2.RemoteProtocolError),
    ],
)
async def test_a_broken_connection_reaches_a_client_over_tcp(fault, error):
    async with (
        serving(app_with(fault), "127.0.0.1", 0) as port,
        httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", auth=KEY, timeout=PATIENCE_S
        ) as client,
    ):
        with pytest.raises(error):
            await client.get("/v1/organizations")


async def test_tls_meets_an_unknown_certificate_by_fault():
    async with (
        serving(app_with(Fault("unknown_ca")), "127.0.0.1", 0) as port,
        httpx2.AsyncClient(auth=KEY, timeout=PATIENCE_S) as client,
    ):
        with pytest.raises(httpx2.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await client.get(f"https://127.0.0.1:{port}/v1/organizations")
        plain = await client.get(f"http://127.0.0.1:{port}/v1/organizations")
    assert plain.status_code == 200


async def test_a_client_that_trusts_the_certificate_is_served():
    options = SimulatorOptions(faults=(Fault("unknown_ca"),), control=True)
    app = build_simulator(options, SystemClock())
    async with serving(app, "127.0.0.1", 0) as port:
        async with httpx2.AsyncClient(timeout=PATIENCE_S) as client:
            shown = await client.get(f"http://127.0.0.1:{port}/_simulator/certificate")
        trusting = ssl.create_default_context(cadata=shown.text)
        async with httpx2.AsyncClient(verify=trusting, auth=KEY, timeout=PATIENCE_S) as client:
            response = await client.get(f"https://127.0.0.1:{port}/v1/organizations")
    assert response.status_code == 200


async def test_there_is_no_tls_without_the_fault():
    async with (
        serving(app_with(), "127.0.0.1", 0) as port,
        httpx2.AsyncClient(auth=KEY, timeout=PATIENCE_S) as client,
    ):
        with pytest.raises(httpx2.ConnectError):
            await client.get(f"https://127.0.0.1:{port}/v1/organizations")


async def test_an_unknown_certificate_is_met_as_often_as_it_says():
    async with serving(app_with(Fault("unknown_ca", times=1)), "127.0.0.1", 0) as port:
        errors = []
        for _ in range(2):
            async with httpx2.AsyncClient(auth=KEY, timeout=PATIENCE_S) as client:
                with pytest.raises(httpx2.ConnectError) as raised:
                    await client.get(f"https://127.0.0.1:{port}/v1/organizations")
                errors.append("CERTIFICATE_VERIFY_FAILED" in str(raised.value))
    assert errors == [True, False]


async def test_a_connection_that_says_nothing_does_not_keep_the_server_from_ending():
    async with serving(app_with(), "127.0.0.1", 0) as port:
        stream = await anyio.connect_tcp("127.0.0.1", port)
        async with httpx2.AsyncClient(auth=KEY, timeout=PATIENCE_S) as client:
            answered = await client.get(f"http://127.0.0.1:{port}/v1/organizations")
    await stream.aclose()
    assert answered.status_code == 200


def test_faults_are_given_as_options_of_the_command():
    program = [sys.executable, "-m", "clickpipes_mcp", "simulate", "--port", "0"]
    program += ["--fault", "kind=unknown_ca"]
    program += ["--fault", "kind=status,status=429,seconds=3,headers=retry-after-date"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as server, ended(server):
        port = re.search(r":(\d+)/v1", server.stdout.readline())[1]
        with httpx2.Client(auth=KEY, timeout=PATIENCE_S) as client:
            told = client.get(f"http://127.0.0.1:{port}/v1/organizations")
            with pytest.raises(httpx2.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                client.get(f"https://127.0.0.1:{port}/v1/organizations")
    assert (told.status_code, told.headers["retry-after"].endswith("GMT")) == (429, True)
