"""Kafka and the brokers that speak its protocol."""

from clickpipes_mcp.sources.kafka.request import SPEC

__all__ = ["SPEC"]
