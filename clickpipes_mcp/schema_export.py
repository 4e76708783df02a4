"""The published tools as files, so that a change to them is seen and reviewed."""

import json
from collections.abc import Mapping
from pathlib import Path

from clickpipes_mcp.schema_shape import output_schema
from clickpipes_mcp.server import hidden_fields
from clickpipes_mcp.settings import load_settings
from clickpipes_mcp.tools import TOOLS
from clickpipes_mcp.tools._adapter import annotations, published_input


def render() -> dict[str, str]:
    """File name to text, one file a tool, as a server without any setting publishes it."""
    hidden = hidden_fields(load_settings({}))
    return {
        f"{tool.name}.json": json.dumps(
            {
                "name": tool.name,
                "title": tool.title,
                "description": tool.description,
                "toolset": tool.toolset,
                "annotations": annotations(tool).model_dump(
                    by_alias=True, exclude_none=True, exclude={"title"}
                ),
                "inputSchema": published_input(tool, hidden),
                "outputSchema": output_schema(tool.view),
            },
            indent=2,
            ensure_ascii=False,
        )
        + "\n"
        for tool in TOOLS
    }


def differences(folder: Path, rendered: Mapping[str, str] | None = None) -> list[str]:
    """One line for every file that is missing, outdated or left over."""
    wanted = render() if rendered is None else rendered
    present = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
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
    for path in folder.glob("*.json"):
        if path.name not in rendered:
            path.unlink()
    for name, text in rendered.items():
        (folder / name).write_text(text, encoding="utf-8")
    return len(rendered)
