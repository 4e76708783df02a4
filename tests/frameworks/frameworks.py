"""Frameworks that agents are written in, each in an environment of its own, and what each sees."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from clickpipes_mcp.simulator import DEFAULT_SERVICE_ID

DRIVERS = Path(__file__).parent / "drivers"
INSTALLED_IN = Path(tempfile.gettempdir()) / "clickpipes-mcp-frameworks"
INSTALLING_TAKES_AT_MOST_S = 900
CONVERSING_TAKES_AT_MOST_S = 300
SCENARIO = "undersized"
PIPE = "kafka-orders-1"
"""Of that scenario; the name that a person types to lose it."""

Asks = Literal["form", "page"]


@dataclass(frozen=True)
class Framework:
    """A framework: what is installed of it, the program that uses it, and how it asks a person."""

    title: str
    packages: tuple[str, ...]
    driver: str
    asks: Asks = "form"

    @property
    def is_node(self) -> bool:
        """Whether it runs in Node instead of Python."""
        return self.driver.endswith(".mjs")


FRAMEWORKS = (
    Framework("LangChain adapters", ("langchain-mcp-adapters",), "langchain_agent.py"),
    Framework("OpenAI Agents SDK, strict", ("openai-agents",), "openai_agent.py", "page"),
    Framework("Pydantic AI", ("pydantic-ai-slim[mcp]",), "pydantic_ai_agent.py"),
    Framework("LlamaIndex", ("llama-index-tools-mcp",), "llama_index_agent.py", "page"),
    Framework("Python SDK, first generation", ("mcp<2",), "mcp_1.py"),
    Framework("FastMCP client", ("fastmcp",), "fastmcp_client.py"),
    Framework("TypeScript SDK 1", ("@modelcontextprotocol/sdk@1",), "typescript_1.mjs"),
    Framework("TypeScript SDK 2", ("@modelcontextprotocol/client@2",), "typescript_2.mjs"),
    Framework("Vercel AI SDK", ("@ai-sdk/mcp",), "vercel_ai.mjs"),
)


@dataclass(frozen=True)
class Seen:
    """What a framework made of the server; of every answer the whole text it came in."""

    version: str
    tools: tuple[str, ...]
    read: str
    wrong: str
    lost: str
    asked: tuple[str, ...]
    more: Mapping[str, Any]


def converse(framework: Framework) -> Seen:
    """Install the newest release that fits, and let it speak with a server of its own."""
    home = INSTALLED_IN / framework.driver.partition(".")[0]
    program = _node(framework, home) if framework.is_node else _python(framework, home)
    settings = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_STATE_HOME": tempfile.mkdtemp(prefix="clickpipes-mcp-state-"),
        "CLICKPIPES_OPEN_BROWSER": "false",
        "CLICKPIPES_SERVICE_ID": DEFAULT_SERVICE_ID,
        "CLICKPIPES_SIMULATOR_SCENARIO": SCENARIO,
    }
    told = _run(
        program,
        CONVERSING_TAKES_AT_MOST_S,
        NODE_PREFIX=str(home),
        SERVER_COMMAND=json.dumps([sys.executable, "-m", "clickpipes_mcp"]),
        SERVER_PIPE=PIPE,
        SERVER_SETTINGS=json.dumps(settings),
    )
    seen = json.loads(told.splitlines()[-1])
    return Seen(
        version=seen.pop("version"),
        tools=tuple(seen.pop("tools")),
        read=str(seen.pop("read")),
        wrong=str(seen.pop("wrong")),
        lost=str(seen.pop("lost")),
        asked=tuple(seen.pop("asked")),
        more=seen,
    )


def row(framework: Framework, seen: Seen) -> str:
    """The line of the page about clients; the release stands last."""
    shown = (
        framework.title,
        str(len(seen.tools)),
        _mark(PIPE in seen.read),
        _mark("unknown_clickpipe" in seen.wrong),
        _asked(seen),
        seen.version,
    )
    return f"| {' | '.join(shown)} |"


def _mark(is_well: bool) -> str:
    return "yes" if is_well else "NO"


def _asked(seen: Seen) -> str:
    if seen.asked and "consent_required" not in seen.lost:
        return "form"
    return "page" if "/approve/" in seen.lost else "NO"


def _python(framework: Framework, home: Path) -> list[str]:
    python = home / "bin" / "python"
    if not python.exists():
        _run([sys.executable, "-m", "venv", str(home)], INSTALLING_TAKES_AT_MOST_S)
    install = [str(python), "-m", "pip", "install", "--quiet", "--upgrade", *framework.packages]
    _run([*install, "--disable-pip-version-check"], INSTALLING_TAKES_AT_MOST_S)
    return [str(python), str(DRIVERS / framework.driver)]


def _node(framework: Framework, home: Path) -> list[str]:
    home.mkdir(parents=True, exist_ok=True)
    quietly = ("--silent", "--no-audit", "--no-fund", "--prefix", str(home))
    _run(["npm", "install", *quietly, *framework.packages], INSTALLING_TAKES_AT_MOST_S)
    for name in ("told.mjs", framework.driver):  # Node looks for packages beside the program
        (home / name).write_bytes((DRIVERS / name).read_bytes())
    return ["node", str(home / framework.driver)]


def _run(command: list[str], takes_at_most_s: float, **variables: str) -> str:
    node = os.environ.get("CLICKPIPES_TEST_NODE", "")
    path = os.pathsep.join(filter(None, (node, os.environ["PATH"])))
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=takes_at_most_s,
        env={**os.environ, "PATH": path, **variables},
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout}\n{done.stderr}")
    return done.stdout
