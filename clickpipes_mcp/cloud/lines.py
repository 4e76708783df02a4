"""Pipes of a list, each read no further than somebody looks."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache, cached_property
from typing import Annotated, Final, NamedTuple, Protocol, cast

from pydantic import JsonValue
from typing_extensions import Buffer

from clickpipes_mcp.cloud.models import Pipe, PipeHead, shown_state
from clickpipes_mcp.cloud.outside_text import plain
from clickpipes_mcp.cloud.replies import (
    Reader,
    Reply,
    as_json,
    items_of,
    parsed,
    refuse_to_read,
)
from clickpipes_mcp.kept_answers import kept

_WORTH_TAKING_APART: Final = 32 * 1024
"""Octets: of less, reading all takes less time than loading what reads less."""

_shown_state = kept(shown_state, 256)


class SentLine(Protocol):
    """Id and name as they arrived: to decide by, never to show."""

    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...


class _Told(NamedTuple):
    id: str
    name: str


class PipeLine:
    """A pipe of a list. A list may hold thousands, of which a page is looked at.

    `sent` and `state` are as they arrived, and so is `whole`, which may still be octets.
    """

    def __init__(self, sent: SentLine, state: str, whole: Mapping[str, JsonValue] | Buffer) -> None:
        self.sent = sent
        self._state = state
        self._whole = whole

    def __repr__(self) -> str:
        return f"PipeLine({self.head!r})"

    @property
    def state(self) -> str:
        """The state, fit to be shown."""
        return _shown_state(self._state)

    @property
    def id(self) -> str:
        return self.head.id

    @property
    def name(self) -> str:
        return self.head.name

    @cached_property
    def head(self) -> PipeHead:
        """What a line of a list shows, fit to be shown."""
        return parsed(PipeHead, self._read())

    @cached_property
    def pipe(self) -> Pipe:
        """All of it."""
        return parsed(Pipe, self._read())

    def _read(self) -> dict[str, JsonValue]:
        if isinstance(self._whole, Mapping):
            return dict(self._whole)
        item = as_json(bytes(self._whole))
        if not isinstance(item, dict):
            raise refuse_to_read(Pipe)
        return item


def lines() -> Reader[list[PipeLine]]:
    """Reads a list of pipes; that each has an id is all that is looked at."""

    def read(reply: Reply) -> list[PipeLine]:
        if reply.glanced_at is not None:
            return cast("list[PipeLine]", reply.glanced_at)
        items = items_of(reply, Pipe)
        if not all(isinstance(item, dict) and _is_id(item.get("id")) for item in items):
            raise refuse_to_read(Pipe)
        return [_line(item) for item in items if isinstance(item, dict)]

    return read


def glance(body: bytes) -> list[PipeLine] | None:
    """The lines of a long list in octets; None of what is short or not as usual.

    Each item is looked at for its id, name and state, and left as octets until more is asked for.
    """
    if len(body) < _WORTH_TAKING_APART:
        return None
    take_apart, unusual = _glancing()
    try:
        body.decode()
        return list(take_apart(body))
    except unusual:
        return None


@cache
def _glancing() -> tuple[Callable[[bytes], Iterator[PipeLine]], tuple[type[Exception], ...]]:
    """What takes a list apart, and what that raises at a list that is not as usual."""
    import msgspec  # loaded when a long list arrives

    class Listed(msgspec.Struct):
        result: list[msgspec.Raw]

    class Line(msgspec.Struct):
        id: Annotated[str, msgspec.Meta(min_length=1)]
        name: str = ""
        state: str = ""

    listed, line = msgspec.json.Decoder(Listed), msgspec.json.Decoder(Line)

    def take_apart(body: bytes) -> Iterator[PipeLine]:
        read = line.decode
        for part in listed.decode(body).result:
            # No half of a character comes out of there.
            seen = read(part)
            yield PipeLine(seen, seen.state, part)

    return take_apart, (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def _line(item: Mapping[str, JsonValue]) -> PipeLine:
    sent = _Told(plain(item["id"]), plain(item.get("name")))
    return PipeLine(sent, plain(item.get("state")), item)


def _is_id(value: object) -> bool:
    return isinstance(value, str) and value != ""
