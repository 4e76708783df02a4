"""Questions that wait for a person away from the client: on a page, or in a terminal.

A question stays open for ten minutes and is answered once. It is bound to the operation, the thing
as it is, everything the call says and who called: when one of these changes, that is another
question, and the earlier one about the same thing is closed.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from functools import partial
from secrets import token_urlsafe
from typing import Final, TypeAlias

import anyio

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.consent.impact import Impact, Operation
from clickpipes_mcp.consent.tokens import LIFETIME_S
from clickpipes_mcp.quotation import unmarked

_REPORTED_EVERY_S = 5.0
_LOOKS_EVERY_S = 1.0
_MOST_QUESTIONS = 200
"""Open at once; beyond that the oldest are closed."""

Reporter: TypeAlias = Callable[[float, float | None, str], Awaitable[None]]
Looker: TypeAlias = Callable[[], Awaitable[None]]


class Standing(Enum):
    """How it stands with a question."""

    OPEN = "open"
    AGREED = "agreed"
    AGREED_IN_TERMINAL = "agreed in a terminal"
    DECLINED = "declined"
    DECLINED_IN_TERMINAL = "declined in a terminal"
    CHANGED = "changed"
    """Something changed, so another question took its place."""

    EXPIRED = "expired"
    UNKNOWN = "unknown"


_AGREED: Final = (Standing.AGREED, Standing.AGREED_IN_TERMINAL)


@dataclass(frozen=True)
class PendingQuestion:
    """What a person is shown. `about` and the like are the facts, as an impact tells them.

    `expires_at` is in seconds since the epoch; `asked_by` is whose call it is; `colour` is that of
    the connection, where the operator gave it one.
    """

    id: str
    binding: str
    operation: Operation
    subject: str
    headline: str
    noun: str
    name: str
    about: tuple[str, ...]
    details: tuple[str, ...]
    caution: str
    lost: tuple[str, ...]
    kept: tuple[str, ...]
    undo: str
    asked_by: str
    expires_at: int
    colour: str = ""

    @property
    def takes_name(self) -> bool:
        """Whether the person types the name; otherwise they choose between two outcomes."""
        return self.operation.takes_name

    @classmethod
    def of(cls, impact: Impact, binding: str, asked_by: str, expires_at: int) -> "PendingQuestion":
        """The question about an impact."""
        return cls(
            id=token_urlsafe(16),
            binding=binding,
            operation=impact.operation,
            subject=_subject(impact, asked_by),
            headline=impact.headline,
            noun=impact.noun,
            name=unmarked(impact.subject_name),
            about=impact.outline,
            details=impact.details,
            caution=impact.caution,
            lost=impact.consequences.lost,
            kept=impact.consequences.kept,
            undo=impact.consequences.undo,
            asked_by=asked_by,
            expires_at=expires_at,
            colour=impact.colour,
        )


def _subject(impact: Impact, asked_by: str) -> str:
    return "\n".join((*impact.subject, asked_by))


class _Open:
    def __init__(self, question: PendingQuestion) -> None:
        self.question = question
        self.standing = Standing.OPEN
        self.answered = anyio.Event()


async def wait_for(
    answered: anyio.Event, patience_s: float, report: Reporter, look: Looker
) -> None:
    """Wait until somebody answers or the patience is over, and tell so meanwhile.

    `look` sees whether the answer was given elsewhere.
    """
    with anyio.move_on_after(patience_s):
        waited_s = 0.0
        while not answered.is_set():
            if waited_s % _REPORTED_EVERY_S == 0:
                await report(waited_s, patience_s, "waiting for the person's answer")
            await look()
            with anyio.move_on_after(_LOOKS_EVERY_S):
                await answered.wait()
            waited_s += _LOOKS_EVERY_S


class PendingQuestions:
    """The questions that were asked in this process, and what became of those of late."""

    are_shared = False
    """Whether other replicas know them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: dict[str, _Open] = {}
        self._past: dict[str, tuple[Standing, int]] = {}

    @property
    def is_any_open(self) -> bool:
        """Whether anybody may still answer one."""
        self._forget()
        return any(one.standing is Standing.OPEN for one in self._open.values())

    async def known(self, binding: str) -> PendingQuestion | None:
        """The question of exactly this call, answered or not, until its answer is used."""
        self._forget()
        found = self._open.get(binding)
        return found.question if found else None

    async def ask(self, impact: Impact, binding: str, asked_by: str) -> PendingQuestion:
        """Ask, in the place of any other question about the same operation on the same thing."""
        self._forget()
        expires_at = int(self._clock.now().timestamp()) + LIFETIME_S
        question = PendingQuestion.of(impact, binding, asked_by, expires_at)
        for other in list(self._open.values()):
            if other.question.subject == question.subject:
                self._close(other, Standing.CHANGED)
        while len(self._open) >= _MOST_QUESTIONS:
            self._close(next(iter(self._open.values())), Standing.EXPIRED)
        self._open[binding] = _Open(question)
        return question

    def is_asked(self, impact: Impact, asked_by: str) -> bool:
        """Whether a question about the same operation on the same thing is open."""
        self._forget()
        subject = _subject(impact, asked_by)
        return any(
            one.question.subject == subject and one.standing is Standing.OPEN
            for one in self._open.values()
        )

    async def find(self, question_id: str) -> tuple[PendingQuestion | None, Standing]:
        """A question that is known here, until its answer is used, and how it stands with it."""
        self._forget()
        found = (one.question for one in self._open.values() if one.question.id == question_id)
        return next(found, None), self.standing(question_id)

    def is_open(self, question_id: str) -> bool:
        """Whether a question of this process may still be answered."""
        return self.standing(question_id) is Standing.OPEN

    async def look(self, question: PendingQuestion) -> None:
        """See whether a question was answered elsewhere."""

    async def reaches_all(self, question: PendingQuestion) -> bool:  # noqa: ARG002 # others need it
        """Whether the call that waits for it learns of the answer, wherever that is given."""
        return False

    def standing(self, question_id: str) -> Standing:
        """How it stands with a question, as far as this process knows."""
        self._forget()
        for one in self._open.values():
            if one.question.id == question_id:
                return one.standing
        return self._past.get(question_id, (Standing.UNKNOWN, 0))[0]

    async def answer(self, question: PendingQuestion, standing: Standing) -> bool:
        """Note the answer, as what then stands; False where it was answered or closed before.

        A question that another process asked is noted too, so that it is answered here once.
        """
        self._forget()
        own = self._open.get(question.binding)
        is_own = own is not None and own.question.id == question.id
        is_over = question.expires_at <= self._clock.now().timestamp()
        if is_over or question.id in self._past:
            return False
        if own is not None and own.standing is Standing.OPEN:
            own.standing = standing
            own.answered.set()
        elif is_own:
            return False
        if not is_own:
            self._past[question.id] = (standing, question.expires_at)
        return True

    async def wait(
        self, question: PendingQuestion, patience_s: float, report: Reporter
    ) -> Standing:
        """Wait for the answer and use it up; still open where nobody answered in time."""
        found = self._open.get(question.binding)
        if found is None:
            past = self.standing(question.id)
            return Standing.CHANGED if past in _AGREED else past  # another call has used it
        await wait_for(found.answered, patience_s, report, partial(self.look, question))
        if found.standing is Standing.OPEN:
            return Standing.OPEN
        if self._open.get(question.binding) is not found:
            return Standing.CHANGED  # another call has used the answer
        self._close(found, found.standing)
        return found.standing

    def _take_in(self, question: PendingQuestion, standing: Standing) -> None:
        """Know of a question that stands elsewhere, and how it stands with it there."""
        own = self._open.get(question.binding)
        if own is None or own.question.id != question.id:
            own = self._open[question.binding] = _Open(question)
        if own.standing is Standing.OPEN and standing is not Standing.OPEN:
            own.standing = standing
            own.answered.set()

    def _close(self, one: _Open, standing: Standing) -> None:
        one.standing = standing
        one.answered.set()
        self._open.pop(one.question.binding, None)
        self._past[one.question.id] = (standing, one.question.expires_at + LIFETIME_S)

    def _forget(self) -> None:
        now = self._clock.now().timestamp()
        for one in list(self._open.values()):
            if one.question.expires_at <= now:
                self._close(one, Standing.EXPIRED)
        self._past = {key: past for key, past in self._past.items() if past[1] > now}
