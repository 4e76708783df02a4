"""Where questions go that the client cannot put to a person: onto a page, behind a link."""

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from clickpipes_mcp.asked_secrets import SecretForm, SecretForms, SharedForms
from clickpipes_mcp.clock import Clock
from clickpipes_mcp.consent.passkey import Passkey, is_available
from clickpipes_mcp.consent.pending import PendingQuestion, PendingQuestions, Standing
from clickpipes_mcp.consent.pin import Pin
from clickpipes_mcp.consent.sealing import QuestionSeal
from clickpipes_mcp.consent.shared_questions import SharedQuestions
from clickpipes_mcp.consent.tokens import ConfirmationTokens
from clickpipes_mcp.store import StoredPages

PATIENCE_S = 40.0
"""How long a repeated call waits for the answer: below the 60 s at which hosts give up."""

Approval: TypeAlias = Literal["page", "pin", "passkey"]


_RUN = "Tell the person to run this in a terminal: clickpipes-mcp approve {}"
_OPEN = "Tell the person to make one at {}; the operator of this server then lists it there."


class PageHost(Protocol):
    """What serves the pages."""

    async def address(self) -> str | None:
        """The address below which they stand, begun to be served by now; None where none can."""

    def show(self, question: PendingQuestion, link: str) -> bool:
        """Put a new question before the person's eyes; whether a browser was opened for it."""

    def open_page(self, link: str) -> bool:
        """Open a page in the person's browser, where that is wanted; whether one was opened."""


@dataclass(frozen=True)
class Approved:
    """What a person is told who agreed: `code` is for the assistant, where one is needed."""

    code: str = ""


class Desk:
    """Takes questions in, hands links out, and knows what an answer has to hold.

    Processes that share a key open each other's links. There the answer is a code that the person
    hands to the assistant, because the call that waits may be at another process.
    """

    def __init__(
        self,
        clock: Clock,
        tokens: ConfirmationTokens,
        pin: Pin | None = None,
        *,
        passkey: Passkey | None = None,
        approval: Approval = "page",
        shared_key: str | None = None,
        patience_s: float = PATIENCE_S,
        pages: StoredPages | None = None,
    ) -> None:
        """With `pages` all replicas know of each other's questions and forms."""
        self._clock = clock
        self.questions = SharedQuestions(clock, pages) if pages else PendingQuestions(clock)
        self.forms = SharedForms(clock, pages) if pages else SecretForms(clock)
        self.tokens = tokens
        self.pin = pin or Pin(None, clock)
        self.passkey = passkey or Passkey(None)
        self.approval = approval
        self.patience_s = patience_s
        self.host: PageHost | None = None
        self._seal = None if shared_key is None else QuestionSeal(shared_key)

    @property
    def hands_out_codes(self) -> bool:
        """Whether a yes may have to reach another process than the one the page stood at."""
        return self._seal is not None and not self.questions.are_shared

    @property
    def takes_pin(self) -> bool:
        return self.approval == "pin"

    @property
    def takes_passkey(self) -> bool:
        return self.approval == "passkey"

    def missing_proof(self) -> tuple[str, str] | None:
        """What the person has to bring and cannot, and what to do about it."""
        if self.takes_pin and not self.pin.is_set:
            return "with a PIN, and none is set", _RUN.format("--set-pin")
        if self.takes_passkey and not is_available():
            return "with a passkey, and the extra is missing", "Install clickpipes-mcp[passkey]."
        if self.takes_passkey and not self.passkey.is_enrolled:
            place = self.passkey.enrolment
            mend = _OPEN.format(place) if place else _RUN.format("--enrol-passkey")
            return "with a passkey, and none is enrolled", mend
        return None

    async def link(self, question: PendingQuestion) -> str | None:
        """The address of a question's page; None where no page can be shown."""
        base = None if self.host is None else await self.host.address()
        if base is None:
            return None
        token = question.id if self._seal is None else self._seal.seal(question)
        return f"{base}/approve/{token}"

    @property
    def is_any_open(self) -> bool:
        """Whether anybody may still answer something on a page."""
        return self.questions.is_any_open or self.forms.is_any_open

    async def form_link(self, form: SecretForm) -> str | None:
        """The address of a form for secrets; None where no page can be shown."""
        base = None if self.host is None else await self.host.address()
        return None if base is None else f"{base}/secrets/{form.id}"

    async def open(self, token: str) -> tuple[PendingQuestion | None, Standing]:
        """The question behind a link, where it is known, and how it stands with it."""
        if self._seal is None:
            return await self.questions.find(token)
        question = self._seal.open(token)
        if question is None:
            return None, Standing.UNKNOWN
        _, standing = await self.questions.find(question.id)
        if standing is Standing.UNKNOWN:  # it was asked by another process
            is_over = question.expires_at <= self._clock.now().timestamp()
            standing = Standing.EXPIRED if is_over else Standing.OPEN
        return question, standing

    async def agree(
        self, question: PendingQuestion, *, in_terminal: bool = False
    ) -> Approved | None:
        """Note a yes that was checked; None where the question was over."""
        standing = Standing.AGREED_IN_TERMINAL if in_terminal else Standing.AGREED
        needs_code = self._seal is not None and not await self.questions.reaches_all(question)
        if not await self.questions.answer(question, standing):
            return None
        if not needs_code:
            return Approved()
        return Approved(self.tokens.code(question.binding, question.expires_at))

    def minutes_left(self, question: PendingQuestion | SecretForm) -> int:
        """For how many whole minutes a question or a form stays open."""
        return max(0, question.expires_at - int(self._clock.now().timestamp())) // 60

    async def decline(self, question: PendingQuestion, *, in_terminal: bool = False) -> bool:
        """Note a no; False where the question was over."""
        standing = Standing.DECLINED_IN_TERMINAL if in_terminal else Standing.DECLINED
        return await self.questions.answer(question, standing)
