"""Rules of Kafka pipes: where the brokers are and where reading starts."""

import re
from datetime import datetime

from clickpipes_mcp.rule_words import (
    avoids,
    both,
    equal,
    forbids,
    given,
    is_not_true,
    matches,
    needs,
    reject,
    satisfies,
    unlike,
)
from clickpipes_mcp.sources.kafka.facts import BOOK, DOCUMENTATION, IS_EVENT_HUBS

_BROKER_PORT = r"^\s*[^\s,]+:\d{1,5}\s*(,\s*[^\s,]+:\d{1,5}\s*)*$"
_TOPIC_NAME = re.compile(r"[A-Za-z0-9._-]{1,249}")
"""Source: Apache Kafka, what it takes as the name of a topic."""


def _is_address(broker: str) -> bool:
    """Whether it has no protocol and no impossible port; another rule asks for the port."""
    port = broker.rpartition(":")[2].strip()
    return "://" not in broker and (not port.isdecimal() or 0 < int(port) <= 65_535)


_BROKER_RULES = (
    BOOK.rule(
        "brokers-have-ports",
        "Every broker is host:port.",
        matches(
            "source.brokers",
            _BROKER_PORT,
            message="A broker has no port.",
            fix="Write host:port for each broker, separated by commas.",
        ),
        broken={"brokers": "broker.example.com"},
        kept={"brokers": "a.example.com:9092, b.example.com:9092"},
    ),
    BOOK.rule(
        "event-hubs-port",
        "Event Hubs speaks Kafka on port 9093.",
        matches(
            "source.brokers",
            r":9093\s*$",
            when=IS_EVENT_HUBS,
            message="Event Hubs serves Kafka on port 9093.",
            fix="Write NAMESPACE.servicebus.windows.net:9093.",
        ),
        broken={
            "type": "azureeventhub",
            "credentials": {"connection_string": "${env:CLICKPIPES_SECRET_HUB}"},
        },
        kept={
            "type": "azureeventhub",
            "brokers": "ns.example.net:9093",
            "credentials": {"connection_string": "${env:CLICKPIPES_SECRET_HUB}"},
        },
        documentation=f"{DOCUMENTATION}/faq",
        effect="warn",
    ),
    BOOK.rule(
        "broker-addresses",
        "Brokers are written without a protocol, and their ports exist.",
        satisfies(
            "source.brokers",
            lambda brokers: all(map(_is_address, str(brokers).split(","))),
            message="A broker is written with a protocol, or with a port above 65535.",
            fix="Write host:port for each broker, with a port of 1-65535.",
        ),
        broken={"brokers": "SASL_SSL://broker.example.com:9092"},
    ),
    BOOK.rule(
        "topic-names",
        "Topics are named one by one; there are no patterns.",
        satisfies(
            "source.topics",
            lambda topics: all(map(_TOPIC_NAME.fullmatch, str(topics).split(","))),
            message="A topic has a name that Kafka does not allow.",
            fix="Name each topic: 1-249 of letters, digits, '.', '_' and '-'.",
        ),
        broken={"topics": "events.*"},
        kept={"topics": "events,events.eu_v2-1"},
        documentation=f"{DOCUMENTATION}/faq",
    ),
)

_MINUTE = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})", re.ASCII)


def _exists(time: object) -> bool:
    """Whether the calendar has this time; another rule asks for the form of a time."""
    found = _MINUTE.match(time) if isinstance(time, str) else None
    if not found:
        return True
    try:
        datetime.fromisoformat(f"{found[1]}T{found[2]}")
    except ValueError:
        return False
    return True


_AT = {"strategy": "from_timestamp", "timestamp": "2026-01-31T06:30"}
_OFFSET_RULES = (
    BOOK.rule(
        "offset-needs-timestamp",
        "from_timestamp needs a timestamp.",
        needs("source.offset.timestamp", when=equal("source.offset.strategy", "from_timestamp")),
        broken={"offset": {"strategy": "from_timestamp"}},
        kept={"offset": _AT},
    ),
    BOOK.rule(
        "offset-timestamp-unused",
        "A timestamp is only for from_timestamp.",
        forbids("source.offset.timestamp", when=unlike("source.offset.strategy", "from_timestamp")),
        broken={"offset": {"strategy": "from_latest", "timestamp": "2026-01-31T06:30"}},
        kept={"offset": {"strategy": "from_latest"}},
        effect="warn",
    ),
    BOOK.rule(
        "offset-is-a-time",
        "The timestamp is a date and a time.",
        matches(
            "source.offset.timestamp",
            r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}",
            message="This is not a time.",
            fix="Write UTC to the minute: 2026-01-31T06:30.",
        ),
        broken={"offset": _AT | {"timestamp": "yesterday"}},
        kept={"offset": _AT},
    ),
    BOOK.rule(
        "offset-time-exists",
        "The timestamp is in the calendar.",
        satisfies(
            "source.offset.timestamp",
            _exists,
            message="There is no such date or time, and nobody knows what the API does with it.",
            fix="Write a UTC time that exists: 2026-01-31T06:30.",
        ),
        broken={"offset": _AT | {"timestamp": "2026-02-30T06:30"}},
        kept={"offset": _AT},
        effect="warn",
    ),
    BOOK.rule(
        "offset-minute-precision",
        "The timestamp is UTC to the minute, without seconds or zone.",
        avoids(
            "source.offset.timestamp",
            r"^\d{4}-\d{2}-\d{2}( \d{2}:\d{2}|T\d{2}:\d{2}.+$)",
            message="The documented form has no seconds and no zone.",
            fix="Write UTC to the minute: 2026-01-31T06:30.",
        ),
        broken={"offset": _AT | {"timestamp": "2026-01-31T06:30:15Z"}},
        kept={"offset": _AT | {"timestamp": "2026-01-31 06:30:00Z"}},
        effect="warn",
    ),
)


_DELIVERY_RULES = (
    BOOK.rule(
        "tombstones-need-exactly-once",
        "Deleting by tombstones needs exactly_once.",
        reject(
            both(given("source.tombstone_mode"), is_not_true("source.exactly_once")),
            "source.exactly_once",
            "tombstone_mode is taken only where exactly_once is true.",
            fix="Set exactly_once to true, or leave tombstone_mode out.",
        ),
        broken={"tombstone_mode": "delete"},
        kept={"tombstone_mode": "delete", "exactly_once": True},
    ),
)
READING_RULES = (*_BROKER_RULES, *_OFFSET_RULES, *_DELIVERY_RULES)
