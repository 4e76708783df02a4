"""The SDK's spans: begun where somebody follows them, and nowhere else."""

import pytest
from opentelemetry import trace

from clickpipes_mcp import telemetry
from clickpipes_mcp.telemetry.exposition import PrometheusPage

pytestmark = pytest.mark.anyio


@pytest.fixture
def begun(monkeypatch) -> list[str]:
    """The names of all spans of the SDK's tracer."""
    names: list[str] = []
    tracer = trace.NoOpTracer()

    class Noting(trace.NoOpTracer):
        def start_as_current_span(self, name, *args, **kwargs):
            names.append(name)
            return tracer.start_as_current_span(name, *args, **kwargs)

    monkeypatch.setattr("mcp.shared._otel._tracer", Noting())
    return names


@pytest.mark.parametrize("is_followed", [True, False])
async def test_a_span_is_begun_where_somebody_follows_it(serve, begun, is_followed) -> None:
    if is_followed:
        telemetry.attach(PrometheusPage())
    try:
        served = await serve()
        assert not (await served.call("list_services")).is_error
    finally:
        telemetry.detach_all()
    assert ("tools/call list_services" in begun) is is_followed
