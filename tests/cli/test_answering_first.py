"""Serving over the process's own input, from the first question to the end."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from clickpipes_mcp.cli import answering_first
from clickpipes_mcp.cli.answering_first import answer_first
from tests.faults.processes import INITIALIZE, PATIENCE_S, ended, environment
from tests.wire import line

HANDS = line("initialize", 1, INITIALIZE)
CALL = line("tools/call", 2, {"name": "get_source_guide", "arguments": {"source": "kafka"}})

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the front stands aside there")


@contextmanager
def spoken_to(monkeypatch: pytest.MonkeyPatch, place: Path, *lines: bytes) -> Iterator[Path]:
    """This process as one that a client speaks to, which then leaves; what it hears."""
    said, heard = place / "said", place / "heard"
    said.write_bytes(b"".join(one + b"\n" for one in lines))
    kept = [os.dup(0), os.dup(1)]
    with said.open("rb") as reads, heard.open("wb") as writes:
        os.dup2(reads.fileno(), 0)
        os.dup2(writes.fileno(), 1)
    monkeypatch.setattr(sys, "stdin", os.fdopen(0, closefd=False))
    monkeypatch.setattr(sys, "stdout", os.fdopen(1, "w", closefd=False))
    for name in [name for name in os.environ if name.startswith("CLICKPIPES_")]:
        monkeypatch.delenv(name)
    try:
        yield heard
    finally:
        os.dup2(kept[0], 0)
        os.dup2(kept[1], 1)
        for one in kept:
            os.close(one)


def answers(heard: Path) -> Sequence[object]:
    """The ids that were answered."""
    return [json.loads(one)["id"] for one in heard.read_bytes().splitlines()]


def test_whoever_leaves_after_the_first_answers_ends_the_program(monkeypatch, tmp_path) -> None:
    def leave(code: int) -> None:
        raise SystemExit(code)

    monkeypatch.setattr(os, "_exit", leave)
    with spoken_to(monkeypatch, tmp_path, HANDS) as heard, pytest.raises(SystemExit) as ended:
        answer_first({})

    assert (ended.value.code, answers(heard)) == (0, [1])


def test_what_the_front_cannot_answer_is_answered_by_the_server(monkeypatch, tmp_path) -> None:
    unreadable = b"{}"
    with (
        spoken_to(monkeypatch, tmp_path, HANDS, unreadable) as heard,
        pytest.raises(SystemExit) as ended,
    ):
        answer_first({})

    assert (ended.value.code, answers(heard)) == (0, [1, None])


@pytest.mark.parametrize("wrong", [{"toolsets": "no such"}, {"consent": "chat"}])
def test_where_the_front_stands_aside_nothing_is_said(monkeypatch, tmp_path, wrong) -> None:
    with spoken_to(monkeypatch, tmp_path, HANDS) as heard:
        answer_first(wrong)

    assert answers(heard) == []


def test_settings_that_turn_out_to_be_unusable_are_told_to_the_client(
    monkeypatch, tmp_path
) -> None:
    from clickpipes_mcp.errors import InvalidSettings

    def fail(*_: object) -> None:
        raise InvalidSettings("It went away.", fix="Bring it back.")

    monkeypatch.setattr(answering_first, "made", fail)
    with (
        spoken_to(monkeypatch, tmp_path, HANDS, b"{}") as heard,
        pytest.raises(SystemExit) as ended,
    ):
        answer_first({})

    assert (ended.value.code, answers(heard)) == (2, [1, None])


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [(), ("serve", "--read-only")])
def test_the_program_answers_first_and_then_calls(arguments) -> None:
    program = [sys.executable, "-m", "clickpipes_mcp", *arguments]
    with (
        subprocess.Popen(
            program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment()
        ) as served,
        ended(served),
    ):
        assert served.stdin is not None
        assert served.stdout is not None
        served.stdin.write(HANDS + b"\n" + CALL + b"\n")
        served.stdin.flush()
        told = [json.loads(served.stdout.readline()) for _ in range(2)]
        served.stdin.close()
        assert served.wait(PATIENCE_S) == 0

    assert [one["id"] for one in told] == [1, 2]
    assert told[1]["result"]["isError"] is False
