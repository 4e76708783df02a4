"""An MCP server for ClickPipes, the managed ingestion pipes of ClickHouse Cloud."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("clickpipes-mcp")
except PackageNotFoundError:  # run from a copy that was never installed
    __version__ = "0+unknown"
