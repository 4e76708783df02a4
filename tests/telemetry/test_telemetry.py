"""What the server tells of itself: every figure, in words of its own, under one id for a call."""

import json
import logging
import re
import signal
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import anyio
import httpx2
import pytest
from mcp import Client
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client.parser import text_string_to_metric_families

from clickpipes_mcp import telemetry
from clickpipes_mcp.call_ids import current_call
from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.http import http_app
from clickpipes_mcp.journal_entry import read_line
from clickpipes_mcp.packaging import KEPT
from clickpipes_mcp.settings import load_settings
from clickpipes_mcp.telemetry.exposition import PrometheusPage
from clickpipes_mcp.telemetry.otlp import OtlpSink
from clickpipes_mcp.tools.sdk.adapter import CALL
from tests.faults.processes import PATIENCE_S, TELLING
from tests.http.served import HttpProcess
from tests.serving import KAFKA, Served, answering, built

pytestmark = pytest.mark.anyio

CANARY = "zzcanaryzz"
WORD = re.compile(r"[a-zA-Z0-9_ ,]+|[0-9a-f]{16}|none")
"""What a label may hold: words of ours, statuses, ids of calls."""


class Told:
    """Everything that is told, as each kind of sink has it."""

    def __init__(self) -> None:
        self.page = PrometheusPage()
        self.spans, self.reader = InMemorySpanExporter(), InMemoryMetricReader()
        self.sink = OtlpSink(SimpleSpanProcessor(self.spans), self.reader)

    def samples(self) -> dict[str, list[dict[str, str]]]:
        """The labels under which each figure was told, by its name."""
        families = text_string_to_metric_families(self.page.text().decode())
        return {
            family.name: [s.labels for s in family.samples if s.name.endswith(("_count", "_total"))]
            or [s.labels for s in family.samples]
            for family in families
        }


@pytest.fixture
def told() -> Iterator[Told]:
    told = Told()
    telemetry.attach(told.page)
    telemetry.attach(told.sink)
    yield told
    telemetry.detach_all()


async def give_up(served: Served, tool: str, **arguments: object) -> None:
    """Call a tool, and leave while the control plane works at it."""
    arrived = anyio.Event()

    async def hold() -> None:
        arrived.set()
        await anyio.sleep_forever()

    served.plane.before_answering = hold
    async with anyio.create_task_group() as calls:
        calls.start_soon(served.client.call_tool, tool, arguments)
        await arrived.wait()
        calls.cancel_scope.cancel()


async def use_all_of_it(serve, journal) -> Served:
    """Reads, refusals, retries, a yes, a no and a call that is given up."""
    served = await serve(person=answering("decline"), journal=journal)
    pipe = await served.pipe(KAFKA | {"name": CANARY})
    await served.call("get_clickpipe", clickpipe=CANARY)
    await served.call("get_clickpipe", clickpipe=f"{CANARY} of nobody")
    await served.call("list_clickpipes", state=[CANARY])
    await served.call("stop_clickpipe", clickpipe=pipe)
    await give_up(served, "get_clickpipe", clickpipe=pipe)
    agreed = await serve(consent="dangerously-off", journal=journal)
    pipe = await agreed.pipe(KAFKA | {"name": CANARY})
    await agreed.call("stop_clickpipe", clickpipe=pipe)
    return agreed


async def test_every_figure_is_told_in_words_of_ours(serve, told, tmp_path) -> None:
    await use_all_of_it(serve, tmp_path / "journal.jsonl")

    told_of = told.samples()
    for one in telemetry.INSTRUMENTS:
        samples = told_of[one.name.removesuffix("_total")]
        assert all(set(labels) == set(one.labels) for labels in samples), one.name
        assert samples or one in (telemetry.API_RETRIES, telemetry.STORE_USES), one.name
    outcomes = {labels["outcome"] for labels in told_of[telemetry.TOOL_CALLS.name]}
    assert {
        "ok",
        "unknown_clickpipe",
        "invalid_arguments",
        "consent_denied",
        "cancelled",
    } <= outcomes
    decisions = {labels["outcome"] for labels in told_of["clickpipes_mcp_consent"]}
    assert decisions == {"consent_denied", "switched off by the operator"}

    figures = json.loads(told.reader.get_metrics_data().to_json())
    spans = [json.loads(span.to_json()) for span in told.spans.get_finished_spans()]
    assert {span["name"] for span in spans} == {"tool", "api request"}
    everything = told.page.text().decode() + json.dumps([figures, spans])
    assert CANARY not in everything
    values = [
        value for samples in told_of.values() for labels in samples for value in labels.values()
    ] + [str(value) for span in spans for value in span["attributes"].values()]
    assert all(WORD.fullmatch(value) for value in values), values


async def test_calls_that_are_over_are_no_longer_under_way(serve, told) -> None:
    served = await serve()
    await served.call("list_services")

    assert f"{telemetry.CALLS_UNDER_WAY.name} 0.0" in told.page.text().decode()


