"""The MCP inspector's command line, as somebody else's client, against the real server."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from clickpipes_mcp.settings import DEFAULT_TOOLSETS
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools import TOOLS
from tests.faults.processes import PATIENCE_S

pytestmark = [
    pytest.mark.inspector,
    pytest.mark.parametrize("era", ["legacy", "modern"]),
]


ORDERS = {"clickpipe": "orders", "service": "simulated-analytics"}
KAFKA = {
    "name": "orders",
    "service": "simulated-analytics",
    "source": SOURCES[0].example["source"] | {"authentication": None, "credentials": None},
    "destination": SOURCES[0].example["destination"],
}


def call(
    era: str, home: Path, tool: str, arguments: dict[str, object]
) -> subprocess.CompletedProcess[str]:
    return inspect(
        era,
        home,
        *("--method", "tools/call", "--tool-name", tool),
        *("--tool-args-json", json.dumps(arguments)),
        options=("--simulator-state", str(home / "world.json")),
    )


def inspect(
    era: str, home: Path, *arguments: str, options: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    node = Path(os.environ["CLICKPIPES_TEST_NODE"])
    command = [
        *(str(node / "mcp-inspector"), "--cli", "--protocol-era", era, *arguments),
        *("--connect-timeout", "0"),  # none
        *("--", sys.executable, "-m", "clickpipes_mcp", "serve", *options),
    ]
    environment = {"PATH": f"{node}:{os.environ['PATH']}", "HOME": str(home)}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE_S, env=environment, check=False
    )


def test_the_list_of_tools_passes_the_strict_check(era, tmp_path):
    done = inspect(era, tmp_path, "--method", "tools/list", "--strict", "-q", "--format", "json")
    assert done.returncode == 0, done.stderr
    listed = {tool["name"] for tool in json.loads(done.stdout)["result"]["tools"]}
    assert listed == {tool.name for tool in TOOLS if tool.toolset in DEFAULT_TOOLSETS}


def test_a_tool_answers(era, tmp_path):
    done = inspect(
        era,
        tmp_path,
        *("--method", "tools/call", "--tool-name", "list_services", "--tool-args-json", "{}"),
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["structuredContent"]["environment"] == "simulator"


def test_a_client_that_cannot_ask_is_refused_a_delete(era, tmp_path):
    made = call(era, tmp_path, "create_kafka_clickpipe", KAFKA)
    assert made.returncode == 0, made.stderr
    refused = call(era, tmp_path, "delete_clickpipe", ORDERS)
    assert refused.returncode == 5
    assert json.loads(refused.stdout)["structuredContent"]["code"] == "consent_required"
    assert call(era, tmp_path, "get_clickpipe", ORDERS).returncode == 0
