"""A bundle for Claude Desktop: manifest 0.4 of type `uv`, whose host installs what it depends on.

Before there is a release it brings its own wheel, beside the manifest, and never asks PyPI for this
package. The type is experimental (MANIFEST.md, "UV Runtime"); mcp_config is optional there, and
asked for by the validator of @anthropic-ai/mcpb 2.1.2.
"""

from collections.abc import Mapping

from clickpipes_mcp.packaging.description import (
    AUTHOR,
    NAME,
    SUMMARY,
    TITLE,
    VARIABLES,
    Description,
)
from clickpipes_mcp.packaging.target import Target
from clickpipes_mcp.settings import DEFAULT_TOOLSETS
from clickpipes_mcp.tools import TOOLS

_ENTRY = "server.py"
_PROGRAM = '''"""What the bundle starts."""

from clickpipes_mcp.cli import main

main()
'''
_LEFT_OUT = ".venv/\n__pycache__/\n"


def _files(description: Description) -> Mapping[str, object]:
    return {
        "manifest.json": _manifest(description),
        "pyproject.toml": _project(description),
        _ENTRY: _PROGRAM,
        ".mcpbignore": _LEFT_OUT,
    }


def _manifest(description: Description) -> Mapping[str, object]:
    return {
        "manifest_version": "0.4",
        "name": NAME,
        "display_name": TITLE,
        "version": description.version,
        "description": SUMMARY,
        "author": {"name": AUTHOR},
        "license": description.license,
        "keywords": description.keywords,
        "server": {
            "type": "uv",
            "entry_point": _ENTRY,
            "mcp_config": {
                "command": "uv",
                "args": ["run", "--directory", "${__dirname}", _ENTRY],
                "env": {
                    variable.name: f"${{user_config.{variable.key}}}" for variable in VARIABLES
                },
            },
        },
        "tools": [
            {"name": tool.name, "description": tool.description.split(". ")[0].rstrip(".") + "."}
            for tool in TOOLS
            if tool.toolset in DEFAULT_TOOLSETS
        ],
        "user_config": {
            variable.key: {
                "type": "string",
                "title": variable.title,
                "description": variable.description,
                "required": False,
                "default": "",
                "sensitive": variable.is_secret,
            }
            for variable in VARIABLES
        },
        "compatibility": {
            "platforms": ["darwin", "win32", "linux"],
            "runtimes": {"python": description.python},
        },
    }


def _project(description: Description) -> str:
    head = f"""[project]
name = "{NAME}-bundle"
version = "{description.version}"
requires-python = "{description.python}"
dependencies = ["{NAME}=={description.version}"]
"""
    if description.is_released:
        return head
    return f"""{head}
[tool.uv.sources]
{NAME} = {{ path = "{description.wheel}" }}
"""


TARGET = Target(
    key="mcpb",
    title="MCP bundle",
    documentation="https://github.com/modelcontextprotocol/mcpb/blob/main/MANIFEST.md",
    install="`npx @anthropic-ai/mcpb pack`, once its wheel stands beside it",
    checked_by="`mcpb validate` and `mcpb pack` 2.1.2; uv, which ran what was packed",
    files=_files,
)
