"""Asks a Kafka cluster. Nothing is written, no group is joined and no offset committed."""

import asyncio
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from clickpipes_mcp.checks.kafka.facts import Facts, Listener, Topic
from clickpipes_mcp.checks.reaching import STEP_S, reach, tell
from clickpipes_mcp.checks.shown_records import MOST_RECORDS

if TYPE_CHECKING:
    from aiokafka import AIOKafkaConsumer, ConsumerRecord

_SAMPLE_MS: Final = 3000
_MORE_MS: Final = 500
_FETCHED_BYTES: Final = 1024 * 1024
"""For all partitions together; a record that is larger comes alone."""

_MOST_TOPICS: Final = 5
_MOST_LISTENERS: Final = 30
_MOST_PARTITIONS: Final = 64


async def connect(facts: Facts, options: Mapping[str, Any]) -> bool:
    """Whether a broker lets us in; what kept us out is noted."""
    from aiokafka import errors
    from aiokafka.conn import create_conn

    for broker in facts.wish.brokers:
        host, port = _split(broker)
        try:
            connection = await create_conn(
                host, port, request_timeout_ms=int(STEP_S * 1000), **options
            )
        except ssl.SSLCertVerificationError as error:
            facts.no_tls = f"The certificate of {broker} is not trusted: {error.verify_message}."
            facts.is_distrusted = True
        except (
            errors.SaslAuthenticationFailed,
            errors.UnsupportedSaslMechanismError,
            errors.IllegalSaslStateError,
        ) as error:
            facts.no_login = str(error) or type(error).__name__
        except (OSError, errors.KafkaError, TimeoutError) as error:
            unreached = await reach(host, port)
            if unreached or "ssl_context" not in options:
                facts.no_connection = f"{broker}: {unreached or tell(error)}"
            else:
                facts.no_tls = f"{broker} takes connections, and TLS does not come about there."
        else:
            connection.close()
            facts.no_connection = facts.no_login = facts.no_tls = ""
            facts.was_let_in = True
            return True
    return False


async def read(facts: Facts, options: Mapping[str, Any]) -> None:
    """Read what the brokers are reached at, then the topics where all of them were reached."""
    from aiokafka import AIOKafkaConsumer, errors

    common = {
        "bootstrap_servers": list(facts.wish.brokers),
        "request_timeout_ms": int(STEP_S * 1000),
        **options,
    }
    try:
        facts.listeners = await _listeners(common)
        if any(one.problem for one in facts.listeners):
            return
        async with AIOKafkaConsumer(
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_bytes=_FETCHED_BYTES,
            max_partition_fetch_bytes=_FETCHED_BYTES,
            **common,
        ) as consumer:
            facts.names = frozenset(await consumer.topics())
            for name in [one for one in facts.wish.topics if one in facts.names][:_MOST_TOPICS]:
                facts.topics[name] = await _topic(consumer, name)
        facts.group_refusal = await _group(facts.wish.group, common)
    except (OSError, errors.KafkaError, TimeoutError) as error:
        facts.no_connection = tell(error)


async def _listeners(common: Mapping[str, Any]) -> list[Listener]:
    """Whether the address that each broker hands out is one that can be connected to."""
    from aiokafka.client import AIOKafkaClient

    client = AIOKafkaClient(**common)
    try:
        await client.bootstrap()
        brokers = sorted(client.cluster.brokers())[:_MOST_LISTENERS]
    finally:
        await client.close()
    problems = await asyncio.gather(*(reach(one.host, one.port) for one in brokers))
    return [
        Listener(f"{one.host}:{one.port}", problem)
        for one, problem in zip(brokers, problems, strict=True)
    ]


async def _topic(consumer: "AIOKafkaConsumer", name: str) -> Topic:
    from aiokafka import TopicPartition, errors

    cluster = await consumer._client.fetch_all_metadata()  # noqa: SLF001 # of topics that are there
    numbers = sorted(cluster.partitions_for_topic(name) or ())
    asked = [TopicPartition(name, number) for number in numbers[:_MOST_PARTITIONS]]
    try:
        consumer.assign(asked)
        begin = await consumer.beginning_offsets(asked)
        end = await consumer.end_offsets(asked)
        records = sum(end[one] - begin[one] for one in asked)
        oldest = await _records(consumer, records)
    except errors.TopicAuthorizationFailedError:
        return Topic(name, len(numbers), refusal="The login may not read it.")
    return Topic(
        name,
        len(numbers),
        records=records,
        samples=tuple(one.value for one in oldest if isinstance(one.value, bytes)),
        oldest=min((at for one in oldest if (at := _time(one.timestamp))), default=None),
    )


def _time(timestamp_ms: int | None) -> datetime | None:
    """When a record was written; None where that is not told, or no time."""
    if not timestamp_ms:
        return None
    try:
        return datetime.fromtimestamp(timestamp_ms / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        return None


async def _records(
    consumer: "AIOKafkaConsumer", there_are: int
) -> "list[ConsumerRecord[bytes, bytes]]":
    """The first few: each fetch brings those of the partitions that were quick to answer."""
    found: list[ConsumerRecord[bytes, bytes]] = []
    while (more := min(MOST_RECORDS, there_are) - len(found)) > 0:
        patience_ms = _MORE_MS if found else _SAMPLE_MS
        came = await consumer.getmany(timeout_ms=patience_ms, max_records=more)
        if not came:
            break  # of a compacted topic there are fewer than its offsets say
        found += [record for records in came.values() for record in records]
    return found


async def _group(group: str, common: Mapping[str, Any]) -> str | None:
    """Why the group may not be used; empty where it may, None where there is none to ask about."""
    from aiokafka import errors
    from aiokafka.admin import AIOKafkaAdminClient

    if not group:
        return None
    admin = AIOKafkaAdminClient(**common)
    try:
        await admin.start()
        await admin.find_coordinator(group)
    except errors.GroupAuthorizationFailedError:
        return "The login may not use it."
    finally:
        await admin.close()
    return ""


def _split(broker: str) -> tuple[str, int]:
    host, _, port = broker.rpartition(":")
    return (host.strip("[]"), int(port)) if port.isdecimal() and host else (broker, 9092)
