"""Answers that are compressed: one layer of gzip, and no more than is wanted of it."""

import gzip
import tracemalloc
import zlib

import pytest

from clickpipes_mcp.cloud.encoding import DamagedContent, Decoder
from clickpipes_mcp.errors import UnreadableAnswer

TEXT = b'{"result": []}' * 100
MOST = 64 * 1024
BOMB = gzip.compress(b"\0" * (64 << 20), 9)


def decoded(encoding: str, content: bytes, piece: int = 50) -> bytes:
    decoder = Decoder(encoding, MOST)
    for at in range(0, len(content), piece):
        decoder.take(content[at : at + piece])
    return decoder.whole()


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("", TEXT),
        ("identity", TEXT),
        ("gzip", gzip.compress(TEXT, mtime=0)),
        (" GZIP ", gzip.compress(TEXT, mtime=0)),
        ("x-gzip", gzip.compress(TEXT, mtime=0)),
    ],
)
@pytest.mark.parametrize("piece", [1, 50, 1 << 20])
def test_an_answer_is_read_with_and_without_gzip(encoding, content, piece):
    assert decoded(encoding, content, piece) == TEXT


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_nothing_at_all_is_an_empty_answer(encoding):
    assert decoded(encoding, b"") == b""


@pytest.mark.parametrize(
    "encoding", ["gzip, gzip", "gzip,identity", "deflate", "br", "zstd", "compress", "?"]
)
def test_what_was_not_asked_for_is_not_decoded(encoding):
    with pytest.raises(UnreadableAnswer, match="not asked for"):
        decoded(encoding, gzip.compress(TEXT, mtime=0))


@pytest.mark.parametrize("size", [MOST, MOST + 1])
@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_the_limit_is_that_of_the_decoded_answer(encoding, size):
    content = b"x" * size
    sent = gzip.compress(content, mtime=0) if encoding else content
    if size == MOST:
        assert decoded(encoding, sent, 10_000) == content
        return
    with pytest.raises(UnreadableAnswer, match="longer than 64 KiB"):
        decoded(encoding, sent, 10_000)


def test_a_little_that_stands_for_very_much_takes_no_memory():
    tracemalloc.start()
    with pytest.raises(UnreadableAnswer, match="longer"):
        decoded("gzip", BOMB, len(BOMB))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 20 * MOST


@pytest.mark.parametrize(
    "content",
    [
        TEXT,
        gzip.compress(TEXT, mtime=0)[:-1],
        gzip.compress(TEXT, mtime=0)[:20],
        gzip.compress(TEXT, mtime=0) + b"more",
        gzip.compress(TEXT, mtime=0) + gzip.compress(TEXT, mtime=0),
        zlib.compress(TEXT),
    ],
    ids=["plain", "cut short", "cut shorter", "followed", "followed by another", "another format"],
)
def test_a_damaged_answer_is_not_half_read(content):
    with pytest.raises(DamagedContent):
        decoded("gzip", content)
