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
from functools import cached_property
from secrets import token_bytes

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.consent.impact import Impact
from clickpipes_mcp.consent.ledger import Ledger, LedgerUnusable
from clickpipes_mcp.errors import ClickPipesError, ConsentRequired, ConsentStale
from clickpipes_mcp.quotation import quote
from clickpipes_mcp.secret_refs import SendableBody, digest_of
from clickpipes_mcp.store_refusals import refuse_without_store

LIFETIME_S = 600
_BINDING_DIGITS = 32
_CODE_LETTERS = 12
"""60 bits: nobody guesses one in ten minutes, and a person can read it out."""


class ConfirmationTokens:
    """Mints and redeems tokens, and remembers what was agreed to and done.

    Processes with one ledger redeem each other's tokens, and each token or answer counts once among
    them all. Where it cannot be used, and without one, a token ends with its process. Replicas that
    share no ledger but a key redeem each other's tokens too, and each remembers only what it did
    itself: there, a token or an answer counts once within ten minutes. In another replica, it is
    stale because the thing has changed.
    """

    def __init__(
        self, clock: Clock, shared_key: str | None = None, ledger: Ledger | None = None
    ) -> None:
        self._clock = clock
        self._own_key = token_bytes(32) if shared_key is None else shared_key.encode()
        self._is_shared = shared_key is not None and ledger is None
        self._kept_in = ledger
        self._spent: dict[str, float] = {}
        self._done: Counter[str] = Counter()

    @cached_property
    def _ledger(self) -> Ledger | None:
        """The ledger, where it can be used: that is decided once, with the key."""
        return self._kept_in if self._kept_in is not None and self._key_kept else None

    @cached_property
    def _key_kept(self) -> bytes | None:
        try:
            return None if self._kept_in is None else self._kept_in.key()
        except LedgerUnusable:
            return None

    @property
    def _key(self) -> bytes:
        return self._key_kept or self._own_key

    async def occasion(self, impact: Impact) -> int:
        """How often this was agreed to and done before; 0 where no process knows of all times.

        Raises:
            ConsentRequired: What was agreed to before cannot be read.
        """
        if self._is_shared:
            return 0
        subject = _subject(impact)
        if self._ledger is None:
            return self._done[subject]
        try:
            return await self._ledger.occasion(subject)
        except LedgerUnusable as error:
            raise _refuse_without_ledger(error) from error

    async def note_done(self, impact: Impact) -> None:
        """Remember that what was agreed to is about to be done: the answer counts only once.

        Raises:
            ConsentStale: The same answer was used a moment ago.
            ConsentRequired: It cannot be written down.
        """
        if await self.occasion(impact) != impact.occasion or not await self._note_done(impact):
            raise _refuse_second_use(impact)
        if self._is_shared:
            await self._spend(impact.reference, _refuse_second_use(impact))

    async def _note_done(self, impact: Impact) -> bool:
        subject = _subject(impact)
        self._done[subject] += 1
        try:
            if self._ledger is None:
                return True
            return await self._ledger.note_done(subject, impact.occasion)
        except LedgerUnusable as error:
            raise _refuse_without_ledger(error) from error

    def note_failed(self, impact: Impact) -> None:
        """Remember that nothing was done: the person may agree again at once."""
        self._spent.pop(impact.reference, None)

    def mint(self, impact: Impact, principal: str, said: SendableBody) -> str:
        """A token with which this caller confirms exactly this impact, in exactly this call."""
        expiry = int(self._clock.now().timestamp()) + LIFETIME_S
        return self._seal(impact, principal, said, expiry)

    async def redeem(self, token: str, impact: Impact, principal: str, said: SendableBody) -> None:
        """Use a token up.

        Raises:
            ConsentStale: It is not for this, has expired, or was used before.
        """
        stamp, _, _ = token.partition("-")
        expiry = int(stamp, 16) if _is_stamp(stamp) else 0
        sealed = self._seal(impact, principal, said, expiry)
        if expiry <= self._clock.now().timestamp() or not _are_equal(token, sealed):
            raise self._refuse_token()
        await self._spend(token, self._refuse_token())

    def binding(self, impact: Impact, principal: str, said: SendableBody) -> str:
        """A digest of what is agreed to, by whom and in which call; it changes with any of them."""
        bound = (*impact.basis, str(impact.occasion), principal, self._of(said))
        return self._digest(bound)[:_BINDING_DIGITS]

    def code(self, binding: str, expires_at: int) -> str:
        """A short code that confirms exactly this, for a person to hand to the assistant."""
        digest = self._digest(("code", binding, str(expires_at // 60)))
        letters = b32encode(bytes.fromhex(digest))[:_CODE_LETTERS].decode()
        return "-".join(letters[at : at + 4] for at in range(0, _CODE_LETTERS, 4))

    async def redeem_code(self, code: str, binding: str) -> None:
        """Use up a code that this process or another one with the same key handed out.

        Raises:
            ConsentStale: It is not for this, has expired, or was used before.
        """
        now = int(self._clock.now().timestamp())
        given = code.strip().upper()
        minutes = range(1, LIFETIME_S // 60 + 1)
        valid = [self.code(binding, now + 60 * minute) for minute in minutes]
        if not [one for one in valid if _are_equal(given, one)]:
            raise self._refuse_token()
        await self._spend(given, self._refuse_token())

    def _of(self, said: SendableBody) -> str:
        return digest_of(said, self._key)

    def _digest(self, parts: Sequence[str]) -> str:
        octets = "\0".join(parts).encode("utf-8", "surrogatepass")
        return hmac.new(self._key, octets, hashlib.sha256).hexdigest()

    async def _spend(self, once: str, otherwise: ConsentStale) -> None:
        if self._ledger is not None:
            try:
                is_first = await self._ledger.use(once)
            except LedgerUnusable as error:
                raise _refuse_without_ledger(error) from error
            if not is_first:
                raise otherwise
        now = self._clock.now().timestamp()
        self._spent = {used: until for used, until in self._spent.items() if until > now}
        if once in self._spent:
            raise otherwise
        self._spent[once] = now + LIFETIME_S

    def _seal(self, impact: Impact, principal: str, said: SendableBody, expiry: int) -> str:
        bound = (*impact.basis, str(impact.occasion), principal, self._of(said), str(expiry))
        return f"{expiry:x}-{self._digest(bound)[:32]}"

    def _refuse_token(self) -> ConsentStale:
        is_forgotten = self._kept_in is not None and self._ledger is None
        return ConsentStale(
            "This confirmation is not valid here. It was for another operation, something has "
            f"changed since, it has expired, or it was already used. {WHERE_USED}",
            fix="Look first whether it is done. If not, call again without confirmation_token, and "
            "show the person the answer. If they agree, use the new token."
            f"{f' {_FORGOTTEN}' if is_forgotten else ''}",
        )


WHERE_USED = (
    "This call changed nothing. Where it was used, by an earlier call or another, the operation "
    "was done, or may have been done."
)
"""Of an answer that may be used up: who repeats a call may have lost the first one's result."""

_FORGOTTEN = (
    "A confirmation ends with the process that gave it: this server has no state directory that it "
    "alone can read and write, so it has to run from the question to the answer."
)


def _subject(impact: Impact) -> str:
    return "\0".join(impact.subject)


def _refuse_without_ledger(error: LedgerUnusable) -> ClickPipesError:
    if error.store is not None and error.store.is_passing:
        return refuse_without_store(
            error.store,
            "Whether this was confirmed before cannot be looked up now. Nothing was changed.",
        )
    return ConsentRequired(
        "Whether this was confirmed before cannot be known, because what is confirmed cannot be "
        f"written down: {error.strerror}. Nothing was changed.",
        fix=f"Tell the person who runs this server: {error.mend}.",
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
