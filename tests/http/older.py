"""An earlier version of this project, as its history holds it, run beside the present one."""

import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path

from tests.faults.processes import ROOT, UNHURRIED, environment

COMMIT = "48bbb4c0dff74148fb77a971ae0afe4a2bf98e3f"
"""The last one whose store is of an earlier version, the fifth. It seals what persons are asked and
answer in a way of its own, and it runs with the libraries of today. Where callers have tokens it
does not start."""

PROGRAM = (sys.executable, "-P", *UNHURRIED[1:])
"""The program of whatever lies on the path, and not in the present directory."""


def take_out(into: Path) -> dict[str, str]:
    """Write the package as it was then into a folder; the settings with which PROGRAM is it."""
    history = os.environ.get("CLICKPIPES_TEST_HISTORY", str(ROOT))
    archived = subprocess.run(
        ["git", "-C", history, "archive", COMMIT, "clickpipes_mcp", "tool_schemas"],  # noqa: S607
        capture_output=True,
        check=False,
    )
    assert archived.returncode == 0, (
        f"{history} (CLICKPIPES_TEST_HISTORY) has to be a clone with its whole history, for "
        f"replicas are upgraded from commit {COMMIT}: {archived.stderr.decode()}"
    )
    with tarfile.open(fileobj=io.BytesIO(archived.stdout)) as files:
        files.extractall(into, filter="data")
    return {"PYTHONPATH": str(into)}


def run(*arguments: str, **settings: str) -> str:
    """What a command of it says."""
    done = subprocess.run(
        [*PROGRAM, *arguments],
        env=environment(**settings),
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
