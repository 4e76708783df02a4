"""Which files a pattern reads, and which of them come too late."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickpipes_mcp.checks.files import listing
from clickpipes_mcp.checks.files.column_types import common_type
from clickpipes_mcp.checks.files.listing import File, Listing, fixed_part, latecomers, matching
from clickpipes_mcp.checks.files.prerequisites import FILE_JUDGES, FileFacts, FileWish, notes_on
from clickpipes_mcp.checks.files.samples import Sampled
from clickpipes_mcp.checks.judging import Flaw, Unseen

BEGAN = datetime(2026, 1, 31, tzinfo=UTC)


def files(*keys: str, size_bytes: int = 10) -> list[File]:
    """Written a day after each other."""
    return [File(key, size_bytes, BEGAN + timedelta(days=day)) for day, key in enumerate(keys)]


@pytest.mark.parametrize(
    ("pattern", "matched", "fixed"),
    [
        ("a/*.json", ["a/1.json", "a/2.json"], "a/"),
        ("a/?.json", ["a/1.json", "a/2.json"], "a/"),
        ("a/**", ["a/1.json", "a/2.json", "a/b/3.json"], "a/"),
        ("a/**/*.json", ["a/1.json", "a/2.json", "a/b/3.json"], "a/"),
        ("**.csv", ["a.csv"], ""),
        ("A/*.json", [], "A/"),
        ("a/1.json", ["a/1.json"], "a/1.json"),
        ("a/[12].json", [], "a/[12].json"),
    ],
)
def test_patterns_read_what_clickpipes_documents(pattern, matched, fixed) -> None:
    here = files("a/2.json", "a/1.json", "a/b/3.json", "a.csv")

    assert [one.key for one in matching(pattern, here)] == matched
    assert fixed_part(pattern) == fixed
    assert matching(pattern, here, after="b") == []


def test_files_that_come_behind_others_are_latecomers() -> None:
    assert latecomers(files("1", "2", "3")) == []
    by_name = sorted(files("3", "1", "2"), key=lambda one: one.key)
    assert [one.key for one in latecomers(by_name)] == ["1", "2"]
    together = [File("1", 1, BEGAN + timedelta(seconds=20)), File("2", 1, BEGAN), File("3", 1)]
    assert latecomers(together) == []


def judged(name: str, listing: Listing, **changes: object):
    wish = FileWish.of({"format": "CSV", "isContinuous": True, **changes}, "a/*")  # type: ignore[dict-item]
    return FILE_JUDGES[name](FileFacts(wish, listing, None))


def test_what_is_wrong_with_the_files_is_told() -> None:
    late = Listing(tuple(sorted(files("3", "1"), key=lambda one: one.key)))
    large = Listing(tuple(files("1", size_bytes=11 * 1024**3)))

    assert isinstance(judged("key-order", late), Flaw)
    assert judged("key-order", late, queueUrl="projects/p/subscriptions/s") is None
    assert judged("key-order", late, isContinuous=False) is None
    assert isinstance(judged("key-order", large), str)
    assert isinstance(judged("file-size", large), Flaw)
    assert isinstance(judged("file-size", late), str)
    assert judged("file-size", Listing(())) is None
    assert isinstance(judged("files-match", Listing(())), Flaw)
    assert "behind z" in judged("files-match", Listing(()), startAfter="z").evidence  # type: ignore[union-attr]
    assert isinstance(judged("files-match", Listing((), is_cut=True)), Unseen)
    assert (
        judged("files-match", Listing(tuple(files("1")), is_cut=True)) == "1 or more files match."
    )
    assert judged("format", late) is None


def test_sizes_and_columns_are_noted() -> None:
    wish = FileWish.of({}, "*")
    sampled = Sampled("fits", [("id", "Int64")])

    size, columns = notes_on(FileFacts(wish, Listing(tuple(files("1")), is_cut=True), sampled))

    assert "1 files" in size
    assert "there are more" in size
    assert "Look through them" in columns
    assert list(notes_on(FileFacts(wish, Listing(()), None))) == []


def test_one_type_takes_all_values() -> None:
    assert common_type(["Int64", "Float64", ""]) == "Nullable(Float64)"
    assert common_type(["Int64", "Bool"]) == "String"
    assert common_type([""]) == "Nullable(String)"


def test_no_pattern_takes_more_steps_than_its_length_for_each_letter(monkeypatch) -> None:
    taken: list[int] = []
    steps = listing._steps
    monkeypatch.setattr(listing, "_steps", lambda *given: taken.append(1) or steps(*given))
    for pattern in ("*a" * 40 + "b", "**/" * 40 + "b", "**" * 40 + "b", "?*" * 40 + "b"):
        taken.clear()

        assert matching(pattern, files("a" * 200)) == []
        assert len(taken) <= 200 * (len(pattern) + 1)


@given(st.text("ab/*?", max_size=9), st.text("ab/", max_size=9))
def test_a_pattern_means_what_an_expression_of_it_means(pattern, key) -> None:
    meanings = {"?": "[^/]", "*": "[^/]*", "**": ".*", "**/": "(?:.*/)?"}
    expression = "".join(
        meanings.get(part, re.escape(part)) for part in re.findall(r"\*\*/?|.", pattern)
    )

    assert bool(matching(pattern, files(key))) == bool(re.fullmatch(expression, key) and key > "")
