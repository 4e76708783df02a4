"""How many lists of pipes a second one core answers in process, and how that grows.

Run it by hand: `python tests/benchmarks/list_pipes.py`. Time in the answer is linear when the
pipes answered a second stay about the same from one size to the next.
"""

import sys
import time

import anyio
from starlette.applications import Starlette
from starlette.types import Message

from clickpipes_mcp.clock import SystemClock
from clickpipes_mcp.simulator import (
    DEFAULT_ORGANIZATION_ID,
    DEFAULT_SERVICE_ID,
    SimulatorOptions,
    build_simulator,
)

PIPES = f"/v1/organizations/{DEFAULT_ORGANIZATION_ID}/services/{DEFAULT_SERVICE_ID}/clickpipes"
AUTHORIZATION = b"Basic a2V5OnNlY3JldA=="  # key:secret
GOAL_PER_S = 2000
SIZES = ((3, 4000), (100, 200), (1000, 20), (10_000, 3))
SCOPE = {
    "type": "http",
    "method": "GET",
    "path": PIPES,
    "raw_path": PIPES.encode(),
    "query_string": b"",
    "headers": [(b"authorization", AUTHORIZATION)],
    "client": ("127.0.0.1", 1),
    "server": ("simulator", 80),
    "scheme": "http",
    "root_path": "",
    "http_version": "1.1",
    "extensions": {},
}


async def receive() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def send(message: Message) -> None:
    assert message.get("status", 200) == 200


async def rate(app: Starlette, requests: int) -> float:
    """Requests a second, without the cost of a client."""
    await app(dict(SCOPE), receive, send)
    start = time.perf_counter()
    for _ in range(requests):
        await app(dict(SCOPE), receive, send)
    return requests / (time.perf_counter() - start)


async def main() -> None:
    base = 0.0
    for pipes, requests in SIZES:
        app = build_simulator(SimulatorOptions(pipes=pipes), SystemClock())
        lists_per_s = await rate(app, requests)
        pipes_per_s = lists_per_s * pipes
        base = base or pipes_per_s
        goal = f", {lists_per_s / GOAL_PER_S:.2f} of the goal" if pipes == SIZES[0][0] else ""
        sys.stdout.write(
            f"{pipes:>6} pipes: {lists_per_s:>8.1f} lists/s, {pipes_per_s:>8.0f} pipes/s, "
            f"ratio to the first {pipes_per_s / base:.2f}{goal}\n"
        )


if __name__ == "__main__":
    anyio.run(main)
