"""Figures and traces for an OpenTelemetry collector, sent by OTLP over HTTP.

Where to, how often and with what headers is read from the `OTEL_…` variables, by OpenTelemetry's
own SDK. What the MCP SDK traces by itself is not sent: its spans hold words of the caller. A trace
that the caller began goes on here.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import Meter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span as OpenTelemetrySpan

from clickpipes_mcp import __version__
from clickpipes_mcp.telemetry.instruments import BUCKETS_S, INSTRUMENTS, Instrument, Kind

_SCOPE: Final = "clickpipes_mcp"
_LAST_SENDING_MS: Final = 3_000


class OtlpSink:
    """Sends figures and spans in the background; `close` sends what is left, for a few seconds."""

    def __init__(
        self, spans: SpanProcessor | None = None, figures: MetricReader | None = None
    ) -> None:
        about = Resource.create({"service.name": "clickpipes-mcp", "service.version": __version__})
        self._traces = TracerProvider(resource=about, shutdown_on_exit=False)
        self._traces.add_span_processor(spans or BatchSpanProcessor(OTLPSpanExporter()))
        self._meters = MeterProvider(
            [figures or PeriodicExportingMetricReader(OTLPMetricExporter())],
            resource=about,
            shutdown_on_exit=False,
        )
        self._tracer = self._traces.get_tracer(_SCOPE, __version__)
        meter = self._meters.get_meter(_SCOPE, __version__)
        self._families = {one.name: _family(one, meter) for one in INSTRUMENTS}

    def record(self, instrument: Instrument, value: float, labels: Mapping[str, str]) -> None:
        """Take in a value; of a level, by how much it changed."""
        self._families[instrument.name](value, labels)

    @contextmanager
    def span(self, name: str, labels: Mapping[str, str], /) -> Iterator["_Noted"]:
        """Follow a piece of work; what it raises leaves no word in the span."""
        with self._tracer.start_as_current_span(
            name,
            attributes=_attributes(labels),
            record_exception=False,
            set_status_on_exception=False,
        ) as begun:
            yield _Noted(begun)

    def close(self) -> None:
        """Send what is left, and stop."""
        self._traces.force_flush(_LAST_SENDING_MS)
        self._traces.shutdown()
        self._meters.shutdown(_LAST_SENDING_MS)


class _Noted:
    def __init__(self, span: OpenTelemetrySpan) -> None:
        self._span = span

    def note(self, labels: Mapping[str, str]) -> None:
        self._span.set_attributes(_attributes(labels))


def _attributes(labels: Mapping[str, str]) -> dict[str, str]:
    return {f"clickpipes.{name}": value for name, value in labels.items()}


def _family(one: Instrument, meter: Meter) -> Callable[[float, Mapping[str, str]], None]:
    name = one.name.removesuffix("_total").removesuffix("_seconds")
    if one.kind is Kind.SPREAD:
        ends = [float(end) for end in BUCKETS_S]
        spread = meter.create_histogram(
            name, one.unit, one.tells, explicit_bucket_boundaries_advisory=ends
        )
        return lambda value, labels: spread.record(value, dict(labels))
    if one.kind is Kind.COUNT:
        return meter.create_counter(name, one.unit, one.tells).add
    return meter.create_up_down_counter(name, one.unit, one.tells).add
