"""What ClickPipes needs of a Pub/Sub topic, each prerequisite with its judge.

Source: ClickHouse docs, integrations/clickpipes/pubsub: overview and auth; and the reference of
the Pub/Sub API.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from clickpipes_mcp.checks.checklist import text_of
from clickpipes_mcp.checks.google import commands
from clickpipes_mcp.checks.judging import Flaw, Judged, Unseen
from clickpipes_mcp.checks.names import listed
from clickpipes_mcp.checks.pubsub.facts import Facts

ROLE: Final = "roles/pubsub.editor"
TOPIC_RIGHTS: Final = ("pubsub.topics.get", "pubsub.topics.attachSubscription")
PROJECT_RIGHTS: Final = (
    "pubsub.topics.list",
    "pubsub.subscriptions.create",
    "pubsub.subscriptions.get",
    "pubsub.subscriptions.delete",
    "pubsub.subscriptions.consume",
)
FORMATS: Final[Mapping[str, str]] = {"AVRO": "Avro", "PROTOCOL_BUFFER": "Protobuf"}
"""By the type of a topic's schema, the format that reads it."""

_SCHEMA_TYPES: Final[Mapping[str, str]] = {value: name for name, value in FORMATS.items()}
_DAY_S: Final = 86_400

Judge: TypeAlias = Callable[[Facts], Judged]


def _of_a_topic(judged: Judge) -> Judge:
    """Of a topic that could be read."""
    return lambda facts: judged(facts) if facts.topic.is_ok else None


def _topic(facts: Facts) -> Judged:
    name = f"{facts.wish.project}/{facts.wish.topic}"
    if facts.topic.is_ok:
        return f"The topic {name} is there."
    if facts.topic.is_off:
        return Flaw(
            "The Pub/Sub API is not enabled in the project.",
            commands.enable("pubsub", facts.wish.project),
        )
    if facts.topic.is_missing:
        return Flaw(
            f"There is no topic {name}: {facts.topic.told}",
            "Correct project_id and topic, which is the short name.",
        )
    if facts.topic.is_refused:
        return Flaw(f"The account may not see the topic {name}: {facts.topic.told}", _grant(facts))
    return Unseen(f"Google answered: {facts.topic.told}", "Look again in a while.")


def _grant(facts: Facts) -> str:
    return commands.grant_on_project(facts.wish.project, facts.key, ROLE)


def _topic_right(facts: Facts) -> Judged:
    return _right(facts, facts.topic_rights, TOPIC_RIGHTS, "on the topic")


def _subscription_right(facts: Facts) -> Judged:
    return _right(facts, facts.project_rights, PROJECT_RIGHTS, "in the project")


def _right(
    facts: Facts, held: frozenset[str] | None, needed: tuple[str, ...], where: str
) -> Judged:
    if held is None:
        return Unseen(
            f"Google does not tell what the account may do {where}.",
            f"Look whether it has {ROLE}. The Cloud Resource Manager API tells, where it is "
            "enabled in the project of the account.",
        )
    missing = [one for one in needed if one not in held]
    if not missing:
        return f"The account has what it needs {where}."
    return Flaw(f"The account lacks {listed(missing)} {where}.", _grant(facts))


def _schema(facts: Facts) -> Judged:
    wanted = _SCHEMA_TYPES.get(facts.wish.format)
    if wanted is None:
        return _no_schema_needed(facts)
    if not facts.schema_name:
        return Flaw(
            f"The topic has no schema, and {facts.wish.format} is read by the topic's own.",
            "Bind a schema with BINARY encoding to the topic, or set format to JSONEachRow.",
        )
    if facts.encoding != "BINARY":
        return Flaw(
            f"The topic's encoding is {facts.encoding}.",
            f"{facts.wish.format} needs BINARY. Set format to JSONEachRow for messages in JSON.",
        )
    if facts.schema is None or not facts.schema.is_ok:
        told = facts.schema.told if facts.schema else "it was deleted"
        return Flaw(
            f"The topic's schema cannot be read: {told}",
            f"Give the account pubsub.schemas.get where the schema is: {_grant(facts)}",
        )
    kind = text_of(facts.schema.body, "type")
    if kind != wanted:
        return Flaw(
            f"The topic's schema is {kind}, and the format is {facts.wish.format}.",
            "Correct source.format.",
        )
    return f"The topic's schema is {kind}, with BINARY encoding."


def _no_schema_needed(facts: Facts) -> Judged:
    if facts.wish.format != "JSONEachRow" or facts.encoding != "BINARY":
        return None
    return Flaw(
        "The topic's messages have a schema with BINARY encoding, and the format is JSONEachRow.",
        "Set format to Avro or Protobuf, as the schema is.",
    )


def _retention(facts: Facts) -> Judged:
    if facts.wish.seek not in ("earliest", "timestamp"):
        return None
    topic = commands.word(facts.wish.topic)
    mend = (
        f"gcloud pubsub topics update {topic} --message-retention-duration=7d keeps what comes "
        "from now on. Or start at latest."
    )
    if not facts.kept_s:
        return Flaw(
            "The topic keeps no messages for subscriptions that come later: nothing earlier than "
            "the pipe could be read.",
            mend,
        )
    told = f"The topic keeps messages for {facts.kept_s / _DAY_S:,.1f} days."
    since = facts.wish.since
    if since and facts.wish.seek == "timestamp":
        age_s = (facts.now - since).total_seconds()
        if age_s > facts.kept_s:
            return Flaw(f"{told} seek_timestamp is {age_s / _DAY_S:,.1f} days ago.", mend)
    return told


def _state(facts: Facts) -> Judged:
    state = text_of(facts.topic.body, "state")
    if state != "INGESTION_RESOURCE_ERROR":
        return None
    return Flaw(
        "The topic fills itself from another service, and that fails.",
        "Look at the topic's ingestion settings.",
    )


JUDGES: Final[Mapping[str, Judge]] = {
    "topic": _topic,
    "topic-right": _of_a_topic(_topic_right),
    "subscription-right": _of_a_topic(_subscription_right),
    "topic-state": _of_a_topic(_state),
    "schema": _of_a_topic(_schema),
    "topic-retention": _of_a_topic(_retention),
}
"""By the id of the prerequisite, in the order in which a person would look."""
