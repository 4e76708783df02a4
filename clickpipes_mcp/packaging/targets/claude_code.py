"""A plugin for Claude Code, which asks for the key and keeps its secret apart.

The fields are those of code.claude.com/docs/en/plugins/manifest-reference; an unknown one within
`userConfig` is an error there. The directory is its own marketplace, so that `claude plugin
marketplace add` takes it as it is.
"""

from collections.abc import Mapping

from clickpipes_mcp.packaging.description import (
    AUTHOR,
    NAME,
    SERVER,
    SUMMARY,
    VARIABLES,
    Description,
)
from clickpipes_mcp.packaging.target import Target


def _files(description: Description) -> Mapping[str, object]:
    return {
        "README.md": description.readme,
        ".claude-plugin/plugin.json": {
            "name": NAME,
            "version": description.version,
            "description": SUMMARY,
            "author": {"name": AUTHOR},
            "license": description.license,
            "keywords": description.keywords,
            "userConfig": {
                variable.key: {
                    "type": "string",
                    "title": variable.title,
                    "description": variable.description,
                    "default": "",
                    "sensitive": variable.is_secret,
                }
                for variable in VARIABLES
            },
            "mcpServers": {
                SERVER: {
                    **description.launch,
                    "env": {
                        variable.name: f"${{user_config.{variable.key}}}" for variable in VARIABLES
                    },
                }
            },
        },
        ".claude-plugin/marketplace.json": {
            "name": NAME,
            "description": SUMMARY,
            "owner": {"name": AUTHOR},
            "plugins": [{"name": NAME, "source": "./", "description": SUMMARY}],
        },
    }


TARGET = Target(
    key="claude_code",
    title="Claude Code plugin",
    documentation="https://code.claude.com/docs/en/plugins/manifest-reference",
    install=f"`claude plugin marketplace add .`, `claude plugin install {NAME}@{NAME}`",
    checked_by="`claude plugin validate --strict` 2.1.197, which then connected; skillsaw",
    files=_files,
)
