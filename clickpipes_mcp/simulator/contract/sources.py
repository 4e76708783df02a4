"""The sources that the service takes."""

from typing import Final

from clickpipes_mcp.simulator.contract import (
    bigquery,
    kafka,
    kinesis,
    mongodb,
    mysql,
    object_storage,
    postgres,
    pubsub,
)
from clickpipes_mcp.simulator.contract._source_schemas import SourceSchemas

SOURCES: Final[tuple[SourceSchemas, ...]] = (
    kafka.SCHEMAS,
    object_storage.SCHEMAS,
    kinesis.SCHEMAS,
    pubsub.SCHEMAS,
    postgres.SCHEMAS,
    mysql.SCHEMAS,
    bigquery.SCHEMAS,
    mongodb.SCHEMAS,
)

__all__ = ["SOURCES", "SourceSchemas"]
