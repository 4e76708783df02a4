"""Figures for Prometheus, which comes and reads them."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from clickpipes_mcp.telemetry.instruments import BUCKETS_S, INSTRUMENTS, Instrument, Kind
from clickpipes_mcp.telemetry.recording import Span

CONTENT_TYPE = CONTENT_TYPE_LATEST


class _Nothing:
    def note(self, labels: Mapping[str, str]) -> None:
        """Prometheus keeps no spans."""


class PrometheusPage:
    """Keeps every figure of this process, and writes them in Prometheus' text format."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._families = {one.name: _family(one, self._registry) for one in INSTRUMENTS}

    def record(self, instrument: Instrument, value: float, labels: Mapping[str, str]) -> None:
        """Take in a value; of a level, by how much it changed."""
        self._families[instrument.name](labels, value)

    def span(self, _: str, __: Mapping[str, str], /) -> AbstractContextManager[Span]:
        """Nothing: a trace is no figure."""
        return nullcontext(_Nothing())

    def close(self) -> None:
        """Nothing: whoever reads the page has what is on it."""

    def text(self) -> bytes:
        """The page as it is now."""
        return generate_latest(self._registry)


def _family(
    one: Instrument, registry: CollectorRegistry
) -> Callable[[Mapping[str, str], float], None]:
    if one.kind is Kind.SPREAD:
        spread = Histogram(one.name, one.tells, one.labels, buckets=BUCKETS_S, registry=registry)
        return lambda labels, value: (spread.labels(**labels) if labels else spread).observe(value)
    kind = Counter if one.kind is Kind.COUNT else Gauge
    family = kind(one.name, one.tells, one.labels, registry=registry)
    return lambda labels, value: (family.labels(**labels) if labels else family).inc(value)
