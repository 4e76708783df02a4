"""Every figure that this server tells of itself: its name, its unit and what it is told apart by.

Labels hold words of ours alone, such as the name of a tool: no argument, no name of a pipe.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """How values add up."""

    COUNT = "counter"
    LEVEL = "gauge"
    SPREAD = "histogram"


@dataclass(frozen=True)
class Instrument:
    """One figure. Its name follows Prometheus, where a counter ends in `_total`."""

    name: str
    kind: Kind
    unit: str
    tells: str
    labels: tuple[str, ...] = ()


SECONDS: Final = "s"
BUCKETS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
"""Upper ends of a histogram's buckets, from an answer out of memory to the longest write."""

TOOL_CALLS: Final = Instrument(
    "clickpipes_mcp_tool_duration_seconds",
    Kind.SPREAD,
    SECONDS,
    "Calls of tools, and how long they took. The outcome is ok, asked, or an error's code.",
    ("tool", "outcome"),
)
CALLS_UNDER_WAY: Final = Instrument(
    "clickpipes_mcp_calls_in_progress", Kind.LEVEL, "calls", "Calls that are being answered."
)
API_REQUESTS: Final = Instrument(
    "clickpipes_mcp_api_request_duration_seconds",
    Kind.SPREAD,
    SECONDS,
    "Requests to the API, each attempt by itself. The status is that of HTTP, or none.",
    ("operation", "status"),
)
API_RETRIES: Final = Instrument(
    "clickpipes_mcp_api_retries_total",
    Kind.COUNT,
    "requests",
    "Requests to the API that were sent again.",
    ("operation",),
)
LIMIT_WAITS: Final = Instrument(
    "clickpipes_mcp_limit_wait_seconds",
    Kind.SPREAD,
    SECONDS,
    "How long requests waited for their turn under the API's limit.",
)
CONSENT: Final = Instrument(
    "clickpipes_mcp_consent_total",
    Kind.COUNT,
    "decisions",
    "What came of it where a person had to agree: how they did, or an error's code.",
    ("tool", "outcome"),
)
JOURNAL_WRITES: Final = Instrument(
    "clickpipes_mcp_journal_write_duration_seconds",
    Kind.SPREAD,
    SECONDS,
    "Lines of the journal, and how long it took until each was on disk.",
)
STORE_USES: Final = Instrument(
    "clickpipes_mcp_store_duration_seconds",
    Kind.SPREAD,
    SECONDS,
    "Uses of the store, and how long they took. The outcome is ok or unavailable.",
    ("outcome",),
)
INSTRUMENTS: Final = (
    TOOL_CALLS,
    CALLS_UNDER_WAY,
    API_REQUESTS,
    API_RETRIES,
    LIMIT_WAITS,
    CONSENT,
    JOURNAL_WRITES,
    STORE_USES,
)
