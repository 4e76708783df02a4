"""BigQuery, copied or kept in step through a Cloud Storage bucket."""

from clickpipes_mcp.sources.bigquery.request import SPEC

__all__ = ["SPEC"]
