"""Links that put this server into an editor with one click, once its program is installed.

VS Code opens `vscode:mcp/install?` with the percent-encoded JSON that `--add-mcp` takes, and its
`inputs` (code.visualstudio.com/docs/copilot/guides/mcp-developer-guide, and handleMcpInstallUri of
its source). Cursor takes a name and the entry of its mcp.json in base64
(cursor.com/docs/mcp/install-links). Neither scheme can be linked to on GitHub, so both go through
an address of their makers', as in the README of microsoft/playwright-mcp.
"""

import json
from base64 import b64encode
from urllib.parse import quote, urlencode

from clickpipes_mcp.packaging.description import KEY, NAME, SERVER

_ENTRY: dict[str, object] = {"command": NAME, "args": []}


def vscode() -> str:
    """VS Code asks for the key, once, and keeps its secret as one."""
    entry = {
        "name": SERVER,
        "type": "stdio",
        **_ENTRY,
        "env": {variable.name: f"${{input:{variable.key}}}" for variable in KEY},
        "inputs": [
            {
                "type": "promptString",
                "id": variable.key,
                "description": variable.title,
                "password": variable.is_secret,
            }
            for variable in KEY
        ],
    }
    installed = f"vscode:mcp/install?{quote(_compact(entry), safe='')}"
    return f"https://insiders.vscode.dev/redirect?url={quote(installed, safe='')}"


def cursor() -> str:
    """Cursor has no inputs: the key comes from the connections."""
    entry = b64encode(_compact(_ENTRY).encode()).decode()
    return f"https://cursor.com/install-mcp?{urlencode({'name': SERVER, 'config': entry})}"


def _compact(document: object) -> str:
    return json.dumps(document, separators=(",", ":"))
