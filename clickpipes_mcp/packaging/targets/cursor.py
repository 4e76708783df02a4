"""A plugin for Cursor.

The manifest follows schemas/plugin.schema.json of cursor/plugins, which allows no other fields. It
names its mcp.json, because Cursor prunes files that a manifest does not name
(vercel/vercel-plugin#125). Cursor has `variables` that a user fills in; how an entry refers to one,
and where a secret one is kept, no source at hand says, so the key comes from the connections.
"""

from collections.abc import Mapping

from clickpipes_mcp.packaging.description import (
    AUTHOR,
    NAME,
    SERVER,
    SUMMARY,
    TITLE,
    Description,
)
from clickpipes_mcp.packaging.target import Target


def _files(description: Description) -> Mapping[str, object]:
    return {
        "README.md": description.readme,
        ".cursor-plugin/plugin.json": {
            "name": NAME,
            "displayName": TITLE,
            "version": description.version,
            "description": SUMMARY,
            "author": {"name": AUTHOR},
            "license": description.license,
            "keywords": description.keywords,
            "mcpServers": "./mcp.json",
        },
        "mcp.json": {"mcpServers": {SERVER: description.launch}},
    }


TARGET = Target(
    key="cursor",
    title="Cursor plugin",
    documentation="https://cursor.com/docs/plugins/building",
    install=f"a copy in `~/.cursor/plugins/local/{NAME}`",
    checked_by="the schema of cursor/plugins; skillsaw",
    files=_files,
)
