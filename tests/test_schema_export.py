"""The published tools as files: complete, current, and the same as a server publishes."""

import json

import pytest

from clickpipes_mcp.published_schemas import PUBLISHED
from clickpipes_mcp.schema_export import differences, render, write
from clickpipes_mcp.settings import TOOLSETS
from clickpipes_mcp.tools import TOOLS


def test_every_tool_has_its_file_and_the_rules_have_theirs() -> None:
    assert set(render()) == {f"{tool.name}.json" for tool in TOOLS} | {"RULES.md"}


@pytest.mark.anyio
async def test_a_file_says_what_a_server_publishes(serve) -> None:
    served, files = await serve(toolsets=TOOLSETS), render()

    for tool in (await served.tools()).values():
        file = json.loads(files[f"{tool.name}.json"])
        assert file["inputSchema"] == tool.input_schema
        assert file["outputSchema"] == tool.output_schema
        assert (file["title"], file["description"]) == (tool.title, tool.description)
        assert len(file["annotations"]) == 4


def test_the_files_of_the_repository_are_as_they_would_be_written_now() -> None:
    assert differences(PUBLISHED) == [], "run clickpipes-mcp schemas --write"


def test_written_files_show_no_differences(tmp_path) -> None:
    count = write(tmp_path / "schemas")

    assert count == len(TOOLS) + 1
    assert differences(tmp_path / "schemas") == []


def test_every_kind_of_difference_is_named(tmp_path) -> None:
    write(tmp_path)
    (tmp_path / "get_clickpipe.json").unlink()
    (tmp_path / "RULES.md").write_text("# Rules\n")
    (tmp_path / "list_clickpipes.json").write_text("{}\n")
    (tmp_path / "old_tool.json").write_text("{}\n")

    assert differences(tmp_path) == [
        "get_clickpipe.json is missing",
        "old_tool.json is left over",
        "RULES.md is outdated",
        "list_clickpipes.json is outdated",
    ]


def test_writing_again_removes_what_is_left_over_and_nothing_else(tmp_path) -> None:
    (tmp_path / "old_tool.json").write_text("{}\n")
    (tmp_path / "README.md").write_text("kept\n")

    write(tmp_path)

    assert not (tmp_path / "old_tool.json").exists()
    assert (tmp_path / "README.md").exists()


def test_rendering_is_the_same_every_time() -> None:
    assert render() == render()
