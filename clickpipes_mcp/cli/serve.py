"""The command that serves MCP."""

import gc
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import click

from clickpipes_mcp import telemetry
from clickpipes_mcp.cli.answering_first import answer_first
from clickpipes_mcp.cli.opening import opened
from clickpipes_mcp.cli.refusal import answering_what_is_wrong
from clickpipes_mcp.cli.reporting import Unusable, explained
from clickpipes_mcp.cli.welcome import NOBODY_SPEAKS, is_at_terminal, show_first_steps

if TYPE_CHECKING:  # everything else is imported when the command runs: start-up time
    from clickpipes_mcp.server import ClickPipesServer
    from clickpipes_mcp.settings import Settings
    from clickpipes_mcp.telemetry.exposition import PrometheusPage
    from clickpipes_mcp.telemetry.recording import Sink

Run: TypeAlias = Callable[[], Awaitable[int]]
"""Serves until the end; answers the exit code."""


@click.command(short_help="Serve MCP: standard input and output, or HTTP. The default.")
@click.option("--http", metavar="[HOST:]PORT", help="Serve streamable HTTP here, at /mcp.")
@click.option("--http-url", metavar="URL", help="Address of that endpoint for clients.")
@click.option("--http-origins", metavar="LIST", help="Web pages that may call it.")
@click.option("--http-tokens", metavar="FILE", help="Bearer tokens callers may present.")
@click.option("--http-callers", metavar="FILE", help="Which callers see which connections.")
@click.option("--http-issuer", metavar="URL", help="OAuth issuer whose JWTs they may present.")
@click.option("--http-scope", metavar="NAME", help="Scope such a JWT must hold.")
@click.option("--http-sessions/--no-http-sessions", default=None, help="For older clients.")
@click.option("--read-only", is_flag=True, default=None, help="Offer only tools that read.")
@click.option("--allow", metavar="LEVEL", help="read, write or destroy: the most tools may do.")
@click.option("--protected", metavar="LIST", help="Pipes that nobody may harm, such as prod-*.")
@click.option("--own-only/--no-own-only", default=None, help="Destroy only what it created.")
@click.option("--toolsets", metavar="LIST", help="Sets of tools to offer, such as pipes,create.")
@click.option("--sources", metavar="LIST", help="Sources to create, such as kafka,postgres.")
@click.option("--connections", metavar="FILE", help="TOML file of connections by name, or off.")
@click.option("--connection", metavar="NAME", help="The one that calls mean by default.")
@click.option("--organization-id", metavar="UUID", help="Organization to work in.")
@click.option("--service-id", metavar="UUID", help="Pin every tool to this service.")
@click.option("--api-url", metavar="URL", help="Address of the API.")
@click.option("--api-dialect", metavar="NAME", help="live or reference-page.")
@click.option("--consent", metavar="MODE", help="ask, chat or dangerously-off.")
@click.option("--approval", metavar="PROOF", help="page, pin or passkey: what agreeing takes.")
@click.option("--literal-secrets", metavar="POLICY", help="warn or refuse.")
@click.option("--secrets-dir", metavar="DIR", help="Where ${file:name} references are read.")
@click.option("--secrets-bindings", metavar="FILE", help="Where secrets may go, a line each.")
@click.option("--journal", metavar="FILE", help="Record every write in this file, or off.")
@click.option("--simulator/--no-simulator", default=None, help="Insist on, or rule out, it.")
@click.option("--simulator-speed", metavar="N", help="Simulated seconds in a real one.")
@click.option("--simulator-state", metavar="FILE", help="Keep the simulated pipes here.")
@click.option("--log-level", metavar="LEVEL", help="debug, info, warning or error.")
def serve(**overrides: str | bool | None) -> None:
    """Serve MCP over standard input and output, or with --http over streamable HTTP.

    Options win over the environment. Secrets are never options: other users of the machine can
    read a command line.
    """
    wants_http = bool(overrides.get("http") or os.environ.get("CLICKPIPES_HTTP", "").strip())
    if is_at_terminal() and not wants_http:
        with explained():
            show_first_steps(overrides)
        sys.exit(NOBODY_SPEAKS)
    if not wants_http:
        answer_first(overrides)
    # Collecting garbage while thousands of classes are imported only costs time.
    gc.disable()
    with answering_what_is_wrong(is_for_http=wants_http), explained():
        server, settings, others = opened(**overrides)
        if settings.otel:
            telemetry.attach(_collector())
        run = (_over_http if settings.http_address else _over_stdio)(server, settings, others)
    gc.freeze()
    gc.enable()
    import anyio

    try:
        code = anyio.run(run)
    finally:
        telemetry.detach_all()
    sys.exit(code)


def _over_stdio(
    server: "ClickPipesServer", settings: "Settings", others: "Sequence[Settings]"
) -> "Run":
    from clickpipes_mcp.announcement import announcement
    from clickpipes_mcp.serving import serve_stdio

    click.echo(announcement(settings, named=others), err=True)
    return partial(serve_stdio, server)


def _over_http(
    server: "ClickPipesServer", settings: "Settings", others: "Sequence[Settings]"
) -> "Run":
    from clickpipes_mcp.announcement import announcement
    from clickpipes_mcp.http import http_app, serve_http
    from clickpipes_mcp.listener import address, listen
    from clickpipes_mcp.settings import ENDPOINT_PATH
    from clickpipes_mcp.tools import registry  # noqa: F401 # of many callers none waits for code

    host, port = settings.http_address or ("", 0)
    try:
        listener = listen(host, port)
    except OSError as error:
        raise Unusable(f"{settings.http} cannot be bound: {error.strerror}.") from error
    host, port = listener.getsockname()[:2]
    bound = address(host, port)
    figures = _figures() if settings.metrics else None
    app = http_app(server, settings, bound, figures=figures)
    endpoint = settings.http_url or f"http://{bound}{ENDPOINT_PATH}"
    told = announcement(settings, named=others)
    click.echo(f"{told}; listening on {bound}, MCP at {endpoint}", err=True)
    return partial(serve_http, app, server.calls, listener)


def _figures() -> "PrometheusPage":
    from clickpipes_mcp.telemetry.exposition import PrometheusPage

    page = PrometheusPage()
    telemetry.attach(page)
    return page


def _collector() -> "Sink":
    """What sends to an OpenTelemetry collector.

    Raises:
        InvalidSettings: The extra is not installed.
    """
    try:
        from clickpipes_mcp.telemetry.otlp import OtlpSink
    except ImportError as error:
        from clickpipes_mcp.errors import InvalidSettings

        raise InvalidSettings(
            "CLICKPIPES_OTEL is set, and the extra `otel` is not installed.",
            fix="The operator installs clickpipes-mcp[otel], or unsets it.",
        ) from error
    return OtlpSink()
