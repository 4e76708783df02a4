"""What persons gave, for an hour, in the memory of this process and nowhere else.

A value is bound to whose call asked for it and to the places that the form named: it is no answer
to a question of somebody else, nor about another host. Only what the person who runs the server
wanted kept is found again later, in the keyring.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.errors import SecretUnavailable
from clickpipes_mcp.secret_keyring import places_kept_for, secret_in_keyring

KEPT_S: Final = 3600.0
LOCAL: Final = ""
"""Whoever runs the server, where callers do not say who they are; the keyring is that one's."""

_MOST_VALUES: Final = 500
"""Of all principals together; beyond that the oldest are forgotten."""


@dataclass(frozen=True)
class _Given:
    value: str = field(repr=False)
    places: frozenset[str]
    until_s: float
    remark: str = ""
    was_sent: bool = False


class Vault:
    """Holds values by whose they are and by label."""

    def __init__(self, clock: Clock, kept_s: float = KEPT_S) -> None:
        self._clock = clock
        self._kept_s = kept_s
        self._given: dict[tuple[str, str], _Given] = {}

    def keep(
        self,
        whose: str,
        label: str,
        value: str,
        places: Iterable[str],
        remark: str = "",
        *,
        was_sent: bool = False,
    ) -> None:
        """Keep a value for these places, in the stead of an earlier one of that label.

        `remark` says what was done with it besides.
        """
        self._forget()
        self._given.pop((whose, label), None)
        while len(self._given) >= _MOST_VALUES:
            del self._given[next(iter(self._given))]
        until_s = self._clock.monotonic() + self._kept_s
        self._given[whose, label] = _Given(value, frozenset(places), until_s, remark, was_sent)

    def value(self, whose: str, label: str) -> str | None:
        """What was given; None where nothing was, or too long ago."""
        self._forget()
        found = self._given.get((whose, label))
        return found.value if found else None

    def remark(self, whose: str, label: str) -> str:
        """What was done with a value besides; empty where nothing was."""
        self._forget()
        found = self._given.get((whose, label))
        return found.remark if found else ""

    def is_for(
        self, whose: str, label: str, places: Iterable[str], *, unsent: bool = False
    ) -> bool:
        """Whether a value was given for all of these places, and in `unsent` went nowhere yet."""
        self._forget()
        found = self._given.get((whose, label))
        if found is None or (unsent and found.was_sent):
            return False
        return found.places >= frozenset(places)

    def note_sent(self, whose: str, label: str) -> None:
        """Note that a value goes out; for a login that replaces one, the person is asked anew."""
        found = self._given.get((whose, label))
        if found is not None:
            self._given[whose, label] = replace(found, was_sent=True)

    def forget(self, whose: str, label: str) -> None:
        """Know nothing of a value any more."""
        self._given.pop((whose, label), None)

    def recall(self, label: str, places: Iterable[str]) -> bool:
        """Take from the keyring what its owner had kept for these places; whether it is there.

        It may take a while: a keyring can ask for a password first.
        """
        kept = places_kept_for(label)
        if not kept >= frozenset(places):
            return False
        try:
            value = secret_in_keyring(label)
        except SecretUnavailable:
            return False
        if not value:
            return False
        told = (
            f"The secret of ${{ask:{label}}} comes from the keyring, where the person had it kept "
            "for this host. For another value, use another label."
        )
        self.keep(LOCAL, label, value, kept, told)
        self.note_sent(LOCAL, label)
        return True

    def _forget(self) -> None:
        now_s = self._clock.monotonic()
        for key in [key for key, one in self._given.items() if one.until_s <= now_s]:
            del self._given[key]
