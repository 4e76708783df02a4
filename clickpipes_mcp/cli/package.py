"""The command that keeps the packages other programs install this server from."""

import sys
from pathlib import Path

import click


@click.command(short_help="Write or check the packages for registries and assistants.")
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option("--write", "does_write", is_flag=True, help="Bring the files up to date.")
@click.option("--check", "does_check", is_flag=True, help="Exit with 1 when they are not.")
@click.option(
    "--folder", metavar="DIR", help="Where they are, one directory a target; in the package if not."
)
@click.option(
    "--release",
    metavar="VERSION",
    help="A version that is on PyPI, to be started from there instead of the program installed.",
)
@click.option(
    "--namespace", metavar="NAME", help="Yours in the MCP registry, such as io.github.OWNER."
)
def package(
    *,
    targets: tuple[str, ...],
    does_write: bool,
    does_check: bool,
    folder: str | None,
    release: str | None,
    namespace: str | None,
) -> None:
    """Write, or check, server.json, the MCP bundle, the Dockerfile, plugins and extensions.

    TARGET is one of registry, mcpb, docker, claude_code, codex, cursor, gemini, grafana and team;
    without it, all of them are meant. No package holds a secret: clients that can ask for one do.
    """
    if does_write == does_check:
        raise click.UsageError("Say one of --write and --check.")
    # Late: it collects every tool, which no other command's start should pay for.
    from clickpipes_mcp import packaging

    known = {target.key: target for target in packaging.TARGETS}
    unknown = [key for key in targets if key not in known]
    if unknown:
        raise click.UsageError(f"No target {unknown[0]!r}. There are: {', '.join(known)}.")
    chosen = [known[key] for key in targets or known]
    kept_in = packaging.KEPT if folder is None else Path(folder)
    described = packaging.Description(
        release or packaging.NEXT_RELEASE, namespace, is_released=release is not None
    )
    rendered = packaging.render(described, chosen)
    if does_write:
        packaging.write(kept_in, rendered)
        click.echo(f"{len(rendered)} files in {kept_in}")
        return
    different = packaging.differences(kept_in, rendered, chosen)
    for line in different:
        click.echo(f"{kept_in}: {line}")
    if different:
        click.echo(f"To mend it: clickpipes-mcp package --write --folder {kept_in}")
        sys.exit(1)
