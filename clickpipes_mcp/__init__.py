"""An MCP server for ClickPipes, the managed ingestion pipes of ClickHouse Cloud."""

__version__ = "0.1.0"
