"""Questions that any replica shows, and whose answer any replica sees."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Final

import anyio
from pydantic import TypeAdapter
from typing_extensions import override

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.consent.impact import Impact
from clickpipes_mcp.consent.pending import PendingQuestion, PendingQuestions, Reporter, Standing
from clickpipes_mcp.errors import PersonError
from clickpipes_mcp.store import StoredPage, StoredPages, StoreUnavailable
from clickpipes_mcp.store_refusals import refuse_without_store

_NO_ANSWER: Final = (Standing.OPEN, Standing.CHANGED, Standing.EXPIRED)


class SharedQuestions(PendingQuestions):
    """The questions of all replicas. What reads or enters one raises StoreUnavailable.

    When a question is over stands in what is sealed of it: the store's word does not prolong it.
    """

    are_shared = True

    def __init__(self, clock: Clock, pages: StoredPages) -> None:
        super().__init__(clock)
        self._pages = pages

    @override
    async def known(self, binding: str) -> PendingQuestion | None:
        page = await self._pages.of_call(binding)
        question, standing = self._taken_in(page) if page else (None, Standing.UNKNOWN)
        if question is not None and question.binding == binding:
            return None if standing is Standing.EXPIRED else question
        if await super().known(binding) is not None:  # another replica has used its answer
            self._close(self._open[binding], Standing.CHANGED)
        return None

    @override
    async def ask(self, impact: Impact, binding: str, asked_by: str) -> PendingQuestion:
        question = await super().ask(impact, binding, asked_by)
        await self._pages.enter(
            question.id,
            binding,
            _form().dump_json(question).decode(),
            question.expires_at,
            subject=question.subject,
            past=Standing.CHANGED.value,
        )
        return question

    @override
    async def find(self, question_id: str) -> tuple[PendingQuestion | None, Standing]:
        page = await self._pages.find(question_id)
        return self._taken_in(page) if page else await super().find(question_id)

    @override
    async def look(self, question: PendingQuestion) -> None:
        # A query that is broken off costs a connection.
        with suppress(StoreUnavailable), anyio.CancelScope(shield=True):
            await self.find(question.id)

    @override
    async def reaches_all(self, question: PendingQuestion) -> bool:
        return await self._pages.find(question.id) is not None

    @override
    async def answer(self, question: PendingQuestion, standing: Standing) -> bool:
        if not await self.reaches_all(question):  # a replica without the store asked it
            return await super().answer(question, standing)
        if question.expires_at <= self._clock.now().timestamp():
            return False
        if not await self._pages.answer(question.id, standing.value):
            return False
        self._take_in(question, standing)
        return True

    @override
    async def wait(
        self, question: PendingQuestion, patience_s: float, report: Reporter
    ) -> Standing:
        standing = await super().wait(question, patience_s, report)
        if standing in _NO_ANSWER or await self._pages.use(question.id):
            return standing
        return Standing.CHANGED

    def _taken_in(self, page: StoredPage) -> tuple[PendingQuestion, Standing]:
        question, standing = _form().validate_json(page.content), Standing(page.standing)
        if question.expires_at <= self._clock.now().timestamp():
            self._forget()
            return question, Standing.EXPIRED
        self._take_in(question, standing)
        return question, standing


@contextmanager
def store_needed(refusal: type[PersonError]) -> Iterator[None]:
    """Refuse what persons cannot be asked about, as no replica would learn of their answers.

    Raises:
        NobodyYet: The store does not answer at this moment.
        PersonError: Of the type of `refusal`: it does not hold what it should.
    """
    try:
        yield
    except StoreUnavailable as error:
        raise refuse_without_store(
            error,
            "A person has to be asked, and what persons are asked and answer stands in the store "
            "of all replicas. Nothing was changed.",
            refusal,
        ) from error


@cache
def _form() -> TypeAdapter[PendingQuestion]:
    return TypeAdapter(PendingQuestion)
