"""The registry of the Model Context Protocol: server.json of schema 2025-12-11.

A namespace proves who publishes, and a package has to be on PyPI with `mcp-name: NAMESPACE/NAME` in
its README before the registry takes it (docs/modelcontextprotocol-io/package-types.mdx). Until
there are both the file names no package, and a namespace that is reserved (RFC 2606).
"""

from collections.abc import Mapping

from clickpipes_mcp.packaging.description import NAME, SUMMARY, TITLE, VARIABLES, Description
from clickpipes_mcp.packaging.target import Target

SCHEMA = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"
RESERVED = "com.example"


def _files(description: Description) -> Mapping[str, object]:
    server: dict[str, object] = {
        "$schema": SCHEMA,
        "name": f"{description.namespace or RESERVED}/{NAME}",
        "title": TITLE,
        "description": SUMMARY,
        "version": description.version,
    }
    if description.is_released:
        server["packages"] = [_package(description)]
    return {"server.json": server}


def _package(description: Description) -> Mapping[str, object]:
    return {
        "registryType": "pypi",
        "registryBaseUrl": "https://pypi.org",
        "identifier": NAME,
        "version": description.version,
        "runtimeHint": "uvx",
        "transport": {"type": "stdio"},
        "environmentVariables": [
            {
                "name": variable.name,
                "description": variable.description,
                "isRequired": False,
                "isSecret": variable.is_secret,
                "format": "string",
            }
            for variable in VARIABLES
        ],
    }


TARGET = Target(
    key="registry",
    title="MCP registry",
    documentation="https://github.com/modelcontextprotocol/registry/blob/main/docs/reference/server-json/generic-server-json.md",
    install="`mcp-publisher publish`, of a release that is on PyPI",
    checked_by="the schema of 2025-12-11; skillsaw",
    files=_files,
)
