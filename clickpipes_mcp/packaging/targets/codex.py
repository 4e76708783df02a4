"""A plugin for Codex, which hands variables of the user's environment on by name.

The fields are those that Codex reads (codex-rs/core-plugins/src/manifest.rs and loader.rs). The
directory is its own marketplace, so that `codex plugin marketplace add` takes it as it is.
"""

from collections.abc import Mapping

from clickpipes_mcp.packaging.description import (
    AUTHOR,
    NAME,
    SERVER,
    SUMMARY,
    TITLE,
    VARIABLES,
    Description,
)
from clickpipes_mcp.packaging.target import Target


def _files(description: Description) -> Mapping[str, object]:
    return {
        "README.md": description.readme,
        ".codex-plugin/plugin.json": {
            "name": NAME,
            "version": description.version,
            "description": SUMMARY,
            "keywords": description.keywords,
            "mcpServers": "./.mcp.json",
            "interface": {
                "displayName": TITLE,
                "developerName": AUTHOR,
                "shortDescription": SUMMARY,
            },
        },
        ".mcp.json": {
            "mcpServers": {
                SERVER: {
                    **description.launch,
                    "env_vars": [variable.name for variable in VARIABLES],
                }
            }
        },
        ".agents/plugins/marketplace.json": {
            "name": NAME,
            "plugins": [
                {
                    "name": NAME,
                    "source": {"source": "local", "path": "./"},
                    "policy": {"installation": "AVAILABLE", "authentication": "ON_INSTALL"},
                    "category": "Developer Tools",
                }
            ],
        },
    }


TARGET = Target(
    key="codex",
    title="Codex plugin",
    documentation="https://github.com/openai/codex/tree/main/codex-rs/core-plugins",
    install=f"`codex plugin marketplace add .`, `codex plugin add {NAME}@{NAME}`",
    checked_by="codex 0.171.0, which installed it and listed the server; skillsaw",
    files=_files,
)
