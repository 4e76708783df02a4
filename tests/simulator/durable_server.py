"""Simulators of their own processes, for a test that kills them.

For every line on standard input a child serves the world of the file, prints its process id and
port, and this process waits for its end.
"""

import os
import sys
from pathlib import Path

import anyio

from clickpipes_mcp.clock import SystemClock
from clickpipes_mcp.simulator import SimulatorOptions, build_simulator
from clickpipes_mcp.simulator.arms import CREATE
from clickpipes_mcp.simulator.serving.serve import serving


async def serve(file: Path) -> None:
    app = build_simulator(SimulatorOptions(state_file=file), SystemClock())
    async with serving(app, "127.0.0.1", 0) as port:
        sys.stdout.write(f"{os.getpid()} {port}\n")
        sys.stdout.flush()
        await anyio.sleep_forever()


def main() -> None:
    CREATE.first_violation({})  # what is imported late is imported once, not by every child
    while sys.stdin.readline():
        child = os.fork()
        if child == 0:
            anyio.run(serve, Path(sys.argv[1]))
        os.waitpid(child, 0)
        sys.stdout.write("ended\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
