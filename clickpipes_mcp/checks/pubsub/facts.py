"""What was read of a Pub/Sub topic, and what the pipe asks of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from clickpipes_mcp.checks.checklist import part_of, text_of
from clickpipes_mcp.checks.google.fields import seconds_of, time_of
from clickpipes_mcp.checks.google.keys import AccountKey
from clickpipes_mcp.checks.google.requests import Answer


@dataclass(frozen=True)
class Wish:
    """What a configuration asks for."""

    project: str
    topic: str
    format: str
    seek: str
    since: datetime | None
    keeps_order: bool
    filters: bool

    @classmethod
    def of(cls, configuration: Mapping[str, JsonValue]) -> "Wish":
        """Reads it from a configuration under the API's keys."""
        return cls(
            project=text_of(configuration, "projectId"),
            topic=text_of(configuration, "topic"),
            format=text_of(configuration, "format"),
            seek=text_of(configuration, "seekType"),
            since=time_of(configuration, "seekTimestamp"),
            keeps_order=configuration.get("enableOrdering") is True,
            filters=bool(text_of(configuration, "filter")),
        )


@dataclass(frozen=True)
class Facts:
    """All that was read; rights are None where nobody told them."""

    wish: Wish
    key: AccountKey
    topic: Answer
    schema: Answer | None
    topic_rights: frozenset[str] | None
    project_rights: frozenset[str] | None
    now: datetime

    @property
    def schema_name(self) -> str:
        """The schema that the topic is bound to, as a path; empty where it has none."""
        return text_of(part_of(self.topic.body, "schemaSettings"), "schema")

    @property
    def encoding(self) -> str:
        return text_of(part_of(self.topic.body, "schemaSettings"), "encoding")

    @property
    def kept_s(self) -> float:
        """For how long the topic keeps messages for subscriptions that come later."""
        return seconds_of(self.topic.body, "messageRetentionDuration")
