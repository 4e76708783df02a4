"""A journal of all the size it may have: nobody waits for what is read of it.

Every call is watched (`Served.call`), and fails where it holds the event loop.
"""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.journal import Journal
from clickpipes_mcp.journal_entry import JournalEntry
from clickpipes_mcp.journal_lines import MEGABYTE
from clickpipes_mcp.settings import TOOLSETS
from clickpipes_mcp.simulator import DEFAULT_SERVICE_ID
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools import TOOLS
from tests.examples import put_secrets
from tests.faults.cases import prepared
from tests.serving import Served, error, facts

pytestmark = pytest.mark.anyio

FILES, FILE_BYTES = 6, 10 * MEGABYTE
WRITING = [tool for tool in TOOLS if not tool.effect.changes_nothing]


def lines_of(operation: str) -> str:
    """A write and its end, with NUMBER for what tells it from others."""
    facts = {
        "id": "NUMBER",
        "time": datetime(2026, 1, 1, tzinfo=UTC),
        "tool": f"{operation}_clickpipe",
        "operation": operation,
        "service_id": DEFAULT_SERVICE_ID,
        "clickpipe_id": "00000000-0000-0000-0000-NUMBER",
        "name": "orders NUMBER",
        "digest": "5" * 32,
    }
    intent = JournalEntry(phase="intent", **facts)
    outcome = JournalEntry(phase="outcome", outcome="done", **facts)
    return f"{intent.line('0' * 64)}\n{outcome.line('0' * 64)}\n"


@pytest.fixture(scope="module")
def full(tmp_path_factory) -> Iterator[Path]:
    path = Path(tmp_path_factory.mktemp("full"), "journal.jsonl")
    writes = lines_of("create"), lines_of("delete")
    for file in range(FILES):
        count = FILE_BYTES // len(writes[1])
        lines = [
            writes[number % 2].replace("NUMBER", f"{file}{number:05}") for number in range(count)
        ]
        at = path if not file else path.with_name(f"{path.name}.{file}")
        at.write_text("".join(lines), encoding="utf-8")
        at.chmod(0o600)
    yield path
    shutil.rmtree(path.parent)


@pytest.fixture
def journal(full, tmp_path) -> Iterator[Path]:
    """What this test may write to."""
    directory = shutil.copytree(full.parent, tmp_path / "journal")
    yield directory / full.name
    shutil.rmtree(directory)


@pytest.fixture
async def served(serve, journal, monkeypatch, tmp_path) -> Served:
    put_secrets(monkeypatch, tmp_path, "{}")
    return await serve(
        consent="dangerously-off", toolsets=TOOLSETS, journal=journal, secrets_dir=tmp_path
    )


async def test_what_was_never_there_is_looked_for_at_once(served) -> None:
    assert error(await served.call("delete_clickpipe", clickpipe="never there"))


async def test_what_was_deleted_long_ago_is_found_at_once(served) -> None:
    told = facts(await served.call("delete_clickpipe", clickpipe="orders 100001"))
    assert "is gone" in told["summary"]


@pytest.mark.slow
@pytest.mark.parametrize("tool", WRITING, ids=lambda tool: tool.name)
async def test_a_write_is_announced_and_answered_at_once(served, tool) -> None:
    case = await prepared(served, tool)
    facts(await served.call(tool.name, **case.arguments))


@pytest.mark.parametrize("spec", SOURCES, ids=lambda spec: spec.key)
async def test_a_pipe_that_is_there_is_told_from_all_that_were(served, spec) -> None:
    create = f"create_{spec.key}_clickpipe"
    facts(await served.call(create, **spec.example))
    assert "was adopted" in facts(await served.call(create, **spec.example))["summary"]


def test_lines_that_were_read_are_not_read_again_while_no_file_is_another(tmp_path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal(path, ManualClock())
    first = journal.intent(tool="t", operation="scale", name="first")
    reading = Journal(path, ManualClock())
    assert reading.recent() == (first,)

    stand = path.stat()
    path.write_bytes(b"x" * stand.st_size)
    os.utime(path, ns=(stand.st_atime_ns, stand.st_mtime_ns))

    assert reading.recent() == (first,)
    second = journal.intent(tool="t", operation="scale", name="second")
    assert reading.recent() == (second,)


def test_only_lines_that_hold_a_text_are_read(tmp_path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal(path, ManualClock())
    names = ('Orders "EU"', "other")
    quoted, _ = (journal.intent(tool="t", operation="delete", name=name) for name in names)
    with path.open("a", encoding="utf-8") as file:
        file.write("no line\n")

    assert list(journal.entries_about('oRDERS "eu"')) == [quoted]
    assert list(journal.entries_about("nothing", 'Orders "EU"')) == [quoted]
    assert journal.complaint() is None
