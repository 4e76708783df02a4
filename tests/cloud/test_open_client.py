"""`clickpipes_mcp.cloud` as a whole: opening, laziness, secrets, and a world to act on."""

import logging
import subprocess
import sys

import pytest

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.cloud import CloudClient, open_client, redactor_of
from clickpipes_mcp.errors import ClickPipesError, SecretUnavailable, UnknownPipe
from clickpipes_mcp.journal import Journal
from clickpipes_mcp.secret_refs import Secret
from clickpipes_mcp.settings import load_settings
from clickpipes_mcp.simulator import (
    DEFAULT_SERVICE_ID,
    IDLE_SERVICE_ID,
    SimulatorOptions,
    build_simulator,
)

SERVICE = "22222222-2222-4222-8222-222222222222"
PIPE = "33333333-3333-4333-8333-333333333333"


def test_importing_it_does_not_load_the_network_stack():
    program = "import sys, clickpipes_mcp.cloud; sys.exit('httpx2' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_secret_of_the_key_is_masked_in_both_its_forms():
    redactor = redactor_of(load_settings({"KEY_ID": "example-id", "KEY_SECRET": "example-canary"}))
    header = "ZXhhbXBsZS1pZDpleGFtcGxlLWNhbmFyeQ=="
    assert "canary" not in redactor.clean("sent example-canary")
    assert header not in redactor.clean(f"sent <{header}>")


@pytest.mark.anyio
async def test_literal_secrets_are_not_sent_where_they_are_refused(connect, recorded_api):
    async with connect(literal_secrets="refuse") as client:
        with pytest.raises(SecretUnavailable, match=r"source\.password"):
            await client.send(
                (await client.requests()).create_pipe(
                    SERVICE, {"source": {"password": Secret("canary")}}
                )
            )
    assert recorded_api.requests == []


@pytest.mark.anyio
async def test_secrets_are_read_from_the_chosen_directory(connect, recorded_api, tmp_path):
    (tmp_path / "kafka").write_text("from-file\n")
    async with connect(secrets_dir=tmp_path) as client:
        await client.send(
            (await client.requests()).create_pipe(SERVICE, {"password": Secret("${file:kafka}")})
        )
    assert recorded_api.requests[0].json == {"password": "from-file"}


CANARY = "c4nary-f0r-Tests"
ECHO = f"no login with {CANARY} or mongodb://bob:{CANARY}@one.example.net"


@pytest.mark.anyio
@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 409, 424, 429, 500, 503])
@pytest.mark.parametrize("form", ["envelope", "text", "web page"])
async def test_a_secret_that_the_api_echoes_ends_up_nowhere(
    connect, recorded_api, tmp_path, caplog, status, form
):
    caplog.set_level(logging.DEBUG)
    bodies = {
        "envelope": recorded_api.error(status, ECHO).body,
        "text": ECHO.encode(),
        "web page": f"<html>{ECHO}</html>".encode(),
    }
    good = recorded_api.result({})
    recorded_api.standing = type(good)(status, bodies[form])
    journal = Journal(tmp_path / "journal", ManualClock())
    body = {"name": "orders", "source": {"password": Secret(CANARY)}}
    async with connect() as client:
        request = (await client.requests()).create_pipe(SERVICE, body)
        intent = journal.intent(tool="create", operation="create", name="orders")
        with pytest.raises(ClickPipesError) as caught:
            await client.send((await client.requests()).create_pipe(SERVICE, body))
        journal.outcome(intent, caught.value.code, request_id=caught.value.request_id)
        shown = f"{caught.value!r} {vars(caught.value)} {request!r} {request.preview()} {client!r}"
    assert CANARY in recorded_api.requests[0].body.decode()
    assert CANARY not in shown + caplog.text + (tmp_path / "journal").read_text()
    assert "key-secret-canary" not in shown + caplog.text


