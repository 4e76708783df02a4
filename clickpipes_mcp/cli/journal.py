"""The commands that look at the journal."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from clickpipes_mcp.cli.reporting import Unusable, explained

if TYPE_CHECKING:  # everything else is imported when the command runs: start-up time
    from clickpipes_mcp.journal import JournalEntry
    from clickpipes_mcp.journal_chain import Verdict
    from clickpipes_mcp.store import Store

MOST_SHOWN = 50
MOST_KEPT = 100
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_FILE = click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)


@click.group(short_help="Look at the record of every write.")
def journal() -> None:
    """Look at the record of every write: FILE, or the journal that is configured."""


@journal.command(short_help="Check that no line was changed, taken out or put in.")
@_FILE
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def verify(*, file: Path | None, as_json: bool) -> None:
    """Check that every line follows from the one before, across all files that are kept.

    Exits with 0 when it does, 1 when a line does not, and 2 when the journal could not be read.
    The digests need no key: who rewrites all lines that follow, or takes away the last ones, is
    not found out.
    """
    with explained():
        from clickpipes_mcp.journal_chain import verify as follow

        with _opened(file) as files:
            verdict = follow([(one.name, one) for one in files])
    if as_json:
        click.echo(json.dumps(_as_json(verdict), indent=2, ensure_ascii=False))
    else:
        for line in _told(verdict):
            click.echo(line)
    sys.exit(0 if verdict.broken is None else 1)


@journal.command(short_help="Show what was done, and how it ended.")
@_FILE
@click.option("--pipe", metavar="NAME|ID", help="Only writes to this pipe.")
@click.option("--since", metavar="WHEN", help="Only from then on: 2026-11-27, or 90m, 24h, 7d, 2w.")
@click.option("--last", type=click.IntRange(min=1), default=MOST_SHOWN, help="At most so many.")
@click.option("--json", "as_json", is_flag=True, help="A JSON object a line, with all its facts.")
def show(
    *, file: Path | None, pipe: str | None, since: str | None, last: int, as_json: bool
) -> None:
    """Show the last writes, oldest first: when, what, to which pipe, who agreed, how it ended."""
    with explained():
        begin = _moment(since) if since else None
        with _opened(file) as files:
            writes = list(_writes(files, pipe, begin))[-last:]
    if as_json:
        for write in writes:
            click.echo(write.line())
    else:
        _print_table(writes)


@contextmanager
def _opened(file: Path | None) -> Iterator[list[BinaryIO]]:
    from clickpipes_mcp.clock import SystemClock
    from clickpipes_mcp.journal_lines import JournalLines
    from clickpipes_mcp.settings import load_settings
    from clickpipes_mcp.store import Store

    store = None if file else Store.of(load_settings(), SystemClock())
    path = file or (_copied(store) if store else _configured())
    try:
        with JournalLines(path, 0, MOST_KEPT).open() as files:
            if not files:
                raise Unusable(f"There is no journal at {path} yet.")
            yield files
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}.") from error
    finally:
        if store is not None:
            store.lines.remove_copy()


def _copied(store: "Store") -> Path:
    """A copy of the journal that all replicas write."""
    import anyio

    async def copy() -> None:
        try:
            await store.lines.catch_up()
        finally:
            await store.database.aclose()

    try:
        anyio.run(copy)
    except OSError as error:
        raise Unusable(f"The journal cannot be read: {error.strerror}.") from error
    return store.lines.copy


def _configured() -> Path:
    from clickpipes_mcp.journal_file import journal_file
    from clickpipes_mcp.settings import connections, load_settings

    path = journal_file(connections(load_settings(), os.environ).default)
    if path is None:
        raise Unusable("No journal is kept with these settings. Name a file, or set one.")
    return path


def _writes(
    files: list[BinaryIO], pipe: str | None, since: datetime | None
) -> "Iterator[JournalEntry]":
    """The last that is known of each write, with what was there before it."""
    from dataclasses import replace
    from itertools import chain

    from clickpipes_mcp.journal_entry import read_line

    known: dict[str, JournalEntry] = {}
    for line in chain.from_iterable(files):
        entry = read_line(line)
        if entry is None:
            continue
        if entry.id in known:
            begun = known[entry.id]
            entry = replace(entry, time=begun.time, before=begun.before, secrets=begun.secrets)
        known[entry.id] = entry
    for entry in known.values():
        is_meant = pipe is None or pipe == entry.clickpipe_id or entry.is_about(pipe)
        if is_meant and (since is None or entry.time >= since):
            yield entry


def _moment(when: str) -> datetime:
    when = when.strip()
    number, unit = when[:-1], _UNITS.get(when[-1:])
    try:
        if unit and number.isdecimal():
            return datetime.now(UTC) - timedelta(**{unit: int(number)})
        moment = datetime.fromisoformat(when)
    except (ValueError, OverflowError) as error:
        raise Unusable("--since takes a date, a date with a time, or 90m, 24h, 7d, 2w.") from error
    return moment if moment.tzinfo else moment.astimezone()


def _print_table(writes: "list[JournalEntry]") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from clickpipes_mcp.redaction import clean

    console = Console(highlight=False)
    if not writes:
        console.print("No write of that kind is recorded.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("time (UTC)", "what", "to", "consent", "for", "end"):
        table.add_column(heading, overflow="fold")
    for write in writes:
        target = " ".join(filter(None, (write.name, write.clickpipe_id or write.thing_id)))
        whose = " through ".join(filter(None, (write.principal, write.connection)))
        facts = (write.operation, target, write.consent or "", whose)
        end = "not known" if write.is_open else write.outcome or ""
        table.add_row(
            f"{write.time.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
            *(Text(clean(fact)) for fact in facts),
            Text(clean(end), style="red" if write.is_open or write.came_to_nothing else "green"),
        )
    console.print(table)


def _as_json(verdict: "Verdict") -> dict[str, object]:
    return {"ok": verdict.broken is None, **vars(verdict)} | {
        name: vars(place) if place else None
        for name, place in (("begins", verdict.begins), ("broken", verdict.broken))
    }


def _told(verdict: "Verdict") -> Iterator[str]:
    if verdict.broken is not None:
        yield (
            f"BROKEN at line {verdict.broken.line} of {verdict.broken.file}: it does not follow "
            "from the line before. That line was changed, or lines between were taken out or put "
            "in."
        )
    elif verdict.begins is None:
        yield f"Not chained: {verdict.lines} lines, all written by an older version."
    else:
        yield f"Intact: {verdict.lines} lines, each follows from the one before."
    if verdict.begins is not None and (verdict.begins.line > 1 or not verdict.is_whole):
        yield f"The chain begins at line {verdict.begins.line} of {verdict.begins.file}."
    if not verdict.is_whole:
        yield "What was written before that is no longer kept."
    if verdict.unreadable:
        yield f"Lines that cannot be read, as a crash leaves them: {verdict.unreadable}."
    if verdict.unchained:
        yield f"Lines that say nothing of the one before: {verdict.unchained}."
