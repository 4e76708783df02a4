"""What FastMCP generates from the API's OpenAPI document, with nothing tuned by hand.

What the default tools of ours do not reach is left out, which is to its advantage.
"""

import json
import os
import sys
from pathlib import Path

import httpx2
from fastmcp import FastMCP
from fastmcp.server.providers.openapi import MCPType, RouteMap

mcp = FastMCP.from_openapi(
    openapi_spec=json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")),
    client=httpx2.AsyncClient(
        base_url=os.environ["CLICKPIPES_API_URL"],
        auth=(os.environ["CLICKPIPES_KEY_ID"], os.environ["CLICKPIPES_KEY_SECRET"]),
        timeout=60,
    ),
    name="generated",
    route_maps=[
        RouteMap(
            pattern=r".*/services/\{serviceId\}(/state|/prometheus)?$", mcp_type=MCPType.EXCLUDE
        )
    ],
)

if __name__ == "__main__":
    mcp.run("stdio", show_banner=False)
