"""The kinds of source a ClickPipe can read from, each in its own room, and ways to find one."""

from clickpipes_mcp.contract import SourceSpec
from clickpipes_mcp.sources import (
    azure_blob,
    bigquery,
    gcs,
    kafka,
    kinesis,
    mongodb,
    mysql,
    postgres,
    pubsub,
    s3,
)
from clickpipes_mcp.sources._pipe import Column, FieldMapping
from clickpipes_mcp.sources._settings import SETTING_DEFAULTS, PipeSettings

__all__ = [
    "SETTING_DEFAULTS",
    "SOURCES",
    "Column",
    "FieldMapping",
    "PipeSettings",
    "source_named",
    "source_of",
]

SOURCES: tuple[SourceSpec, ...] = (
    kafka.SPEC,
    kinesis.SPEC,
    s3.SPEC,
    gcs.SPEC,
    azure_blob.SPEC,
    postgres.SPEC,
    mysql.SPEC,
    mongodb.SPEC,
    bigquery.SPEC,
    pubsub.SPEC,
)


def source_named(key: str) -> SourceSpec:
    """The source of that key, as in the names of tools.

    Raises:
        KeyError: There is none.
    """
    return {source.key: source for source in SOURCES}[key]


def source_of(arm: str, kind: str | None = None) -> SourceSpec | None:
    """The source an API answer is about: the key under `source`, and its `type` if it has one.

    None for an arm, or for one of several sources of an arm, that is not known yet.
    """
    of_arm = [source for source in SOURCES if source.arm == arm]
    if len(of_arm) == 1:
        return of_arm[0]
    return next((source for source in of_arm if kind in source.types), None)
