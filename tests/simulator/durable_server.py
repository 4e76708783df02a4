"""A simulator of its own process, for a test that kills it. Prints its port."""

import sys
from pathlib import Path

import anyio

from clickpipes_mcp.clock import SystemClock
from clickpipes_mcp.simulator import SimulatorOptions, build_simulator
from clickpipes_mcp.simulator.serve import serving


async def main() -> None:
    app = build_simulator(SimulatorOptions(state_file=Path(sys.argv[1])), SystemClock())
    async with serving(app, "127.0.0.1", 0) as port:
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()
        await anyio.sleep_forever()


if __name__ == "__main__":
    anyio.run(main)
