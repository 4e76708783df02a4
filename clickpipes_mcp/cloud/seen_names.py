"""The names that were seen on each pipe, whoever renamed it."""

import contextlib
from collections.abc import Collection, Iterable
from typing import Final

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.cloud.lines import PipeLine
from clickpipes_mcp.cloud.models import Pipe
from clickpipes_mcp.store import StoredNames, StoreUnavailable

_MOST_PIPES: Final = 10_000
_MOST_NAMES: Final = 8
_TOLD_AGAIN_S: Final = 3600.0
"""A name counts for a week: an hour more or less is nothing."""


class SeenNames:
    """Remembers when each name of a pipe was last seen; of many, the first and the latest.

    With `shared` names it learns what other replicas saw on the pipe that is looked at.
    """

    def __init__(self, clock: Clock, shared: StoredNames | None = None) -> None:
        self._clock = clock
        self._shared = shared
        self._names: dict[str, dict[str, float]] = {}
        self._told: dict[tuple[str, str], float] = {}

    async def exchange(self, pipes: Collection[Pipe | PipeLine]) -> None:
        """Tell other replicas what is news to them, and learn of a single pipe what they saw.

        Nothing where the store does not answer: what could be done wrongly is refused then.
        """
        if self._shared is None:
            return
        now_s = self._clock.monotonic()
        told = {key: at for key, at in self._told.items() if at + _TOLD_AGAIN_S > now_s}
        seen = [(pipe.sent.id, pipe.sent.name) for pipe in pipes]
        news = [one for one in seen if one not in told]
        with contextlib.suppress(StoreUnavailable):
            if news:
                await self._shared.note(news)
            self._told = {**told, **dict.fromkeys(news, now_s)}
            if len(seen) == 1:
                (id_, _), *_ = seen
                self._learn(id_, await self._shared.of(id_))

    def _learn(self, id_: str, names: Iterable[tuple[str, float]]) -> None:
        now_s = self._clock.monotonic()
        own = self._names.get(id_, {})
        known = {name: now_s - ago_s for name, ago_s in names}
        merged = {**known, **{name: max(at, known.get(name, at)) for name, at in own.items()}}
        while len(merged) > _MOST_NAMES:
            del merged[list(merged)[1]]
        self._names[id_] = merged

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
