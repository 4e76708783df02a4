"""Where figures and spans go: to every sink that is attached, and to none by default."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from threading import Thread
from typing import Final, Protocol

from clickpipes_mcp.call_ids import current_call
from clickpipes_mcp.telemetry.instruments import Instrument


class Span(Protocol):
    """What is known of a piece of work once it is done."""

    def note(self, labels: Mapping[str, str]) -> None:
        """Add facts, in words of ours."""


class Sink(Protocol):
    """Something that keeps or sends what this server tells of itself. It never raises."""

    def record(self, instrument: Instrument, value: float, labels: Mapping[str, str]) -> None:
        """Take in a value; of a level, by how much it changed."""

    def span(self, name: str, labels: Mapping[str, str], /) -> AbstractContextManager[Span]:
        """Follow a piece of work while the block runs."""

    def close(self) -> None:
        """Send what is left, and stop."""


_CLOSING_TAKES_AT_MOST_S: Final = 1.0
"""A collector that does not answer holds no process."""

_sinks: list[Sink] = []


def attach(sink: Sink) -> None:
    """Let a sink have everything that is told from now on."""
    _sinks.append(sink)


def detach_all() -> None:
    """Close every sink, which sends what is left; to be called before the process ends."""
    left, _sinks[:] = [*_sinks], []
    for closing in [Thread(target=sink.close, daemon=True) for sink in left]:
        closing.start()
        closing.join(_CLOSING_TAKES_AT_MOST_S)


def record(instrument: Instrument, value: float = 1.0, **labels: str) -> None:
    """Tell a value to every sink."""
    for sink in _sinks:
        sink.record(instrument, value, labels)


class _Spans:
    def __init__(self, spans: list[Span]) -> None:
        self._spans = spans

    def note(self, **labels: str) -> None:
        """Add facts, in words of ours."""
        for span in self._spans:
            span.note(labels)


_UNFOLLOWED: Final = nullcontext(_Spans([]))


def is_followed() -> bool:
    """Whether anybody is told of what this server does."""
    return bool(_sinks)


def span(name: str, **labels: str) -> AbstractContextManager[_Spans]:
    """Follow a piece of work in every sink, under the id of the call it belongs to."""
    return _followed(name, labels) if _sinks else _UNFOLLOWED


@contextmanager
def _followed(name: str, labels: Mapping[str, str]) -> Iterator[_Spans]:
    call_id = current_call()
    known = labels if call_id is None else {**labels, "call": call_id}
    with ExitStack() as begun:
        yield _Spans([begun.enter_context(sink.span(name, known)) for sink in _sinks])
