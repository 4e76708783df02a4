"""The metrics endpoint's text as readings per pipe."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from anyio.lowlevel import checkpoint

from clickpipes_mcp.cloud import show_word
from clickpipes_mcp.diagnosis import Metric
from clickpipes_mcp.redaction import clean

PREFIX = "ClickPipes_"
_LONGEST_NAME = 255
_INFO = "ClickPipes_Info"
_COUNTER_SUFFIX = "_Total"
_CHARACTERS_A_TURN = 80_000
_BEFORE_A_LINE = 100
"""So many characters cost what a line does before its first: reading 80,000 takes 30 ms.

A scrape has some thirty lines for a pipe, a name in each, and others wait meanwhile.
"""


@dataclass
class PipeReadings:
    """What one scrape says of a pipe; `per_s` is there once two scrapes were taken.

    Its texts are fit to be shown, but for the id.
    """

    id: str
    name: str = ""
    state: str = ""
    metrics: dict[str, Metric] = field(default_factory=dict)


async def readings(text: str) -> Mapping[str, PipeReadings]:
    """Readings by pipe id; samples of one metric that differ in other labels are added up.

    Raises:
        ValueError: The text is not in the Prometheus format.
    """
    found: dict[str, PipeReadings] = {}
    for turn in _turns(text):
        await checkpoint()
        for name, labels, value in _samples(turn):
            pipe_id = labels.get("clickpipe_id", "")
            if not pipe_id or not name.startswith(PREFIX):
                continue
            pipe = found.setdefault(pipe_id, PipeReadings(pipe_id))
            pipe.name = labels.get("clickpipe_name", pipe.name)
            if name == _INFO:
                # Older samples in the documentation say clickpipe_status.
                pipe.state = labels.get("clickpipe_state", labels.get("clickpipe_status", ""))
                continue
            past = pipe.metrics.get(name)
            pipe.metrics[name] = Metric(value + (past.value if past else 0.0))
    for pipe in found.values():
        pipe.name, pipe.state = clean(pipe.name, limit=_LONGEST_NAME), show_word(pipe.state)
        pipe.metrics = {show_word(name): metric for name, metric in pipe.metrics.items()}
    return found


def with_rates(
    now: Mapping[str, PipeReadings], before: Mapping[str, PipeReadings], apart_s: float
) -> Mapping[str, PipeReadings]:
    """The readings of now, each with its growth a second since those of before."""
    if apart_s <= 0:
        return now
    return {
        id_: replace(pipe, metrics=dict(_grown(pipe.metrics, before[id_].metrics, apart_s)))
        if id_ in before
        else pipe
        for id_, pipe in now.items()
    }


def _turns(text: str) -> Iterator[str]:
    lines: list[str] = []
    left = _CHARACTERS_A_TURN
    for line in text.split("\n"):  # and at no other break: a name may hold one
        lines.append(line)
        left -= _BEFORE_A_LINE + len(line)
        if left <= 0:
            yield "\n".join(lines)
            lines, left = [], _CHARACTERS_A_TURN
    yield "\n".join(lines)


def _samples(text: str) -> Iterator[tuple[str, Mapping[str, str], float]]:
    from prometheus_client.parser import text_string_to_metric_families  # start-up time

    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            # The parser gives every counter a lower-case ending of its own.
            yield sample.name.removesuffix("_total"), sample.labels, sample.value


def _grown(
    now: Mapping[str, Metric], before: Mapping[str, Metric], apart_s: float
) -> Iterator[tuple[str, Metric]]:
    for name, metric in now.items():
        past = before.get(name)
        grown = None if past is None else metric.value - past.value
        if grown is not None and grown < 0 and name.endswith(_COUNTER_SUFFIX):
            grown = None  # the counter began anew
        yield name, Metric(metric.value, None if grown is None else grown / apart_s)
