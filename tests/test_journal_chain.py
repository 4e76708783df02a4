"""A change of any line of the journal shows."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickpipes_mcp.journal_chain import Place, Verdict, digest_of_line, verify

LINES = 6


def chained(*facts: object, before: str = "") -> list[bytes]:
    lines = []
    for fact in facts:
        line = json.dumps({"fact": fact, "prev": before}).encode() + b"\n"
        before = digest_of_line(line)
        lines.append(line)
    return lines


def verdict(*files: list[bytes]) -> Verdict:
    return verify([(str(number), lines) for number, lines in enumerate(files, 1)])


def test_a_chain_that_nobody_touched_is_intact_and_begins_where_it_begins() -> None:
    assert verdict(chained(*range(LINES))) == Verdict(LINES, Place("1", 1))
    assert verdict([]) == Verdict()


def test_the_chain_goes_on_from_file_to_file() -> None:
    lines = chained(*range(LINES))
    assert verdict(lines[:2], lines[2:5], lines[5:]).broken is None
    assert verdict(lines[:2], lines[5:]).broken == Place("2", 1)
    assert verdict(lines[2:]) == Verdict(LINES - 2, Place("1", 1), is_whole=False)


TOUCHES: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "changed": lambda lines: [*lines[:2], lines[2].replace(b'"fact"', b'"fAct"'), *lines[3:]],
    "taken out": lambda lines: lines[:2] + lines[3:],
    "put in": lambda lines: [*lines[:3], b'{"fact": 9}\n', *lines[3:]],
    "put in with a digest of its own": lambda lines: [*lines[:3], *chained(9), *lines[3:]],
    "exchanged": lambda lines: [*lines[:2], lines[3], lines[2], *lines[4:]],
    "cut short": lambda lines: [*lines[:2], lines[2][:9] + b"\n", *lines[3:]],
    "without its digest": lambda lines: [*lines[:2], b'{"fact": 2}\n', *lines[3:]],
}


@pytest.mark.parametrize("touch", TOUCHES.values(), ids=TOUCHES)
def test_whatever_is_done_to_a_line_the_first_that_does_not_follow_is_named(touch) -> None:
    broken = verdict(touch(chained(*range(LINES)))).broken
    assert broken is not None
    assert broken.line in (3, 4, 5)


@given(st.integers(0, LINES - 2), st.data())
def test_any_octet_of_a_line_that_another_follows_counts(index, data) -> None:
    lines = chained(*range(LINES))
    at = data.draw(st.integers(0, len(lines[index]) - 2))
    other = data.draw(st.integers(33, 126).filter(lambda octet: octet != lines[index][at]))
    lines[index] = lines[index][:at] + bytes([other]) + lines[index][at + 1 :]
    assert verdict(lines).broken in (Place("1", index + 1), Place("1", index + 2))


def test_lines_of_an_older_version_come_before_the_chain_and_are_part_of_it() -> None:
    old = [b'{"fact": "old"}\n', b'{"fact": "older"}\n']
    lines = old + chained(1, 2, before=digest_of_line(old[1]))
    assert verdict(lines) == Verdict(4, Place("1", 3))
    assert verdict([old[0], *lines[2:]]).broken == Place("1", 2)


def test_what_a_crash_left_is_counted_and_the_chain_goes_on_over_it() -> None:
    first = chained(1)
    torn = b'{"fact": 2, "pr\n'
    lines = [*first, torn, *chained(3, before=digest_of_line(torn))]
    assert verdict(lines) == Verdict(3, Place("1", 1), unreadable=1)
    deep = b"[" * 100_000 + b"\n"
    assert verdict([deep]) == Verdict(1, unreadable=1)


def test_a_line_of_an_older_version_within_the_chain_is_counted() -> None:
    first = chained(1)
    old = b'{"fact": "old"}\n'
    lines = [*first, old, *chained(3, before=digest_of_line(old))]
    assert verdict(lines) == Verdict(3, Place("1", 1), unchained=1)


def test_blank_lines_are_no_lines() -> None:
    first, second = chained(1, 2)
    assert verdict([first, b"\n", b" \n", second]) == Verdict(2, Place("1", 1))
