"""What the API's own document says, held against what this package sends and reads."""

from clickpipes_mcp.drift.report import Report, compare
from clickpipes_mcp.drift.retrieval import compare_with_api, compare_with_file

__all__ = ["Report", "compare", "compare_with_api", "compare_with_file"]
