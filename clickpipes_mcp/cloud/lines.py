"""Pipes of a list, each read no further than somebody looks."""

from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import NamedTuple

from pydantic import JsonValue

from clickpipes_mcp.cloud.models import Pipe, PipeHead, shown_state
from clickpipes_mcp.cloud.outside_text import plain
from clickpipes_mcp.cloud.replies import Reader, Reply, items_of, parsed, refuse_to_read

_shown_state = lru_cache(256)(shown_state)


class Sent(NamedTuple):
    """Id and name as they arrived: to decide by, never to show."""

    id: str
    name: str


class PipeLine:
    """A pipe of a list. A list may hold thousands, of which a page is looked at."""

    def __init__(self, sent: Mapping[str, JsonValue]) -> None:
        self._sent = sent

    def __repr__(self) -> str:
        return f"PipeLine({self.head!r})"

    @property
    def truth(self) -> Sent:
        return Sent(plain(self._sent["id"]), plain(self._sent.get("name")))

    @property
    def state(self) -> str:
        """The state, fit to be shown."""
        return _shown_state(plain(self._sent.get("state")))

    @property
    def id(self) -> str:
        return self.head.id

    @property
    def name(self) -> str:
        return self.head.name

    @cached_property
    def head(self) -> PipeHead:
        """What a line of a list shows, fit to be shown."""
        return parsed(PipeHead, dict(self._sent))

    @cached_property
    def pipe(self) -> Pipe:
        """All of it."""
        return parsed(Pipe, dict(self._sent))


def lines() -> Reader[list[PipeLine]]:
    """Reads a list of pipes; that each has an id is all that is looked at."""

    def read(reply: Reply) -> list[PipeLine]:
        items = items_of(reply, Pipe)
        if not all(isinstance(item, dict) and _is_id(item.get("id")) for item in items):
            raise refuse_to_read(Pipe)
        return [PipeLine(item) for item in items if isinstance(item, dict)]

    return read


def _is_id(value: object) -> bool:
    return isinstance(value, str) and value != ""
