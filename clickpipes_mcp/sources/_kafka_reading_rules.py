"""Rules of Kafka pipes: where the brokers are and where reading starts."""

from clickpipes_mcp.sources._kafka_facts import (
    DOCUMENTATION,
    EXAMPLE,
    IS_EVENT_HUBS,
)
from clickpipes_mcp.sources._rules import (
    avoids,
    equal,
    forbids,
    matches,
    needs,
    rule,
    unlike,
)

_BROKER_PORT = r"^\s*[^\s,]+:\d{1,5}\s*(,\s*[^\s,]+:\d{1,5}\s*)*$"
_BROKER_RULES = (
    rule(
        "kafka.brokers-have-ports",
        "Every broker is host:port.",
        matches(
            "source.brokers",
            _BROKER_PORT,
            message="A broker has no port.",
            fix="Write host:port for each broker, separated by commas.",
        ),
        example=EXAMPLE,
        broken={"source.brokers": "broker.example.com"},
        kept={"source.brokers": "a.example.com:9092, b.example.com:9092"},
        documentation=DOCUMENTATION,
        effect="warn",
    ),
    rule(
        "kafka.event-hubs-port",
        "Event Hubs speaks Kafka on port 9093.",
        matches(
            "source.brokers",
            r":9093\s*$",
            when=IS_EVENT_HUBS,
            message="Event Hubs serves Kafka on port 9093.",
            fix="Write NAMESPACE.servicebus.windows.net:9093.",
        ),
        example=EXAMPLE,
        broken={
            "source.type": "azureeventhub",
            "source.credentials": {"connection_string": "${env:CLICKPIPES_SECRET_HUB}"},
        },
        kept={
            "source.type": "azureeventhub",
            "source.brokers": "ns.example.net:9093",
            "source.credentials": {"connection_string": "${env:CLICKPIPES_SECRET_HUB}"},
        },
        documentation=f"{DOCUMENTATION}/faq",
        effect="warn",
    ),
)

_AT = {"strategy": "from_timestamp", "timestamp": "2026-01-31T06:30"}
_OFFSET_RULES = (
    rule(
        "kafka.offset-needs-timestamp",
        "from_timestamp needs a timestamp.",
        needs("source.offset.timestamp", when=equal("source.offset.strategy", "from_timestamp")),
        example=EXAMPLE,
        broken={"source.offset": {"strategy": "from_timestamp"}},
        kept={"source.offset": _AT},
        documentation=DOCUMENTATION,
    ),
    rule(
        "kafka.offset-timestamp-unused",
        "A timestamp is only for from_timestamp.",
        forbids("source.offset.timestamp", when=unlike("source.offset.strategy", "from_timestamp")),
        example=EXAMPLE,
        broken={"source.offset": {"strategy": "from_latest", "timestamp": "2026-01-31T06:30"}},
        kept={"source.offset": {"strategy": "from_latest"}},
        documentation=DOCUMENTATION,
        effect="warn",
    ),
    rule(
        "kafka.offset-is-a-time",
        "The timestamp is a date and a time.",
        matches(
            "source.offset.timestamp",
            r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}",
            message="This is not a time.",
            fix="Write UTC to the minute: 2026-01-31T06:30.",
        ),
        example=EXAMPLE,
        broken={"source.offset": _AT | {"timestamp": "yesterday"}},
        kept={"source.offset": _AT},
        documentation=DOCUMENTATION,
    ),
    rule(
        "kafka.offset-minute-precision",
        "The timestamp is UTC to the minute, without seconds or zone.",
        avoids(
            "source.offset.timestamp",
            r"^\d{4}-\d{2}-\d{2}( \d{2}:\d{2}|T\d{2}:\d{2}.+$)",
            message="The documented form has no seconds and no zone.",
            fix="Write UTC to the minute: 2026-01-31T06:30.",
        ),
        example=EXAMPLE,
        broken={"source.offset": _AT | {"timestamp": "2026-01-31T06:30:15Z"}},
        kept={"source.offset": _AT | {"timestamp": "2026-01-31 06:30:00Z"}},
        documentation=DOCUMENTATION,
        effect="warn",
    ),
)


READING_RULES = (*_BROKER_RULES, *_OFFSET_RULES)
