"""A pipe of a list shows what the whole pipe shows, and is read no further than somebody looks."""

import pytest

from clickpipes_mcp.cloud import Pipe, PipeHead
from clickpipes_mcp.cloud.lines import PipeLine, lines
from clickpipes_mcp.cloud.replies import Reply
from clickpipes_mcp.errors import UnreadableAnswer
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


def listed(item) -> PipeLine:
    return lines()(Reply([item]))[0]


@pytest.mark.parametrize("item", ODD.values(), ids=ODD)
def test_a_line_shows_what_the_whole_pipe_shows(item) -> None:
    line, pipe = listed(item), Pipe.model_validate(item)

    assert pipe_views.row(line.head) == pipe_views.row(pipe)
    assert line.head.service_id == pipe.service_id
    assert (line.id, line.name, line.state) == (pipe.id, pipe.name, pipe.state)
    assert line.truth == (pipe.truth.id, pipe.truth.name)
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
    assert [one.truth.name for one in every[:2]] == ["0", "1"]
    assert read == []
    assert every[0].head is every[0].head
    assert len(read) == 1
