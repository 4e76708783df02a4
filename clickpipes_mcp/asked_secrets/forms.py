"""Forms that wait for a person to give secrets. A form is open for ten minutes and answered once.

A form knows what is wanted and where it goes, and no value: what is given goes into the vault.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from secrets import token_urlsafe
from typing import Final

import anyio
import anyio.to_thread

from clickpipes_mcp.asked_secrets.vault import LOCAL, Vault
from clickpipes_mcp.clock import Clock
from clickpipes_mcp.secret_keyring import is_there, keep_in_keyring
from clickpipes_mcp.secret_refs import ASK, Secret

OPEN_S: Final = 600
_MOST_FORMS: Final = 200
"""Known at once; beyond that the oldest are closed."""


class FormStanding(Enum):
    """How it stands with a form."""

    OPEN = "open"
    GIVEN = "given"
    DECLINED = "declined"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class WantedSecret:
    """One secret of a form.

    `kinds` are the types of the fields it is for, `fields` how the caller writes these, and `what`
    describes them. `hosts` are shown; `places` are what the value is bound to. One that `replaces`
    another is never what was given, or kept, before.
    """

    label: str
    kinds: tuple[type[Secret], ...]
    fields: tuple[str, ...]
    what: str
    hosts: tuple[str, ...]
    places: tuple[str, ...]
    replaces: bool = False

    @property
    def reference(self) -> str:
        """As the caller wrote it."""
        return f"${{{ASK}{self.label}}}"

    @property
    def has_lines(self) -> bool:
        """Whether it may have several lines, as keys and certificates do."""
        return all(kind.has_lines for kind in self.kinds)

    def flaw_in(self, value: str) -> str:
        """Why a value cannot be meant, without repeating it; empty where nothing speaks against."""
        return next((flaw for kind in self.kinds if (flaw := kind.flaw_on_form(value))), "")


@dataclass(frozen=True)
class SecretForm:
    """All secrets that one call wants. `expires_at` is in seconds since the epoch."""

    id: str
    binding: str
    whose: str
    purpose: str
    documentation: str
    hints: tuple[str, ...]
    secrets: tuple[WantedSecret, ...]
    expires_at: int


class _Waiting:
    def __init__(self, form: SecretForm) -> None:
        self.form = form
        self.standing = FormStanding.OPEN
        self.answered = anyio.Event()


class SecretForms:
    """The forms of this process, and the vault that takes what is given."""

    are_shared = False
    """Whether other replicas know them."""

    def __init__(self, clock: Clock, vault: Vault | None = None) -> None:
        self._clock = clock
        self._waiting: dict[str, _Waiting] = {}
        self.vault = vault or Vault(clock)

    @property
    def is_any_open(self) -> bool:
        """Whether anybody may still answer one."""
        self._expire()
        return any(one.standing is FormStanding.OPEN for one in self._waiting.values())

    async def known(self, binding: str) -> SecretForm | None:
        """The form of exactly this call, until its answer is used."""
        self._expire()
        return next(
            (
                one.form
                for one in self._waiting.values()
                if one.form.binding == binding and one.standing is not FormStanding.EXPIRED
            ),
            None,
        )

    async def ask(
        self,
        binding: str,
        whose: str,
        purpose: str,
        documentation: str,
        hints: tuple[str, ...],
        secrets: tuple[WantedSecret, ...],
    ) -> SecretForm:
        """Make a form; it is found under its id, which nobody can guess."""
        self._expire()
        while len(self._waiting) >= _MOST_FORMS:
            self._close(next(iter(self._waiting.values())), FormStanding.EXPIRED)
        expires_at = int(self._clock.now().timestamp()) + OPEN_S
        form = SecretForm(
            token_urlsafe(18), binding, whose, purpose, documentation, hints, secrets, expires_at
        )
        self._waiting[form.id] = _Waiting(form)
        await self._enter(form)
        return form

    async def _enter(self, form: SecretForm) -> None:
        """Have others know of a new form."""

    async def find(self, form_id: str) -> tuple[SecretForm | None, FormStanding]:
        """The form behind a link, and how it stands with it."""
        return self._found(form_id)

    def _found(self, form_id: str) -> tuple[SecretForm | None, FormStanding]:
        self._expire()
        found = self._waiting.get(form_id)
        return (found.form, found.standing) if found else (None, FormStanding.UNKNOWN)

    async def recall(self, whose: str, secrets: Iterable[WantedSecret]) -> None:
        """Look for what was kept in the keyring, before anybody is asked for it."""
        may_be_kept = [one for one in secrets if whose == LOCAL and not one.replaces]
        for one in may_be_kept:
            await anyio.to_thread.run_sync(self.vault.recall, one.label, one.places)

    async def can_keep(self, form: SecretForm) -> bool:
        """Whether a keyring is there for what a form asks: for whoever runs the server only."""
        return form.whose == LOCAL and await anyio.to_thread.run_sync(is_there)

    async def give(
        self, form: SecretForm, values: Mapping[str, str], kept: Collection[str] = ()
    ) -> tuple[str, ...] | None:
        """Take what was given and checked, by label; `kept` are those for the keyring too.

        What was done with these, in sentences; None where the form was over.
        """
        claimed = self._claim(form, FormStanding.GIVEN)
        if claimed is None:
            return None
        told = []
        for wanted in form.secrets:
            label, remark = wanted.label, ""
            if label in kept and await self.can_keep(form):
                remark = await self._keep(wanted, values[label])
                told.append(remark)
            self.vault.keep(form.whose, label, values[label], wanted.places, remark)
        claimed.answered.set()
        return tuple(told)

    async def _keep(self, wanted: WantedSecret, value: str) -> str:
        label = wanted.label
        problem = await anyio.to_thread.run_sync(keep_in_keyring, label, value, wanted.places)
        if problem:
            return f"The keyring does not keep {label}: {problem}."
        return (
            f"The keyring keeps {label}: ${{keyring:{label}}} finds it, and ${{ask:{label}}} for "
            "the same hosts."
        )

    async def decline(self, form: SecretForm) -> bool:
        """Note that the person gives nothing; False where the form was over."""
        claimed = self._claim(form, FormStanding.DECLINED)
        if claimed is not None:
            claimed.answered.set()
        return claimed is not None

    def answered(self, form: SecretForm) -> anyio.Event:
        """What is set as soon as somebody answers, or nobody can any more."""
        found = self._waiting.get(form.id)
        if found is not None:
            return found.answered
        over = anyio.Event()
        over.set()
        return over

    async def look(self, form: SecretForm) -> None:
        """See whether a form was answered elsewhere."""

    async def refresh(self, whose: str, labels: Iterable[str]) -> None:
        """Learn what was given or sent elsewhere of what is about to be sent.

        Raises:
            SecretUnavailable: That cannot be learned.
        """

    async def note_sent(self, whose: str, label: str) -> None:
        """Note that a value goes out.

        Raises:
            SecretUnavailable: It cannot be noted, and so must not be sent.
        """
        self.vault.note_sent(whose, label)

    async def use(self, form: SecretForm) -> FormStanding:
        """How it stands with a form; one that was answered is none of any call from now on."""
        _, standing = self._found(form.id)
        if standing is not FormStanding.OPEN:
            self._waiting.pop(form.id, None)
        return standing

    async def close(self, form: SecretForm) -> None:
        """Forget a form that nobody can be shown."""
        self._waiting.pop(form.id, None)

    def _claim(self, form: SecretForm, standing: FormStanding) -> _Waiting | None:
        """Answer a form that is open, so that nobody else does; who waits is told later."""
        _, before = self._found(form.id)
        if before is not FormStanding.OPEN:
            return None
        found = self._waiting[form.id]
        found.standing = standing
        return found

    def _take_in(self, form: SecretForm, standing: FormStanding) -> None:
        """Know of a form that stands elsewhere, and how it stands with it there."""
        own = self._waiting.setdefault(form.id, _Waiting(form))
        if standing is not FormStanding.OPEN:
            own.standing = standing
            own.answered.set()

    def _close(self, one: _Waiting, standing: FormStanding) -> None:
        one.standing = standing
        one.answered.set()
        self._waiting.pop(one.form.id, None)

    def _expire(self) -> None:
        now = self._clock.now().timestamp()
        for one in list(self._waiting.values()):
            if one.form.expires_at + OPEN_S <= now:
                self._close(one, FormStanding.EXPIRED)
            elif one.form.expires_at <= now and one.standing is FormStanding.OPEN:
                one.standing = FormStanding.EXPIRED
                one.answered.set()
