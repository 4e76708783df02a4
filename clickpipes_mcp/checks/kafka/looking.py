"""Looks at a Kafka cluster, and judges what it read."""

import asyncio
import ssl
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from pydantic import JsonValue

from clickpipes_mcp.checks.avro_columns import columns_of_avro
from clickpipes_mcp.checks.checklist import Checked, Outcome, Place, Seen
from clickpipes_mcp.checks.files.column_types import Columns
from clickpipes_mcp.checks.judged_loop import JudgedLoop
from clickpipes_mcp.checks.judging import judge
from clickpipes_mcp.checks.kafka import cluster
from clickpipes_mcp.checks.kafka.facts import Facts, Listener, Wish
from clickpipes_mcp.checks.kafka.login import PLAIN_TEXT, Login, login_of
from clickpipes_mcp.checks.kafka.prerequisites import JUDGES
from clickpipes_mcp.checks.kafka.records import columns_of, encoding_of, format_of
from clickpipes_mcp.checks.kafka.registry import read_registry
from clickpipes_mcp.checks.shown_records import shown
from clickpipes_mcp.checks.table_proposal import new_table

_ANYTHING: Final = "NONE"
_KEEPS_S: Final = 3.0
"""For the registry, of the time there is."""


def look(place: Place) -> Seen:
    """Connect as a consumer would that never reads on, and ask the registry where there is one."""
    facts = Facts(Wish.of(place.configuration))
    try:
        login = login_of(place.configuration)
    except (ssl.SSLError, OSError):
        told = "The certificate or the private key that was given is none."
        mend = "Give PEM: the certificate with its chain, and the key without a passphrase."
        return Seen((Checked("tls", Outcome.NOT_OK, told, mend),))
    with asyncio.Runner(loop_factory=lambda: JudgedLoop(place.pin)) as runner:
        loop = runner.get_loop()
        runner.run(_ask(facts, login, place.remaining_s() - _KEEPS_S))
        refused = loop.refused if isinstance(loop, JudgedLoop) else {}
    facts.listeners = [_explained(one, refused) for one in facts.listeners]
    if facts.wish.registry_url and facts.wish.topics and place.remaining_s() > 0:
        facts.registry = read_registry(place, facts.wish.registry_url, facts.wish.topics[0])
    return _told(facts)


async def _ask(facts: Facts, login: Login, seconds: float) -> None:
    options = login.options
    try:
        async with asyncio.timeout(seconds):
            is_in = await cluster.connect(facts, options)
            if facts.no_tls and not facts.is_distrusted and not login.sends_secrets:
                options = PLAIN_TEXT
                is_in = await cluster.connect(facts, options)
            facts.unseen = login.unseen if is_in else ""
            if is_in and not login.unseen:
                await cluster.read(facts, options)
    except TimeoutError:
        facts.no_connection = facts.no_connection or "the cluster was not done answering in time"


def _explained(one: Listener, refused: dict[str, Checked]) -> Listener:
    """What cannot be reached for being refused here says so."""
    host = one.address.rpartition(":")[0]
    return replace(one, problem=refused[host].evidence) if host in refused else one


def _told(facts: Facts) -> Seen:
    topic = facts.wish.topics[0] if facts.wish.topics else ""
    return Seen(
        checked=tuple(judge(JUDGES, facts)),
        notes=tuple(_notes(facts)),
        proposal=_proposal(facts),
        destination=new_table(topic, _columns(facts)),
        called=topic if topic in facts.topics else "",
        sample=shown(_samples(facts)),
    )


def _samples(facts: Facts) -> Iterator[bytes]:
    return (sample for one in facts.topics.values() for sample in one.samples)


def _columns(facts: Facts) -> Columns:
    if facts.registry and facts.registry.kind == "AVRO" and facts.registry.definition:
        return columns_of_avro(facts.registry.definition)
    return next((found for sample in _samples(facts) if (found := columns_of(sample))), [])


def _proposal(facts: Facts) -> dict[str, JsonValue]:
    kind = facts.schema_kind
    fits = next((format_of(encoding_of(sample), kind) for sample in _samples(facts)), "")
    return {"format": fits} if fits else {}


def _notes(facts: Facts) -> Iterator[str]:
    partitions = {name: one.partitions for name, one in facts.topics.items()}
    if partitions:
        told = ", ".join(f"{name} {count}" for name, count in partitions.items())
        yield f"Partitions: {told}. More replicas than partitions have nothing to read."
    for topic in facts.topics.values():
        if topic.oldest is not None:
            yield (
                f"The oldest record that was read of {topic.name} is of "
                f"{topic.oldest:%Y-%m-%d %H:%M} UTC. What a pipe has not read before the topic "
                "lets go of it is lost: keep records for longer than a pipe may stand still."
            )
    if facts.registry and facts.registry.compatibility == _ANYTHING:
        yield (
            f"{facts.registry.subject} has the compatibility NONE: any next schema is taken, and "
            "the table may not fit its records."
        )
    if facts.is_read and not facts.wish.group:
        yield (
            "ClickPipes makes a consumer group of its own, clickpipes- and the id of the pipe: "
            "where groups have ACLs, allow that prefix to Read."
        )
