"""The names that this process has seen on each pipe, whoever renamed it."""

from collections.abc import Iterable
from typing import Final

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.cloud.lines import PipeLine
from clickpipes_mcp.cloud.models import Pipe

_MOST_PIPES: Final = 10_000
_MOST_NAMES: Final = 8


class SeenNames:
    """Remembers when each name of a pipe was last seen; of many, the first and the latest."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._names: dict[str, dict[str, float]] = {}

    def note(self, pipes: Iterable[Pipe | PipeLine]) -> None:
        """Take in pipes as they were read."""
        now_s = self._clock.monotonic()
        for pipe in pipes:
            sent = pipe.sent
            id_, name = sent.id, sent.name
            names = self._names.pop(id_, {})
            names[name] = now_s
            if len(names) > _MOST_NAMES:
                del names[list(names)[1]]
            self._names[id_] = names
        while len(self._names) > _MOST_PIPES:
            del self._names[next(iter(self._names))]

    def names_of(self, pipe_id: str, within_s: float) -> tuple[str, ...]:
        """The names of a pipe that were seen of late, in the order in which they came up."""
        since_s = self._clock.monotonic() - within_s
        names = self._names.get(pipe_id, {})
        return tuple(name for name, seen_s in names.items() if seen_s >= since_s)
