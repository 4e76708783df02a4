"""What ClickPipes needs of a Kafka cluster, each prerequisite with its judge.

Source: ClickHouse docs, integrations/clickpipes/kafka: best practices, schema registries, FAQ; the
rights of Amazon MSK's policy, written for other clusters as their ACLs.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from clickpipes_mcp.checks.judging import Flaw, Judged, Unseen
from clickpipes_mcp.checks.kafka.facts import Facts
from clickpipes_mcp.checks.kafka.records import (
    FORMATS,
    SCHEMAS,
    Encoding,
    encoding_of,
    format_of,
)
from clickpipes_mcp.checks.names import listed
from clickpipes_mcp.counting import counted

Judge: TypeAlias = Callable[[Facts], Judged]
_SCHEMA_FORMATS: Final = " or ".join(SCHEMAS)


def _broker(facts: Facts) -> Judged:
    if facts.no_connection and facts.was_let_in:
        return Unseen(
            f"A broker lets us in, and then not all was read: {facts.no_connection}",
            "Look again; where that stays, look at the load and the logs of the brokers.",
        )
    if facts.no_connection:
        return Flaw(
            f"No broker could be connected to: {facts.no_connection}",
            "Correct brokers. Where they answer only within a network, or to the addresses of "
            "ClickPipes, look from there.",
        )
    return f"A broker of {listed(facts.wish.brokers)} answers."


def _tls(facts: Facts) -> Judged:
    if not facts.no_tls:
        return None
    return Flaw(
        facts.no_tls,
        "Give ca_certificate where the certificate is of a private authority, and the port of the "
        "listener that speaks TLS. From here no login is sent without it.",
    )


def _login(facts: Facts) -> Judged:
    if facts.unseen:
        return Unseen(facts.unseen, "Look at the role, its trust policy and its rights there.")
    if facts.no_login:
        return Flaw(
            f"The broker does not accept the login: {facts.no_login}",
            "Correct authentication, which the broker has to offer, and the credentials.",
        )
    is_told = facts.was_let_in and facts.wish.authentication
    return "The broker accepts the login." if is_told else None


def _listeners(facts: Facts) -> Judged:
    if not facts.is_in:
        return None
    apart = [f"{one.address} ({one.problem})" for one in facts.listeners if one.problem]
    if not apart:
        return (
            f"Of {counted(len(facts.listeners), 'broker')} every one can be reached as advertised."
        )
    return Flaw(
        f"The brokers advertise addresses that cannot be reached from here: {listed(apart)}.",
        "Set advertised.listeners of each broker to a name that ClickPipes can reach; the first "
        "connection alone does not help. For private names use a private endpoint.",
    )


def _topics(facts: Facts) -> Judged:
    if facts.names is None:
        return None
    missing = [name for name in facts.wish.topics if name not in facts.names]
    if not missing:
        return f"The topics are there: {listed(facts.wish.topics)}."
    return Flaw(
        f"Not there, or not to be seen with this login: {listed(missing)}.",
        "Correct topics, or allow the login to describe them: "
        f"{_acl(facts, '--operation Describe', missing[0])}",
    )


def _topic_right(facts: Facts) -> Judged:
    refused = [one.name for one in facts.topics.values() if one.refusal]
    if refused:
        return Flaw(
            f"The login may not read {listed(refused)}.",
            _acl(facts, "--operation Read --operation Describe", refused[0]),
        )
    return "The login may read the topics." if facts.topics else None


def _group_right(facts: Facts) -> Judged:
    if facts.group_refusal is None:
        return None
    if facts.group_refusal:
        return Flaw(
            f"The consumer group {facts.wish.group}: {facts.group_refusal}",
            "kafka-acls.sh --bootstrap-server BROKER --add --allow-principal User:NAME "
            f"--operation Read --group {_word(facts.wish.group)}",
        )
    return f"The login may see the consumer group {facts.wish.group}."


def _acl(_: Facts, operations: str, topic: str) -> str:
    return (
        "kafka-acls.sh --bootstrap-server BROKER --add --allow-principal User:NAME "
        f"{operations} --topic {_word(topic)}"
    )


def _word(name: str) -> str:
    plain = all(letter.isalnum() or letter in "._-" for letter in name) and name.isascii()
    return name if plain else "<its name>"


def _records(facts: Facts) -> Judged:
    if not facts.topics or facts.wish.starts_at == "from_latest":
        return None
    read = [one for one in facts.topics.values() if one.records is not None]
    empty = [one.name for one in read if not one.records]
    if empty:
        return Flaw(
            f"No record is held in {listed(empty)}.",
            "Write one before the pipe is created: the format cannot be looked at, and the pipe "
            "would show nothing.",
        )
    return "The topics hold records." if read else None


def _format(facts: Facts) -> Judged:
    found = [
        (name, encoding)
        for name, topic in facts.topics.items()
        for encoding in map(encoding_of, topic.samples)
        if encoding is not Encoding.UNKNOWN
    ]
    fits = FORMATS.get(facts.wish.format)
    if not found or fits is None:
        return None
    apart = [(name, encoding) for name, encoding in found if encoding not in fits]
    if not apart:
        told = listed(dict.fromkeys(name for name, _ in found))
        return f"The first records of {told} are as {facts.wish.format} needs them."
    name, encoding = apart[0]
    meant = format_of(encoding, facts.schema_kind)
    if not meant:
        is_registered = encoding is Encoding.REGISTERED
        meant = f"{_SCHEMA_FORMATS}, as its schema is" if is_registered else "another"
    return Flaw(
        f"A record of {name} is {encoding.value}, and the format is {facts.wish.format}.",
        f"Set format to {meant}.",
    )


def _registry(facts: Facts) -> Judged:
    registry = facts.registry
    if registry is None:
        return None
    if registry.is_login_refused:
        return Flaw(
            f"The schema registry does not accept the login: {registry.problem}.",
            "Correct schema_registry.credentials: a key of the registry, not of the cluster.",
        )
    if registry.is_missing:
        return Flaw(
            f"The schema registry has no {registry.subject}: {registry.problem}.",
            "Register it, or name the subject in the URL: https://HOST/subjects/NAME.",
        )
    if registry.problem:
        return Unseen(f"The schema registry: {registry.problem}.", "Correct its url.")
    wanted = SCHEMAS.get(facts.wish.format)
    if wanted and registry.kind != wanted:
        return Flaw(
            f"{registry.subject} is {registry.kind}, and the format is {facts.wish.format}.",
            "Correct format.",
        )
    return f"The schema registry has {registry.subject}, of {registry.kind}."


JUDGES: Final[Mapping[str, Judge]] = {
    "reachable": _broker,
    "tls": _tls,
    "login": _login,
    "listeners": _listeners,
    "topics": _topics,
    "topic-right": _topic_right,
    "group-right": _group_right,
    "records": _records,
    "format": _format,
    "registry": _registry,
}
"""By the id of the prerequisite, in the order in which a person would look."""
