"""What clients see of a tool is what its models say, wherever it is read from."""

import pytest

from clickpipes_mcp import published_schemas
from clickpipes_mcp.offering import hidden_fields
from clickpipes_mcp.schema_shape import output_schema
from clickpipes_mcp.settings import TOOLSETS, load_settings
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools import TOOLS
from clickpipes_mcp.tools.sdk.published import made_input, published_input, published_output

SETTINGS = (
    {},
    {"CLICKPIPES_CONSENT": "chat"},
    {"CLICKPIPES_SERVICE_ID": "b3c9e1f4-7d20-4a56-8e31-90ab4cd7e002"},
    {"CLICKPIPES_SOURCES": f"{SOURCES[0].key},{SOURCES[1].key}"},
)


@pytest.mark.parametrize("chosen", SETTINGS, ids=lambda chosen: " ".join(chosen) or "usual")
def test_a_tool_shows_what_its_models_say(chosen) -> None:
    settings = load_settings({"CLICKPIPES_TOOLSETS": ",".join(TOOLSETS), **chosen})
    hidden, sources = hidden_fields(settings), settings.sources

    different = [
        tool.name
        for tool in TOOLS
        if published_input(tool, hidden, sources) != made_input(tool, hidden, sources)
        or published_output(tool) != output_schema(tool.view)
    ]

    assert different == []


@pytest.mark.parametrize("content", [None, "{"])
def test_without_a_file_that_can_be_read_the_models_are_asked(
    tmp_path, monkeypatch, content
) -> None:
    if content:
        for tool in TOOLS:
            (tmp_path / f"{tool.name}.json").write_text(content, encoding="utf-8")
    monkeypatch.setattr(published_schemas, "PUBLISHED", tmp_path)
    published_schemas.kept.cache_clear()
    usual = published_schemas.usually_hidden()

    try:
        assert published_input(TOOLS[0], usual) == made_input(TOOLS[0], usual)
        assert published_output(TOOLS[0]) == output_schema(TOOLS[0].view)
    finally:
        published_schemas.kept.cache_clear()
