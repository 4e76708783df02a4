"""Forms that any replica shows and takes, and what was given for any replica to send."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from dataclasses import asdict
from typing import Any, Final

from typing_extensions import override

from clickpipes_mcp.asked_secrets.forms import (
    FormStanding,
    SecretForm,
    SecretForms,
    WantedSecret,
    _Waiting,
)
from clickpipes_mcp.asked_secrets.vault import Vault
from clickpipes_mcp.clock import Clock
from clickpipes_mcp.errors import SecretUnavailable
from clickpipes_mcp.secret_refs import Secret
from clickpipes_mcp.store import StoredPage, StoredPages, StoreUnavailable

_COPIED_S: Final = 120.0
"""For as long a replica goes by its copy of what was given: a call asks for more and waits."""


class SharedForms(SecretForms):
    """The forms of all replicas. What reads or enters one raises StoreUnavailable.

    No keyring is asked or filled: each replica would have its own.
    """

    are_shared = True

    def __init__(self, clock: Clock, pages: StoredPages) -> None:
        super().__init__(clock, Vault(clock, _COPIED_S))
        self._pages = pages

    @override
    async def known(self, binding: str) -> SecretForm | None:
        page = await self._pages.of_call(binding)
        form = self._adopted(page)[0] if page else None
        return form if form is not None and form.binding == binding else None

    @override
    async def ask(
        self,
        binding: str,
        whose: str,
        purpose: str,
        documentation: str,
        hints: tuple[str, ...],
        secrets: tuple[WantedSecret, ...],
    ) -> SecretForm:
        form = await super().ask(binding, whose, purpose, documentation, hints, secrets)
        await self._pages.enter(
            form.id, binding, _written(form), form.expires_at, subject="", past=""
        )
        return form

    @override
    async def find(self, form_id: str) -> tuple[SecretForm | None, FormStanding]:
        page = await self._pages.find(form_id)
        return self._adopted(page) if page else await super().find(form_id)

    @override
    async def recall(self, whose: str, secrets: Iterable[WantedSecret]) -> None:
        """Copy what was given elsewhere; where the store is silent, the person is asked anew."""
        with suppress(StoreUnavailable):
            for wanted in secrets:
                kept = await self._pages.secret(_name(whose, wanted.label))
                if kept is not None:
                    self.vault.keep(whose, wanted.label, **json.loads(kept.content))

    @override
    async def can_keep(self, form: SecretForm) -> bool:
        return False

    @override
    async def give(
        self, form: SecretForm, values: Mapping[str, str], kept: Collection[str] = ()
    ) -> tuple[str, ...] | None:
        given = {
            _name(form.whose, one.label): json.dumps(
                {"value": values[one.label], "places": one.places}
            )
            for one in form.secrets
        }
        if not await self._pages.answer(form.id, FormStanding.GIVEN.value, given):
            return None
        self._waiting.setdefault(form.id, _Waiting(form))
        return await super().give(form, values)

    @override
    async def decline(self, form: SecretForm) -> bool:
        if not await self._pages.answer(form.id, FormStanding.DECLINED.value):
            return False
        self._note(form, FormStanding.DECLINED)
        return True

    @override
    def followed(self, form: SecretForm) -> AbstractAsyncContextManager[None]:
        def told(standing: str) -> None:
            self._note(form, FormStanding(standing or FormStanding.EXPIRED))

        return self._pages.followed(form.id, told)

    @override
    async def refresh(self, whose: str, labels: Iterable[str]) -> None:
        with _needed_to_send():
            for label in labels:
                kept = await self._pages.secret(_name(whose, label))
                if kept is None:
                    self.vault.forget(whose, label)
                else:
                    self.vault.keep(whose, label, **json.loads(kept.content))

    @override
    async def note_sent(self, whose: str, label: str) -> None:
        name = _name(whose, label)
        with _needed_to_send():
            kept = await self._pages.secret(name)
            known = {} if kept is None else json.loads(kept.content)
            if kept is None or known.get("value") != self.vault.value(whose, label):
                raise _changed()
            if not known.get("was_sent"):
                sent = json.dumps({**known, "was_sent": True})
                if not await self._pages.put_in_place_of(kept, name, sent):
                    raise _changed()
        await super().note_sent(whose, label)

    @override
    async def use(self, form: SecretForm) -> FormStanding:
        _, standing = await self.find(form.id)
        if standing is not FormStanding.OPEN:
            await self._pages.use(form.id)
            self._waiting.pop(form.id, None)
        if standing is FormStanding.GIVEN:
            await self.recall(form.whose, form.secrets)
        return standing

    @override
    async def close(self, form: SecretForm) -> None:
        await self._pages.discard(form.id)
        await super().close(form)

    def _adopted(self, page: StoredPage) -> tuple[SecretForm, FormStanding]:
        """The form as this replica knows it too, from now on."""
        form, standing = _read(page.content), FormStanding(page.standing)
        self._waiting.setdefault(form.id, _Waiting(form))
        self._note(form, standing)
        return form, standing

    def _note(self, form: SecretForm, standing: FormStanding) -> None:
        found = self._waiting.get(form.id)
        if found is not None and standing is not FormStanding.OPEN:
            found.standing = standing
            found.answered.set()


@contextmanager
def _needed_to_send() -> Iterator[None]:
    try:
        yield
    except StoreUnavailable as error:
        raise SecretUnavailable(
            "What persons gave stands in the store of all replicas, and it cannot be noted there "
            f"that it goes out: {error.strerror}. Nothing was sent.",
            fix="The operator looks with `clickpipes-mcp store check`; then repeat the call "
            "unchanged.",
        ) from error


def _changed() -> SecretUnavailable:
    return SecretUnavailable(
        "What the person gave was given anew or sent by another call at this moment. Nothing was "
        "sent.",
        fix="Repeat the call unchanged.",
    )


def _name(whose: str, label: str) -> str:
    return json.dumps(["given", whose, label])


def _written(form: SecretForm) -> str:
    told: dict[str, Any] = asdict(form)
    for secret in told["secrets"]:
        secret["kinds"] = [kind.__qualname__ for kind in secret["kinds"]]
    return json.dumps(told)


def _read(content: str) -> SecretForm:
    told = json.loads(content)
    kinds = {kind.__qualname__: kind for kind in _kinds(Secret)}
    secrets = tuple(
        WantedSecret(
            label=one["label"],
            # A replica of another version may know others.
            kinds=tuple(kinds.get(kind, Secret) for kind in one["kinds"]),
            fields=tuple(one["fields"]),
            what=one["what"],
            hosts=tuple(one["hosts"]),
            places=tuple(one["places"]),
            replaces=one["replaces"],
        )
        for one in told["secrets"]
    )
    return SecretForm(**{**told, "hints": tuple(told["hints"]), "secrets": secrets})


def _kinds(kind: type[Secret]) -> Iterator[type[Secret]]:
    yield kind
    for one in kind.__subclasses__():
        yield from _kinds(one)
