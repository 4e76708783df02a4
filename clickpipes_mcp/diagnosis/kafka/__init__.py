"""Kafka as a source: brokers, logging in, reading topics, schema registries."""

from clickpipes_mcp.diagnosis._rule import Advice, Rule, said_by
from clickpipes_mcp.diagnosis.kafka import brokers, connections, consuming, login, registry
from clickpipes_mcp.diagnosis.speakers import Speaker

RULES: tuple[Rule, ...] = (
    *said_by((*login.RULES, *brokers.RULES, *consuming.RULES, *connections.RULES), Speaker.KAFKA),
    *said_by(registry.RULES, Speaker.REGISTRY),
)
ADVICE: tuple[Advice, ...] = brokers.ADVICE
