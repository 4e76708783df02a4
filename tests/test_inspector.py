"""The MCP inspector's command line, as somebody else's client, against the real server."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from clickpipes_mcp.tools import TOOLS

pytestmark = [
    pytest.mark.inspector,
    pytest.mark.parametrize("era", ["legacy", "modern"]),
]


def inspect(era: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    node = Path(os.environ["CLICKPIPES_TEST_NODE"])
    command = [
        *(str(node / "mcp-inspector"), "--cli", "--protocol-era", era, *arguments),
        *("--", sys.executable, "-m", "clickpipes_mcp", "serve"),
    ]
    environment = {"PATH": f"{node}:{os.environ['PATH']}", "HOME": os.environ.get("HOME", "/")}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, env=environment, check=False
    )


def test_the_list_of_tools_passes_the_strict_check(era):
    done = inspect(era, "--method", "tools/list", "--strict", "-q", "--format", "json")
    assert done.returncode == 0, done.stderr
    listed = {tool["name"] for tool in json.loads(done.stdout)["tools"]}
    assert listed == {tool.name for tool in TOOLS if tool.toolset != "private_endpoints"}


def test_a_tool_answers(era):
    done = inspect(
        era, "--method", "tools/call", "--tool-name", "list_services", "--tool-args-json", "{}"
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["structuredContent"]["environment"] == "simulator"


def test_a_client_that_cannot_ask_is_refused_a_delete(era):
    arguments = json.dumps({"clickpipe": "nothing", "service": "simulated-analytics"})
    done = inspect(
        era,
        *("--method", "tools/call", "--tool-name", "delete_clickpipe"),
        *("--tool-args-json", arguments),
    )
    assert done.returncode == 5
    assert json.loads(done.stdout)["structuredContent"]["code"] == "unknown_clickpipe"
