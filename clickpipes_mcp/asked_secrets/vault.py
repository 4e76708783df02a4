"""What persons gave, for an hour, in the memory of this process and nowhere else.

A value is bound to whose call asked for it and to the places that the form named: it is no answer
to a question of somebody else, nor about another host.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from clickpipes_mcp.clock import Clock

KEPT_S: Final = 3600.0
_MOST_VALUES: Final = 500
"""Of all principals together; beyond that the oldest are forgotten."""


@dataclass(frozen=True)
class _Given:
    value: str = field(repr=False)
    places: frozenset[str]
    until_s: float


class Vault:
    """Holds values by whose they are and by label."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._given: dict[tuple[str, str], _Given] = {}

    def keep(self, whose: str, label: str, value: str, places: Iterable[str]) -> None:
        """Keep a value for these places, in the stead of an earlier one of that label."""
        self._forget()
        self._given.pop((whose, label), None)
        while len(self._given) >= _MOST_VALUES:
            del self._given[next(iter(self._given))]
        until_s = self._clock.monotonic() + KEPT_S
        self._given[whose, label] = _Given(value, frozenset(places), until_s)

    def value(self, whose: str, label: str) -> str | None:
        """What was given; None where nothing was, or too long ago."""
        self._forget()
        found = self._given.get((whose, label))
        return found.value if found else None

    def is_for(self, whose: str, label: str, places: Iterable[str]) -> bool:
        """Whether a value was given for all of these places."""
        self._forget()
        found = self._given.get((whose, label))
        return found is not None and found.places >= frozenset(places)

    def _forget(self) -> None:
        now_s = self._clock.monotonic()
        for key in [key for key, one in self._given.items() if one.until_s <= now_s]:
            del self._given[key]
