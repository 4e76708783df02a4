"""Two-step confirmation in the chat: a token bound to one operation on one thing as it is.

Weaker than asking the person: the assistant relays the yes. Only offered where the operator
chose it.
"""

import hashlib
import hmac
import secrets
from collections import Counter

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.consent.impact import Impact
from clickpipes_mcp.errors import ConsentStale

LIFETIME_S = 600


class ConfirmationTokens:
    """Mints and redeems tokens; each works once, within ten minutes, in this process."""

    def __init__(self, clock: Clock, principal: str = "local") -> None:
        self._clock = clock
        self._principal = principal
        self._key = secrets.token_bytes(32)
        self._spent: dict[str, int] = {}
        self._done: Counter[tuple[str, str, str]] = Counter()

    def occasion(self, impact: Impact) -> int:
        """How often this has been agreed to and done to this subject before."""
        return self._done[impact.subject]

    def note_done(self, impact: Impact) -> None:
        """What was agreed to is about to be done: the same answer is no yes to the next time."""
        self._done[impact.subject] += 1

    def mint(self, impact: Impact) -> str:
        """A token that confirms exactly this impact."""
        expiry = int(self._clock.now().timestamp()) + LIFETIME_S
        return self._sealed(impact, expiry)

    def redeem(self, token: str, impact: Impact) -> None:
        """Use a token up.

        Raises:
            ConsentStale: It is not for this, has expired, or was used before.
        """
        now = int(self._clock.now().timestamp())
        self._spent = {used: expiry for used, expiry in self._spent.items() if expiry > now}
        stamp, _, _ = token.partition("-")
        expiry = int(stamp, 16) if _is_stamp(stamp) else 0
        valid = hmac.compare_digest(token.encode(), self._sealed(impact, expiry).encode())
        if not valid or expiry <= now or token in self._spent:
            raise ConsentStale(
                "That confirmation is not for this operation as things are now, has "
                "expired, or was used before. Nothing was changed.",
                fix="Call again without confirmation_token, show the person what it answers, "
                "and use the new token if they agree.",
            )
        self._spent[token] = expiry

    def _sealed(self, impact: Impact, expiry: int) -> str:
        bound = "\0".join((*impact.basis, self._principal, str(expiry)))
        mac = hmac.new(self._key, bound.encode(), hashlib.sha256).hexdigest()[:32]
        return f"{expiry:x}-{mac}"


def _is_stamp(text: str) -> bool:
    return 0 < len(text) <= 10 and all(letter in "0123456789abcdef" for letter in text)
