"""What is known of tools before their code is imported."""

import subprocess
import sys

import pytest

from clickpipes_mcp import listed_tools
from clickpipes_mcp.tools import TOOLS
from clickpipes_mcp.tools.known import KnownTool, known_tools
from clickpipes_mcp.tools.registry import known_of_all
from tests.faults.processes import environment


def by_file() -> tuple[KnownTool, ...]:
    known_tools.cache_clear()
    listed_tools.listed.cache_clear()
    return known_tools()


@pytest.mark.parametrize("content", [None, "", "{}", '{"tools": [{"name": "x"}]}'])
def test_tools_are_known_by_their_files_as_by_their_records(content, tmp_path, monkeypatch) -> None:
    known = by_file()
    spoilt = tmp_path / "listed.json"
    if content is not None:
        spoilt.write_text(content, encoding="utf-8")
    monkeypatch.setattr(listed_tools, "LISTED", spoilt)
    try:
        assert by_file() == known
    finally:
        monkeypatch.undo()
        by_file()
    assert tuple(tool.spec for tool in known) == TOOLS
    assert [tool.name for tool in known] == [tool.name for tool in known_of_all()]


@pytest.mark.slow
def test_a_server_is_made_without_the_code_of_any_tool() -> None:
    made = (
        "import sys; from clickpipes_mcp.cli.opening import opened; opened(); "
        "import mcp_types as built; print(*sys.modules); "
        "print(built.CallToolRequest.__pydantic_complete__, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", made], capture_output=True, text=True, check=True, env=environment()
    )

    loaded = set(done.stdout.split())
    modules = {tool.module for tool in known_of_all()}
    late = {
        "clickpipes_mcp.checks",
        "clickpipes_mcp.diagnosis",
        "clickpipes_mcp.cloud.wire",
        "clickpipes_mcp.sources.kafka",
        "rich.console",
        "clickpipes_mcp.code.target",
    }
    assert not loaded & (modules | late)
    assert done.stderr.splitlines()[-1] == "False", "the models of messages are built when used"
