"""The only place where the tools meet the MCP SDK."""
