"""Lets an answer count once, and lets a person confirm in the chat in two steps.

A token is bound to one operation on one thing as it is, to the caller, and to everything the call
says. That includes the secrets, of which the person sees only a mask. A token is weaker than
asking the person, because the assistant relays the answer. It is offered only where the operator
chose it.
"""

import hashlib
import hmac
from base64 import b32encode
from collections import Counter
from collections.abc import Sequence
from secrets import token_bytes

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.consent.impact import Impact
from clickpipes_mcp.errors import ConsentStale
from clickpipes_mcp.quotation import quote
from clickpipes_mcp.secret_refs import SendableBody, digest_of

LIFETIME_S = 600
_BINDING_DIGITS = 32
_CODE_LETTERS = 12
"""60 bits: nobody guesses one in ten minutes, and a person can read it out."""


class ConfirmationTokens:
    """Mints and redeems tokens, and remembers what was agreed to and done.

    Processes that share a key redeem each other's tokens. Each process remembers only what it did
    itself: there, a token or an answer counts once within ten minutes. In another process, it is
    stale because the thing has changed.
    """

    def __init__(self, clock: Clock, shared_key: str | None = None) -> None:
        self._clock = clock
        self._key = token_bytes(32) if shared_key is None else shared_key.encode()
        self._is_shared = shared_key is not None
        self._spent: dict[str, float] = {}
        self._done: Counter[tuple[str, str, str]] = Counter()

    def occasion(self, impact: Impact) -> int:
        """How often this was agreed to and done before; 0 where no process knows of all times."""
        return 0 if self._is_shared else self._done[impact.subject]

    def note_done(self, impact: Impact) -> None:
        """Remember that what was agreed to is about to be done: the answer counts only once.

        Raises:
            ConsentStale: The same answer was used a moment ago.
        """
        if self.occasion(impact) != impact.occasion:
            raise _refuse_second_use(impact)
        self._done[impact.subject] += 1
        if self._is_shared:
            self._spend(impact.reference, _refuse_second_use(impact))

    def note_failed(self, impact: Impact) -> None:
        """Remember that nothing was done: the person may agree again at once."""
        self._spent.pop(impact.reference, None)

    def mint(self, impact: Impact, principal: str, said: SendableBody) -> str:
        """A token with which this caller confirms exactly this impact, in exactly this call."""
        expiry = int(self._clock.now().timestamp()) + LIFETIME_S
        return self._seal(impact, principal, said, expiry)

    def redeem(self, token: str, impact: Impact, principal: str, said: SendableBody) -> None:
        """Use a token up.

        Raises:
            ConsentStale: It is not for this, has expired, or was used before.
        """
        stamp, _, _ = token.partition("-")
        expiry = int(stamp, 16) if _is_stamp(stamp) else 0
        sealed = self._seal(impact, principal, said, expiry)
        if expiry <= self._clock.now().timestamp() or not _are_equal(token, sealed):
            raise _refuse_token()
        self._spend(token, _refuse_token())

    def binding(self, impact: Impact, principal: str, said: SendableBody) -> str:
        """A digest of what is agreed to, by whom and in which call; it changes with any of them."""
        bound = (*impact.basis, str(impact.occasion), principal, self._of(said))
        return self._digest(bound)[:_BINDING_DIGITS]

    def code(self, binding: str, expires_at: int) -> str:
        """A short code that confirms exactly this, for a person to hand to the assistant."""
        digest = self._digest(("code", binding, str(expires_at // 60)))
        letters = b32encode(bytes.fromhex(digest))[:_CODE_LETTERS].decode()
        return "-".join(letters[at : at + 4] for at in range(0, _CODE_LETTERS, 4))

    def redeem_code(self, code: str, binding: str) -> None:
        """Use up a code that this process or another one with the same key handed out.

        Raises:
            ConsentStale: It is not for this, has expired, or was used before.
        """
        now = int(self._clock.now().timestamp())
        given = code.strip().upper()
        minutes = range(1, LIFETIME_S // 60 + 1)
        valid = [self.code(binding, now + 60 * minute) for minute in minutes]
        if not [one for one in valid if _are_equal(given, one)]:
            raise _refuse_token()
        self._spend(given, _refuse_token())

    def _of(self, said: SendableBody) -> str:
        return digest_of(said, self._key)

    def _digest(self, parts: Sequence[str]) -> str:
        octets = "\0".join(parts).encode("utf-8", "surrogatepass")
        return hmac.new(self._key, octets, hashlib.sha256).hexdigest()

    def _spend(self, once: str, otherwise: ConsentStale) -> None:
        now = self._clock.now().timestamp()
        self._spent = {used: until for used, until in self._spent.items() if until > now}
        if once in self._spent:
            raise otherwise
        self._spent[once] = now + LIFETIME_S

    def _seal(self, impact: Impact, principal: str, said: SendableBody, expiry: int) -> str:
        bound = (*impact.basis, principal, self._of(said), str(expiry))
        return f"{expiry:x}-{self._digest(bound)[:32]}"


def _refuse_token() -> ConsentStale:
    return ConsentStale(
        "This confirmation is not valid here. It was for another operation, something has changed "
        "since, it has expired, or it was already used. Nothing was changed.",
        fix="Call again without confirmation_token, and show the person the answer. If they agree, "
        "use the new token.",
    )


def _refuse_second_use(impact: Impact) -> ConsentStale:
    return ConsentStale(
        f"This confirmation for {quote(impact.subject_name)} was already used. Within the last "
        f"{LIFETIME_S // 60} minutes the operation was done, or may have been done. Nothing was "
        "done again.",
        fix=f"Look at the {impact.noun} first. It may not show the change yet.",
    )


def _are_equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode())


def _is_stamp(text: str) -> bool:
    return 0 < len(text) <= 10 and all(letter in "0123456789abcdef" for letter in text)
