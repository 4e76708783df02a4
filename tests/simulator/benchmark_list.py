"""How many lists of three pipes a second one core answers in process. Run it by hand."""

import sys
import time

import anyio
import httpx

from clickpipes_mcp.clock import SystemClock
from clickpipes_mcp.simulator import (
    DEFAULT_ORGANIZATION_ID,
    DEFAULT_SERVICE_ID,
    SimulatorOptions,
    build_simulator,
)

PIPES = f"/v1/organizations/{DEFAULT_ORGANIZATION_ID}/services/{DEFAULT_SERVICE_ID}/clickpipes"
REQUESTS = 2000


async def rate(pipes: int, requests: int) -> float:
    """Requests a second."""
    app = build_simulator(SimulatorOptions(pipes=pipes), SystemClock())
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://simulator.test", auth=("key", "secret")
    ) as client:
        start = time.perf_counter()
        for _ in range(requests):
            await client.get(PIPES)
        return requests / (time.perf_counter() - start)


async def main() -> None:
    for pipes, requests in ((3, REQUESTS), (1000, 20), (10_000, 2)):
        sys.stdout.write(f"{pipes} pipes: {await rate(pipes, requests):.1f} lists a second\n")


if __name__ == "__main__":
    anyio.run(main)