@pytest.mark.anyio
async def test_a_secret_that_the_api_returns_with_the_pipe_ends_up_nowhere(connect, recorded_api):
    recorded_api.standing = recorded_api.result(
        {
            "id": PIPE,
            "name": f"named {CANARY}",
            "source": {"kafka": {"credentials": {"password": CANARY}, "note": CANARY}},
        }
    )
    async with connect() as client:
        pipe = await client.send(
            (await client.requests()).create_pipe(SERVICE, {"password": Secret(CANARY)})
        )
    assert CANARY not in repr(pipe)


@pytest.fixture
async def simulated(clock):
    app = build_simulator(SimulatorOptions(), clock)
    async with open_client(load_settings({}), clock, asgi_app=app) as client:
        yield client


@pytest.fixture
def kafka_body():
    return {
        "name": "orders",
        "source": {
            "kafka": {
                "type": "confluent",
                "format": "JSONEachRow",
                "brokers": "broker.example.com:9092",
                "topics": "orders",
                "authentication": "PLAIN",
                "credentials": {"username": "reader", "password": Secret(CANARY)},
            }
        },
        "destination": {
            "database": "default",
            "table": "orders",
            "managedTable": True,
            "tableDefinition": {"engine": {"type": "MergeTree"}},
            "columns": [{"name": "id", "type": "UInt64"}],
        },
    }


@pytest.mark.anyio
async def test_a_pipe_lives_and_ends_in_the_simulator(
    simulated: CloudClient, clock: ManualClock, kafka_body
):
    created = await simulated.send(
        (await simulated.requests()).create_pipe(DEFAULT_SERVICE_ID, kafka_body)
    )
    assert (created.state, created.arm, created.source_type) == (
        "Provisioning",
        "kafka",
        "confluent",
    )
    clock.advance(120)
    running = await simulated.pipe(DEFAULT_SERVICE_ID, created.id)
    assert running.state == "Running"
    assert running.scaling
    assert running.scaling.replicas == 1
    assert (running.source, running.destination) == (created.source, created.destination)
    assert running.version(b"k") != created.version(b"k")

    changed = await simulated.send(
        (await simulated.requests()).put_pipe_settings(
            DEFAULT_SERVICE_ID, created.id, {"streaming_max_insert_wait_ms": 1000}
        )
    )
    assert changed.values["streaming_max_insert_wait_ms"] == 1000
    assert "clickpipe_id" in await simulated.prometheus(DEFAULT_SERVICE_ID)

    await simulated.send((await simulated.requests()).delete_pipe(DEFAULT_SERVICE_ID, created.id))
    clock.advance(60)
    with pytest.raises(UnknownPipe):
        await simulated.pipe(DEFAULT_SERVICE_ID, created.id)
    assert await simulated.pipes(DEFAULT_SERVICE_ID) == []


@pytest.mark.anyio
async def test_an_idle_simulated_service_is_woken_when_that_is_allowed(clock, kafka_body):
    app = build_simulator(SimulatorOptions(), clock)
    settings = load_settings({}, wake_service=True)
    async with open_client(settings, clock, asgi_app=app) as client:
        assert not (await client.service(IDLE_SERVICE_ID)).is_running
        created = await client.send(
            (await client.requests()).create_pipe(IDLE_SERVICE_ID, kafka_body)
        )
        assert (await client.service(IDLE_SERVICE_ID)).is_running
    assert created.service_id == IDLE_SERVICE_ID


@pytest.mark.anyio
async def test_both_dialects_reach_a_simulator_that_speaks_them(clock, kafka_body):
    options = SimulatorOptions(dialect="reference-page")
    settings = load_settings({}, api_dialect="reference-page")
    async with open_client(settings, clock, asgi_app=build_simulator(options, clock)) as client:
        created = await client.send(
            (await client.requests()).create_pipe(DEFAULT_SERVICE_ID, kafka_body)
        )
        clock.advance(120)
        stopping = await client.send(
            (await client.requests()).set_pipe_state(DEFAULT_SERVICE_ID, created.id, "stop")
        )
    assert stopping.state in {"Stopping", "Stopped"}
