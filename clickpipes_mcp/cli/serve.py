"""The command that serves MCP."""

import gc
import sys

import click

from clickpipes_mcp.cli.reporting import explained


@click.command(short_help="Serve MCP over standard input and output (the default).")
@click.option("--read-only", is_flag=True, default=None, help="Offer only tools that read.")
@click.option("--toolsets", metavar="LIST", help="Sets of tools to offer, such as pipes,create.")
@click.option("--sources", metavar="LIST", help="Sources to create, such as kafka,postgres.")
@click.option("--organization-id", metavar="UUID", help="Organization to work in.")
@click.option("--service-id", metavar="UUID", help="Pin every tool to this service.")
@click.option("--api-url", metavar="URL", help="Address of the API.")
@click.option("--api-dialect", metavar="NAME", help="live or reference-page.")
@click.option("--consent", metavar="MODE", help="ask, chat or off: who agrees to what is lost.")
@click.option("--literal-secrets", metavar="POLICY", help="warn or refuse.")
@click.option("--secrets-dir", metavar="DIR", help="Where ${file:name} references are read.")
@click.option("--journal", metavar="FILE", help="Record every write in this file.")
@click.option("--simulator/--no-simulator", default=None, help="Insist on, or rule out, it.")
@click.option("--simulator-speed", metavar="N", help="Simulated seconds in a real one.")
@click.option("--simulator-state", metavar="FILE", help="Keep the simulated pipes here.")
@click.option("--log-level", metavar="LEVEL", help="debug, info, warning or error.")
def serve(**overrides: str | bool | None) -> None:
    """Serve over standard input and output (the default).

    Options win over the environment. Secrets are never options: other users of the machine can
    read a command line.
    """
    # Collecting garbage while thousands of classes are imported only costs time.
    gc.disable()
    with explained():
        from clickpipes_mcp.cloud import redactor_of
        from clickpipes_mcp.redaction import configure_logging
        from clickpipes_mcp.settings import load_settings

        settings = load_settings(None, **overrides)
        configure_logging(settings.log_level, redactor_of(settings))

        import anyio

        from clickpipes_mcp.server import build_server
        from clickpipes_mcp.serving import announcement, serve_stdio

        server = build_server(settings)
    gc.freeze()
    gc.enable()
    click.echo(announcement(settings), err=True)
    if sys.stdin.isatty():
        click.echo(
            "This speaks MCP and waits for a client. To see it work: clickpipes-mcp demo", err=True
        )
    sys.exit(anyio.run(serve_stdio, server))
