"""Over standard input and output, or over HTTP at the port that the command line names."""

import sys

from mcp.server.mcpserver import MCPServer


def serve(server: MCPServer) -> None:
    if sys.argv[1:]:
        server.run("streamable-http", port=int(sys.argv[1]))
    else:
        server.run("stdio")
