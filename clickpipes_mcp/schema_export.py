"""The published tools and rules as files, so that a change to them is seen and reviewed."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from clickpipes_mcp.offering import hidden_fields
from clickpipes_mcp.rules_page import render_page
from clickpipes_mcp.schema_formats import FORMATS, Function, PublishedTool
from clickpipes_mcp.schema_shape import output_schema
from clickpipes_mcp.server import offered_tools
from clickpipes_mcp.settings import Settings, load_settings
from clickpipes_mcp.tools import TOOLS, ToolSpec
from clickpipes_mcp.tools.sdk.adapter import annotations
from clickpipes_mcp.tools.sdk.published import made_input

RULES = "RULES.md"


def published(settings: Settings | None = None) -> tuple[PublishedTool, ...]:
    """The tools as a server with these settings publishes them.

    Without settings every tool, off-by-default ones too.
    """
    hidden = hidden_fields(settings or load_settings({}))
    sources = settings.sources if settings else ()
    return tuple(
        PublishedTool(
            name=tool.name,
            title=tool.title,
            description=tool.description,
            annotations=annotations(tool).model_dump(
                by_alias=True, exclude_none=True, exclude={"title"}
            ),
            input_schema=made_input(tool, hidden, sources),
            output_schema=output_schema(tool.view),
        )
        for tool in _records(settings)
    )


def _records(settings: Settings | None) -> Sequence[ToolSpec[Any]]:
    if settings is None:
        return TOOLS
    return [tool.spec for tool in offered_tools(settings)]


def render() -> dict[str, str]:
    """File name to text: one file a tool, and the page of rules."""
    toolsets = {tool.name: tool.toolset for tool in TOOLS}
    files = {
        f"{tool.name}.json": text_of(
            {
                "name": tool.name,
                "title": tool.title,
                "description": tool.description,
                "toolset": toolsets[tool.name],
                "annotations": tool.annotations,
                "inputSchema": tool.input_schema,
                "outputSchema": tool.output_schema,
            }
        )
        for tool in published()
    }
    return {**files, RULES: render_page()}


def text_of(document: object) -> str:
    """JSON as it is written to files."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def differences(folder: Path, rendered: Mapping[str, str] | None = None) -> list[str]:
    """One line for every file that is missing, outdated or left over."""
    wanted = render() if rendered is None else rendered
    present = {path.name: path.read_text(encoding="utf-8") for path in _generated(folder)}
    return [
        *(f"{name} is missing" for name in sorted(wanted.keys() - present.keys())),
        *(f"{name} is left over" for name in sorted(present.keys() - wanted.keys())),
        *(
            f"{name} is outdated"
            for name in sorted(wanted.keys() & present.keys())
            if wanted[name] != present[name]
        ),
    ]


def write(folder: Path) -> int:
    """Bring the folder up to date; answers how many files it now holds."""
    rendered = render()
    folder.mkdir(parents=True, exist_ok=True)
    for path in _generated(folder):
        if path.name not in rendered:
            path.unlink()
    for name, text in rendered.items():
        (folder / name).write_text(text, encoding="utf-8")
    return len(rendered)


def converted(format_name: str) -> tuple[Function, ...]:
    """The tools that the environment's settings leave, in one of FORMATS.

    Raises:
        InvalidSettings: The settings cannot be used.
    """
    return tuple(FORMATS[format_name](tool) for tool in published(load_settings()))


def write_functions(functions: Sequence[Function], folder: Path) -> int:
    """One file a tool; answers how many were written."""
    folder.mkdir(parents=True, exist_ok=True)
    for function in functions:
        named = function.definition.get("function", function.definition)
        path = folder / f"{named['name']}.json"
        path.write_text(text_of(function.definition), encoding="utf-8")
    return len(functions)


def _generated(folder: Path) -> tuple[Path, ...]:
    """The files in a folder that are ours to compare, write and remove."""
    return (*folder.glob("*.json"), *folder.glob(RULES))
