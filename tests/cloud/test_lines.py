"""A pipe of a list shows what the whole pipe shows, and is read no further than somebody looks."""

import json

import pytest

from clickpipes_mcp.cloud import Pipe, PipeHead
from clickpipes_mcp.cloud.answers import RawAnswer, read_reply
from clickpipes_mcp.cloud.lines import PipeLine, glance, lines
from clickpipes_mcp.cloud.replies import Reply
from clickpipes_mcp.cloud.requests import Requests
from clickpipes_mcp.errors import UnreadableAnswer
from clickpipes_mcp.redaction import Redactor
from clickpipes_mcp.tools import pipe_views
from tests.outside import HARMFUL

PLAIN = {
    "id": "33333333-3333-4333-8333-333333333333",
    "serviceId": "s",
    "name": "orders",
    "state": "Running",
    "source": {"kafka": {"type": "confluent", "brokers": "b:9092"}},
}
ODD = {
    **{f"{key} of {name}": {**PLAIN, key: text} for name, text in HARMFUL.items() for key in PLAIN},
    **{
        f"source of {name}": {**PLAIN, "source": {text: {"type": text}}}
        for name, text in HARMFUL.items()
    },
    "no texts": {"id": "x", "name": 5, "state": ["Running"], "source": {"kafka": "none"}},
    "nothing": {"id": "x"},
    "nulls": {"id": "x", "name": None, "state": None, "source": {"s3": None, "kafka": {}}},
    "no types": {**PLAIN, "source": {"kafka": {"type": None}, "s3": {"type": "s3"}}},
}


LONG = {"filler": "x" * 40_000}
"""What makes a list long enough to be glanced at."""


def listed(item) -> PipeLine:
    return lines()(Reply([item]))[0]


def in_octets(*items, **more) -> bytes:
    return json.dumps({"result": [*items, {**PLAIN, **LONG}], **more}).encode()


@pytest.mark.parametrize("item", ODD.values(), ids=ODD)
def test_a_line_shows_what_the_whole_pipe_shows(item) -> None:
    line, pipe = listed(item), Pipe.model_validate(item)

    assert pipe_views.row(line.head) == pipe_views.row(pipe)
    assert line.head.service_id == pipe.service_id
    assert (line.id, line.name, line.state) == (pipe.id, pipe.name, pipe.state)
    assert line.sent == (pipe.truth.id, pipe.truth.name)
    assert (line.head.truth.arm, line.head.truth.source_type) == (
        pipe.truth.arm,
        pipe.truth.source_type,
    )
    assert line.pipe == pipe


@pytest.mark.parametrize("item", [None, "x", {}, {"id": None}, {"id": 5}, {"id": ""}])
def test_what_has_no_id_is_no_pipe(item) -> None:
    with pytest.raises(UnreadableAnswer, match="does not describe a Pipe"):
        lines()(Reply([PLAIN, item]))


def test_no_more_is_read_than_is_looked_at(monkeypatch) -> None:
    read = []
    monkeypatch.setattr(
        PipeHead, "model_validate", lambda item, **_: read.append(item) or PipeHead(id=item["id"])
    )
    every = lines()(Reply([{**PLAIN, "name": str(number)} for number in range(500)]))

    assert pipe_views.states(every) == "500 Running"
    assert [one.sent.name for one in every[:2]] == ["0", "1"]
    assert read == []
    assert every[0].head is every[0].head
    assert len(read) == 1


def test_a_glance_at_octets_sees_what_reading_them_shows() -> None:
    glanced = 0
    for item in ODD.values():
        found = glance(in_octets(item, requestId="r"))
        if found is None:
            continue
        glanced += 1
        line, read = found[0], listed(json.loads(json.dumps(item)))
        assert (line.sent.id, line.sent.name, line.state, line.head, line.pipe) == (
            *read.sent,
            read.state,
            read.head,
            read.pipe,
        )
    assert glanced > len(ODD) / 2


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b'{"result":[]}',
        in_octets(PLAIN)[:-1],
        in_octets({**PLAIN, "id": ""}),
        in_octets({**PLAIN, "id": None}),
        in_octets({**PLAIN, "name": 5}),
        in_octets("x"),
        in_octets(PLAIN).replace(b"xxx", b"x\xff"),
        in_octets(PLAIN).replace(b"xxx", b"\\ud800"),
        in_octets(PLAIN).replace(b"orders", b"orders\xff"),
        in_octets(PLAIN).decode().encode("utf-16"),
        in_octets(PLAIN).replace(b'"s"', b"[" * 5_000 + b"]" * 5_000),
        json.dumps({"error": "x" * 40_000}).encode(),
        json.dumps({"result": {"id": "x" * 40_000}}).encode(),
    ],
    ids=lambda body: repr(body[:12]),
)
def test_what_is_not_as_usual_is_read_as_everything_else(body) -> None:
    assert glance(body) is None


def test_a_part_that_only_python_reads_is_read() -> None:
    deep = json.loads("[" * 300 + "]" * 300)

    (line, _) = glance(in_octets({**PLAIN, "more": deep})) or ()

    assert line.head.name == "orders"


def test_a_secret_that_an_answer_echoes_is_masked_in_a_long_list_too() -> None:
    secret = "a long password of nobody"
    request = Requests(PLAIN["id"]).list_pipes(PLAIN["id"]).read_as(lines(), glance)
    answer = RawAnswer(200, {}, in_octets({**PLAIN, "name": secret}))

    reply = read_reply(answer, request, Redactor().knowing({secret}))

    assert reply.glanced_at is None
    assert secret not in repr(lines()(reply)[0].sent)
    assert read_reply(answer, request, Redactor()).glanced_at is not None
