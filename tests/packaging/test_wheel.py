"""The wheel, built from the sdist and installed where nothing else is."""

import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters

from clickpipes_mcp.packaging import KEPT
from clickpipes_mcp.published_schemas import PUBLISHED
from clickpipes_mcp.settings import DEFAULT_TOOLSETS
from clickpipes_mcp.tools import TOOLS
from tests.cli.test_commands import PATIENCE_S, ROOT
from tests.packaging.interpreters import interpreters

PACKAGE = ROOT / "clickpipes_mcp"
# What pip needs to know of this machine, and nothing that leads to the clone.
INSTALLER = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
OFFERED = [tool.name for tool in TOOLS if tool.toolset in DEFAULT_TOOLSETS]
INTERPRETERS = interpreters()
FINDS_ITS_FILES = """
from clickpipes_mcp import packaging, schema_export
from clickpipes_mcp import published_schemas
assert not schema_export.differences(published_schemas.PUBLISHED)
assert not packaging.differences(packaging.KEPT, packaging.render(packaging.Description()))
"""

pytestmark = [pytest.mark.packages, pytest.mark.anyio]


def clean(home: Path) -> dict[str, str]:
    """An environment that leads to no clone, no settings and no files of this machine's user."""
    return {"PATH": os.defpath, "HOME": str(home), "COLUMNS": "100"}


def run(*command: str | Path, home: Path, environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def carried() -> set[str]:
    """Everything that the package consists of, by its path below the root."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def dist(tmp_path_factory) -> Path:
    """Where a sdist and the wheel made of it are."""
    home = tmp_path_factory.mktemp("dist")
    build = (sys.executable, "-m", "build", "--no-isolation", "--outdir", home, ROOT)
    run(*build, home=home, environment=INSTALLER)
    return home


def test_sdist_and_wheel_carry_all_that_the_package_consists_of(dist):
    (wheel,) = dist.glob("*.whl")
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        sources = {name.partition("/")[2] for name in archive.getnames()}
    for packed, beside in (
        (sources, PUBLISHED.relative_to(ROOT)),
        (set(zipfile.ZipFile(wheel).namelist()), PACKAGE.relative_to(ROOT) / PUBLISHED.name),
    ):
        schemas = {(beside / path.name).as_posix() for path in PUBLISHED.iterdir()}
        assert (carried() | schemas) - packed == set()
    assert {"RULES.md", "get_clickpipe.json"} <= {path.name for path in PUBLISHED.iterdir()}
    for needed in (
        *(KEPT / "registry" / "server.json", PACKAGE / "packaging" / "health.py"),
        *(PACKAGE / "CHANGELOG.md", PACKAGE / "PACKAGES.md", PACKAGE / "py.typed"),
    ):
        assert needed.relative_to(ROOT).as_posix() in carried()


async def test_the_wheel_runs_where_nothing_else_is_installed(dist, tmp_path):
    """One environment's pip installs for those of all interpreters."""
    (wheel,) = dist.glob("*.whl")
    pip = environment_of(sys.executable, tmp_path / "pip") / "python", "-m", "pip", "--python"
    for version, python in INTERPRETERS.items():
        home = tmp_path / version
        programs = environment_of(python, home, "--without-pip")
        install = (*pip, programs / "python", "install", "--quiet", "--no-compile", wheel)
        run(*install, home=home, environment=INSTALLER)
        run(programs / "python", "-c", FINDS_ITS_FILES, home=home, environment=clean(home))
        await serve_once(programs / "clickpipes-mcp", home)


def environment_of(python: str, home: Path, *options: str) -> Path:
    """Make a virtual environment; answers where its programs are."""
    home.mkdir()
    run(python, "-m", "venv", *options, home / "venv", home=home, environment=INSTALLER)
    return home / "venv" / "bin"


async def serve_once(program: Path, home: Path) -> None:
    """Start it as a client does, and ask for its tools, a guide and the services."""
    command = StdioServerParameters(command=str(program), args=[], env=clean(home), cwd=home)
    async with Client(command) as client:
        assert client.server_info is not None
        assert client.server_info.name == "clickpipes"
        assert [tool.name for tool in (await client.list_tools()).tools] == OFFERED
        guides = (await client.list_resources()).resources
        assert (await client.read_resource(str(guides[0].uri))).contents
        answer = await client.call_tool("list_services", {})
        assert answer.structured_content is not None
        assert answer.structured_content["services"]
