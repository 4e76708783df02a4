"""The protocol's own conformance suite: every scenario passes, or it is said why not."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.faults.processes import PATIENCE_S
from tests.http.conformance import EXTENSIONS, NOT_APPLICABLE, VERSIONS
from tests.http.served import HttpProcess

pytestmark = pytest.mark.inspector
_VERDICT = re.compile(r"^([✓✗]) ([\w/-]+): \d+ passed, (\d+) failed", re.MULTILINE)


@pytest.fixture(scope="module")
def served():
    with HttpProcess(None, CLICKPIPES_HTTP_SESSIONS="") as server:
        yield server


def conformance(served, home: Path, *options: str) -> str:
    node = Path(os.environ["CLICKPIPES_TEST_NODE"])
    done = subprocess.run(
        [str(node / "conformance"), "server", "--url", served.endpoint, *options],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        env={"PATH": f"{node}:{os.environ['PATH']}", "HOME": str(home)},
        check=False,
    )
    return done.stdout


def test_every_scenario_that_applies_passes(served, tmp_path):
    verdicts: dict[str, set[bool]] = {}
    for version in VERSIONS:
        told = conformance(served, tmp_path, "--suite", "all", "--spec-version", version)
        found = _VERDICT.findall(told)
        assert found, told
        for _, scenario, failed in found:
            verdicts.setdefault(scenario, set()).add(failed == "0")

    assert {name for name, passed in verdicts.items() if False in passed} == set(NOT_APPLICABLE)
    assert all(verdicts[name] == {False} for name in NOT_APPLICABLE)


@pytest.mark.parametrize("scenario", EXTENSIONS)
def test_a_scenario_of_an_extension_passes(served, scenario, tmp_path):
    told = conformance(served, tmp_path, "--scenario", scenario)

    passed = re.search(r"Passed: (\d+)/(\d+), 0 failed, 0 warnings", told)
    assert passed, told
    assert passed[1] == passed[2] != "0"
