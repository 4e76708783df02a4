"""The file that the front answers from: what a server lists besides the schemas of its tools."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import anyio
from pydantic import BaseModel

from clickpipes_mcp.listed_tools import LISTED
from clickpipes_mcp.prompts import PROMPTS, prompts
from clickpipes_mcp.schema_export import text_of
from clickpipes_mcp.server import ClickPipesServer, build_server
from clickpipes_mcp.settings import TOOLSETS, load_settings
from clickpipes_mcp.tools import TOOLS
from clickpipes_mcp.tools.registry import known_of_all


def render() -> str:
    """The file of this version, as a server lists it that offers all there is."""
    server = build_server(load_settings({}, toolsets=",".join(TOOLSETS)))
    return text_of({**_itself(server), "tools": _tools(), **anyio.run(_pages, server)})


def differences(file: Path = LISTED) -> list[str]:
    """A line where the file is missing or outdated."""
    if not file.is_file():
        return [f"{file.name} is missing"]
    return [] if file.read_text(encoding="utf-8") == render() else [f"{file.name} is outdated"]


def write(file: Path = LISTED) -> None:
    """Bring the file up to date."""
    file.write_text(render(), encoding="utf-8")


def _itself(server: ClickPipesServer) -> dict[str, object]:
    told = _wire(server._lowlevel_server.create_initialization_options().capabilities)  # noqa: SLF001
    return {"extensions": told.pop("extensions"), "capabilities": told}


def _tools() -> list[dict[str, object]]:
    return [{**vars(tool), "effect": tool.effect.value} for tool in known_of_all()]


async def _pages(server: ClickPipesServer) -> dict[str, object]:
    needs = {spec.name: sorted(spec.needs) for spec in PROMPTS}
    found = prompts({tool.name for tool in TOOLS}, has_connections=True)
    return {
        "prompts": [
            {
                "needs": needs[prompt.name],
                "prompt": {
                    "arguments": [_wire(one) for one in prompt.arguments or []],
                    "description": prompt.description,
                    "name": prompt.name,
                    "title": prompt.title,
                },
            }
            for prompt in found
        ],
        "resources": _all(await server.list_resources()),
        "templates": _all(await server.list_resource_templates()),
    }


def _all(models: Sequence[BaseModel]) -> list[dict[str, object]]:
    return [_wire(model) for model in models]


def _wire(model: BaseModel) -> dict[str, Any]:
    """The fields in the order in which the SDK sends them."""
    told: dict[str, Any] = model.model_dump(by_alias=True, exclude_none=True, mode="json")
    return {
        name: dict(sorted(value.items())) if isinstance(value, Mapping) else value
        for name, value in sorted(told.items())
    }