async def test_one_id_leads_through_answer_journal_log_and_trace(
    serve, told, tmp_path, caplog
) -> None:
    journal = tmp_path / "journal.jsonl"
    served = await serve(consent="dangerously-off", journal=journal)
    pipe = await served.pipe(KAFKA)
    caplog.set_level(logging.DEBUG, "clickpipes_mcp")
    noted: list[str | None] = []
    listening = logging.Handler()
    listening.emit = lambda _: noted.append(current_call())
    logging.getLogger("clickpipes_mcp").addHandler(listening)

    result = await served.call("stop_clickpipe", clickpipe=pipe)

    logging.getLogger("clickpipes_mcp").removeHandler(listening)
    call = (result.meta or {})[CALL]
    entries = [read_line(line) for line in journal.read_bytes().splitlines()]
    assert [entry.call for entry in entries if entry] == [call, call]
    assert set(noted) == {call}
    of_call = [s for s in told.spans.get_finished_spans() if s.name == "tool"]
    assert [span.attributes["clickpipes.call"] for span in of_call] == [call]
    assert len({span.context.trace_id for span in told.spans.get_finished_spans()}) == 1
    assert current_call() is None


async def test_a_trace_that_the_caller_began_goes_on(serve, told) -> None:
    served = await serve()
    trace = "0af7651916cd43dd8448eb211c80319c"

    await served.client.call_tool(
        "list_services", {}, meta={"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    )

    begun = {span.context.trace_id for span in told.spans.get_finished_spans()}
    assert begun == {int(trace, 16)}


async def asked(host: str, *, token: str | None = None, **settings: object) -> httpx2.Response:
    """The answer to whoever asks for /metrics."""
    chosen = {"http": "8000", **settings}
    _, server = built(ManualClock(), **chosen)
    app = http_app(server, load_settings({}, **chosen), "127.0.0.1:8000", figures=PrometheusPage())
    headers = {"host": host} | ({"authorization": f"Bearer {token}"} if token else {})
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app), base_url="http://127.0.0.1:8000"
    ) as client:
        return await client.get("/metrics", headers=headers)


async def test_the_page_is_for_this_machine_or_for_whoever_has_a_token(tmp_path) -> None:
    tokens = tmp_path / "tokens"
    token = "0123456789abcdef" * 4
    tokens.write_text(f"alice {token}\n")
    tokens.chmod(0o600)
    guarded = {"http_tokens": tokens}

    here = await asked("127.0.0.1:8000")
    assert (here.status_code, here.headers["content-type"].split(";")[0]) == (200, "text/plain")
    assert (await asked("rebound.example.com:8000")).status_code == 421
    assert (await asked("127.0.0.1:8000", **guarded)).status_code == 401
    assert (await asked("127.0.0.1:8000", token="wrong", **guarded)).status_code == 401
    assert (await asked("clickpipes:8000", token=token, **guarded)).status_code == 200


def test_the_dashboard_asks_for_what_is_told() -> None:
    dashboard = json.loads((KEPT / "grafana" / "dashboard.json").read_text(encoding="utf-8"))
    asked_for = {
        name
        for panel in dashboard["panels"]
        for target in panel["targets"]
        for name in re.findall(r"clickpipes_mcp_\w+", target["expr"])
    }
    page = PrometheusPage()
    for one in telemetry.INSTRUMENTS:
        page.record(one, 1.0, dict.fromkeys(one.labels, "x"))
    told_of = {
        sample.name
        for family in text_string_to_metric_families(page.text().decode())
        for sample in family.samples
    }

    assert asked_for <= told_of
    for one in telemetry.INSTRUMENTS:
        assert any(name.startswith(one.name) for name in asked_for), one.name


class Collector(ThreadingHTTPServer):
    """Takes what OpenTelemetry sends."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.spans: list[tuple[str, str]] = []
        self.figures: set[str] = set()


class _Taking(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path == "/v1/traces":
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                service = {a.key: a.value.string_value for a in resource.resource.attributes}
                for scope in resource.scope_spans:
                    named = [(service["service.name"], span.name) for span in scope.spans]
                    self.server.spans += named
        else:
            for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                for scope in resource.scope_metrics:
                    self.server.figures |= {figure.name for figure in scope.metrics}
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def collecting() -> Iterator[Collector]:
    with Collector() as collector:
        thread = threading.Thread(target=collector.serve_forever, daemon=True)
        thread.start()
        yield collector
        collector.shutdown()


@pytest.mark.slow
async def test_a_server_that_is_ended_has_sent_and_shown_what_it_did() -> None:
    with (
        collecting() as collector,
        HttpProcess(
            None,
            program=TELLING,
            CLICKPIPES_OTEL="true",
            CLICKPIPES_METRICS="true",
            OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{collector.server_port}",
        ) as process,
    ):
        async with Client(process.endpoint) as client:
            await client.call_tool("list_services", {})
        async with httpx2.AsyncClient(trust_env=False, timeout=PATIENCE_S) as http:
            page = (await http.get(f"{process.root}/metrics")).text
        process.process.send_signal(signal.SIGTERM)
        process.process.wait(PATIENCE_S)

    assert 'clickpipes_mcp_tool_duration_seconds_count{outcome="ok",tool="list_services"} 1' in page
    assert ("clickpipes-mcp", "tool") in collector.spans
    assert {"clickpipes_mcp_tool_duration", "clickpipes_mcp_api_request_duration"} <= (
        collector.figures
    )


@pytest.mark.slow
def test_a_collector_that_does_not_answer_holds_no_process() -> None:
    with (
        socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler) as silent,
        HttpProcess(
            None,
            CLICKPIPES_OTEL="true",
            OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{silent.server_address[1]}",
        ) as process,
    ):
        process.process.send_signal(signal.SIGTERM)
        assert process.process.wait(PATIENCE_S) is not None
