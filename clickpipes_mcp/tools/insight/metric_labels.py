"""What the ClickPipes metrics are called in words, and their units.

Source: ClickPipes documentation, monitoring page; ordered by what to look at first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Label:
    """A metric in words; rates are per second of the same unit."""

    name: str
    unit: str


LABELS: Final[Mapping[str, Label]] = {
    "ClickPipes_Latency": Label("latency, produced to written", "ms"),
    "ClickPipes_CDC_SourceLatency": Label("latency, source to pipe", "ms"),
    "ClickPipes_CDC_DestinationLatency": Label("latency, pipe to table", "ms"),
    "ClickPipes_SourceReplicationLatency_MiB": Label("WAL kept by the slot", "MiB"),
    "ClickPipes_Errors_Total": Label("errors", "errors"),
    "ClickPipes_FetchedEvents_Total": Label("read", "records"),
    "ClickPipes_SentEvents_Total": Label("written", "records"),
    "ClickPipes_FetchedEvents_PerTable": Label("read, all tables", "records"),
    "ClickPipes_FetchedBytes_Total": Label("volume read", "bytes"),
    "ClickPipes_SentBytes_Total": Label("volume written", "bytes"),
    "ClickPipes_FetchedBytesCompressed_Total": Label("read over the wire", "bytes"),
    "ClickPipes_SentBytesCompressed_Total": Label("written over the wire", "bytes"),
    "ClickPipes_FetchedBytesInitialLoad_Total": Label("read by initial loads", "bytes"),
    "ClickPipes_LastFetchedBatchId": Label("last batch fetched", "number"),
    "ClickPipes_LastSentBatchId": Label("last batch written", "number"),
    "ClickPipes_Replica_CPUUsage": Label("CPU used", "millicores"),
    "ClickPipes_Replica_CPULimit": Label("CPU limit", "millicores"),
    "ClickPipes_Replica_MemoryUsage": Label("memory used", "bytes"),
    "ClickPipes_Replica_MemoryLimit": Label("memory limit", "bytes"),
    "ClickPipes_CDC_CPUUsage": Label("CPU used by all database pipes", "millicores"),
    "ClickPipes_CDC_CPULimit": Label("CPU limit of all database pipes", "millicores"),
    "ClickPipes_CDC_MemoryUsage": Label("memory used by all database pipes", "bytes"),
    "ClickPipes_CDC_MemoryLimit": Label("memory limit of all database pipes", "bytes"),
    "ClickPipes_CDC_NetworkReceiveBytes": Label("received by all database pipes", "bytes"),
}
OF_A_LIST: Final[Mapping[str, str]] = {
    "latency_ms": "ClickPipes_Latency",
    "errors": "ClickPipes_Errors_Total",
    "records_read": "ClickPipes_FetchedEvents_Total",
    "records_written": "ClickPipes_SentEvents_Total",
}
"""The columns of a list of pipes."""


def label_of(metric: str) -> Label:
    """The words for a metric; one that is new keeps its name."""
    return LABELS.get(metric, Label(metric, ""))


def rank_of(metric: str) -> int:
    """The position of a metric in a list of readings."""
    return list(LABELS).index(metric) if metric in LABELS else len(LABELS)
