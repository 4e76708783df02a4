"""The API behind every server that is measured: answers of the simulator, recorded and played back.

Playing back costs the same for 500 pipes as for three, so that what is measured is the server.
`python -m tests.benchmarks.upstream` serves it and prints its address.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import anyio
import httpx2
import uvicorn
from starlette.types import Receive, Scope, Send

from clickpipes_mcp.clock import SystemClock
from clickpipes_mcp.listener import listen
from clickpipes_mcp.simulator import (
    DEFAULT_ORGANIZATION_ID,
    DEFAULT_SERVICE_ID,
    SimulatorOptions,
    build_simulator,
)
from tests.faults.processes import KEY, ROOT

ORGANIZATION = DEFAULT_ORGANIZATION_ID
FEW_PIPES, MANY_PIPES = 3, 500
SERVICE_OF_FEW = DEFAULT_SERVICE_ID
SERVICE_OF_MANY = "5a1e5000-0000-4000-8000-000000000500"


def pipes_path(service: str) -> str:
    """Where the pipes of a service are listed."""
    return f"/v1/organizations/{ORGANIZATION}/services/{service}/clickpipes"


async def record() -> dict[str, bytes]:
    """The bodies of all answers by path."""
    bodies: dict[str, bytes] = {}
    for service, pipes in ((SERVICE_OF_FEW, FEW_PIPES), (SERVICE_OF_MANY, MANY_PIPES)):
        app = build_simulator(SimulatorOptions(pipes=pipes), SystemClock())
        async with httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app), base_url="http://simulator.test", auth=KEY
        ) as client:
            listed = await client.get(pipes_path(DEFAULT_SERVICE_ID))
            found = {"": listed.content}
            for pipe in listed.json()["result"]:
                one = await client.get(f"{pipes_path(DEFAULT_SERVICE_ID)}/{pipe['id']}")
                found[f"/{pipe['id']}"] = one.content
        for place, body in found.items():
            told = body.replace(DEFAULT_SERVICE_ID.encode(), service.encode())
            bodies[pipes_path(service) + place] = told
    return bodies


def pipe_ids(api_url: str, service: str) -> list[str]:
    """The pipes of a service, as the API that is played back lists them."""
    listed = httpx2.get(api_url + pipes_path(service), trust_env=False)
    return [pipe["id"] for pipe in listed.json()["result"]]


class Playback:
    """The recorded answers as an application."""

    def __init__(self, bodies: dict[str, bytes]) -> None:
        self._bodies = bodies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        body = self._bodies.get(scope["path"])
        status, body = (404, b"{}") if body is None else (200, body)
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@contextmanager
def serving_upstream() -> Iterator[str]:
    """Serve it in a process of its own while the block runs; yields its address."""
    program = [sys.executable, "-m", "tests.benchmarks.upstream"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, cwd=ROOT, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def main() -> None:
    listener = listen("127.0.0.1", 0)
    app = Playback(anyio.run(record))
    sys.stdout.write(f"http://127.0.0.1:{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    quiet = uvicorn.Config(
        app, log_level="critical", access_log=False, lifespan="off", timeout_keep_alive=600
    )
    uvicorn.Server(quiet).run(sockets=[listener])


if __name__ == "__main__":
    main()
