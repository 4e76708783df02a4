"""The protocol's own conformance suite, as far as it applies to any server."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.faults.processes import PATIENCE_S
from tests.http.served import HttpProcess

pytestmark = pytest.mark.inspector

SCENARIOS = {
    "2026-07-28": [
        "tools-list",
        "resources-list",
        "prompts-list",
        "dns-rebinding-protection",
        "caching",
        "http-header-validation",
        "sep-2164-resource-not-found",
        "server-sse-multiple-streams",
    ],
    "2025-11-25": [
        "server-initialize",
        "ping",
        "tools-list",
        "resources-list",
        "prompts-list",
        "dns-rebinding-protection",
    ],
}
"""The others call tools, resources and prompts of a server made for the suite."""


@pytest.fixture(scope="module")
def served():
    with HttpProcess(None) as server:
        yield server


@pytest.mark.parametrize(
    ("version", "scenario"),
    [(version, scenario) for version, names in SCENARIOS.items() for scenario in names],
)
def test_a_scenario_passes(served, version, scenario, tmp_path):
    node = Path(os.environ["CLICKPIPES_TEST_NODE"])
    done = subprocess.run(
        [
            *(str(node / "conformance"), "server", "--url", served.endpoint),
            *("--scenario", scenario, "--spec-version", version),
        ],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        env={"PATH": f"{node}:{os.environ['PATH']}", "HOME": str(tmp_path)},
        check=False,
    )
    assert done.returncode == 0, done.stdout
    passed = re.search(r"Passed: (\d+)/(\d+), 0 failed", done.stdout)
    assert passed, done.stdout
    assert passed[1] == passed[2] != "0"
