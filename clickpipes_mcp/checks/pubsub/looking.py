"""Asks Google about a Pub/Sub topic, and judges what it read. No message is ever pulled."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

from pydantic import JsonValue

from clickpipes_mcp.checks.avro_columns import columns_of_avro
from clickpipes_mcp.checks.checklist import Checked, LookEnded, Place, Seen, part_of, text_of
from clickpipes_mcp.checks.google.endpoints import GOOGLE, Endpoints
from clickpipes_mcp.checks.google.keys import AccountKey, read_key
from clickpipes_mcp.checks.google.requests import Answer, Google
from clickpipes_mcp.checks.judging import judge
from clickpipes_mcp.checks.pubsub.facts import Facts, Wish
from clickpipes_mcp.checks.pubsub.prerequisites import FORMATS, JUDGES, PROJECT_RIGHTS, TOPIC_RIGHTS
from clickpipes_mcp.checks.table_proposal import new_table

_SCOPES: Final = ("https://www.googleapis.com/auth/cloud-platform",)
"""What asking for rights takes. Everything that is asked here only reads."""

_DELETED: Final = "_deleted-schema_"


@dataclass(frozen=True)
class TopicLook:
    """A look at a topic, where Google answers."""

    endpoints: Endpoints = GOOGLE

    def __call__(self, place: Place) -> Seen:
        """Read the topic, its schema, and what the account may do there."""
        configuration = place.configuration
        key = read_key(text_of(part_of(configuration, "serviceAccountKey"), "serviceAccountFile"))
        if isinstance(key, Checked):
            return Seen((key,))
        try:
            with Google(place, self.endpoints, key, _SCOPES) as google:
                return _told(_read(google, key, Wish.of(configuration)))
        except LookEnded as end:
            return Seen((end.why,))


def _read(google: Google, key: AccountKey, wish: Wish) -> Facts:
    projects = f"{google.endpoints.pubsub}/v1/projects/{quote(wish.project, safe='')}"
    url = f"{projects}/topics/{quote(wish.topic, safe='')}"
    topic = google.get(url)
    if not topic.is_ok:
        return Facts(wish, key, topic, None, None, None, datetime.now(UTC))
    of_project = f"{google.endpoints.projects}/v1/projects/{quote(wish.project, safe='')}"
    return Facts(
        wish=wish,
        key=key,
        topic=topic,
        schema=_schema(google, topic),
        topic_rights=google.rights(url, TOPIC_RIGHTS),
        project_rights=google.rights(of_project, PROJECT_RIGHTS),
        now=datetime.now(UTC),
    )


def _schema(google: Google, topic: Answer) -> Answer | None:
    name = text_of(part_of(topic.body, "schemaSettings"), "schema")
    if not name or name == _DELETED:
        return None
    return google.get(f"{google.endpoints.pubsub}/v1/{quote(name)}", view="FULL")


def _told(facts: Facts) -> Seen:
    columns = _columns(facts)
    return Seen(
        checked=tuple(judge(JUDGES, facts)),
        notes=tuple(_notes(facts, columns)),
        proposal=_proposal(facts),
        destination=new_table(facts.wish.topic, columns),
        called=facts.wish.topic if facts.topic.is_ok else "",
    )


def _proposal(facts: Facts) -> dict[str, JsonValue]:
    if not facts.topic.is_ok:
        return {}
    kind = text_of(facts.schema.body, "type") if facts.schema else ""
    fits = facts.encoding == "BINARY" and FORMATS.get(kind)
    return {
        "format": fits or "JSONEachRow",
        "seek_type": "earliest" if facts.kept_s else "latest",
    }


def _columns(facts: Facts) -> list[tuple[str, str]]:
    schema = facts.schema
    if schema is None or not schema.is_ok or text_of(schema.body, "type") != "AVRO":
        return []
    return columns_of_avro(text_of(schema.body, "definition"))


def _notes(facts: Facts, columns: list[tuple[str, str]]) -> Iterator[str]:
    if not facts.topic.is_ok:
        return
    if not columns:
        yield (
            "No message was pulled, for that would take it from others: which fields the messages "
            "have cannot be told from here."
        )
    if facts.wish.filters:
        yield "Whether the filter is well formed is only seen when the subscription is created."
    if facts.wish.keeps_order:
        yield "The order is kept among messages whose publishers set an ordering key."
