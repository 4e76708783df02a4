"""What this server tells of itself: figures and traces, for whoever runs it."""

from clickpipes_mcp.telemetry.instruments import (
    API_REQUESTS,
    API_RETRIES,
    CALLS_UNDER_WAY,
    CONSENT,
    INSTRUMENTS,
    JOURNAL_WRITES,
    LIMIT_WAITS,
    STORE_USES,
    TOOL_CALLS,
    Instrument,
    Kind,
)
from clickpipes_mcp.telemetry.recording import Sink, attach, detach_all, is_followed, record, span

__all__ = [
    "API_REQUESTS",
    "API_RETRIES",
    "CALLS_UNDER_WAY",
    "CONSENT",
    "INSTRUMENTS",
    "JOURNAL_WRITES",
    "LIMIT_WAITS",
    "STORE_USES",
    "TOOL_CALLS",
    "Instrument",
    "Kind",
    "Sink",
    "attach",
    "detach_all",
    "is_followed",
    "record",
    "span",
]
