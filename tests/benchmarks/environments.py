"""Environments made for one run: the servers as their users install them, each with its own."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.faults.processes import ROOT

FASTMCP = "fastmcp==4.1.2"
"""Newer ones want packages that not every registry has."""


@dataclass(frozen=True)
class Interpreters:
    """The Python that has our server and the SDK, the one that has FastMCP, and its document."""

    ours: Path
    generated: Path | None
    document: Path | None

    def version(self, package: str) -> str:
        """The version of a package, where it is installed."""
        python = self.generated if package == "fastmcp" else self.ours
        if python is None:
            return "not measured"
        ask = f"from importlib.metadata import version; print(version({package!r}))"
        told = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True)
        return told.stdout.strip()


def install(directory: Path, document: Path | None) -> Interpreters:
    """Install this tree, and FastMCP where there is a document to generate from."""
    ours = _environment(directory / "ours", str(ROOT))
    generated = _environment(directory / "generated", FASTMCP) if document else None
    return Interpreters(ours, generated, document.resolve() if document else None)


def _environment(directory: Path, package: str) -> Path:
    subprocess.run([sys.executable, "-m", "venv", directory], check=True)
    python = directory / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package]
    subprocess.run(install, check=True)
    return python
