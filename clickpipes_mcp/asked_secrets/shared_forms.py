"""Forms that any replica shows and takes, and what was given for any replica to send."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from typing import Any, Final

import anyio
from typing_extensions import override

from clickpipes_mcp.asked_secrets.forms import FormStanding, SecretForm, SecretForms, WantedSecret
from clickpipes_mcp.asked_secrets.vault import Vault
from clickpipes_mcp.clock import Clock
from clickpipes_mcp.errors import SecretUnavailable
from clickpipes_mcp.secret_refs import Secret
from clickpipes_mcp.store import StoredPage, StoredPages, StoreUnavailable
from clickpipes_mcp.store_refusals import refuse_without_store

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
        form, standing = self._taken_in(page) if page else (None, FormStanding.UNKNOWN)
        is_it = form is not None and form.binding == binding
        return form if is_it and standing is not FormStanding.EXPIRED else None

    @override
    async def _enter(self, form: SecretForm) -> None:
        await self._pages.enter(
            form.id, form.binding, _written(form), form.expires_at, subject="", past=""
        )

    @override
    async def find(self, form_id: str) -> tuple[SecretForm | None, FormStanding]:
        page = await self._pages.find(form_id)
        return self._taken_in(page) if page else await super().find(form_id)

    @override
    async def look(self, form: SecretForm) -> None:
        # A query that is broken off costs a connection.
        with suppress(StoreUnavailable), anyio.CancelScope(shield=True):
            await self.find(form.id)

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
        return () if await self._is_answered(form, FormStanding.GIVEN, given) else None

    @override
    async def decline(self, form: SecretForm) -> bool:
        return await self._is_answered(form, FormStanding.DECLINED, {})

    async def _is_answered(
        self, form: SecretForm, standing: FormStanding, given: Mapping[str, str]
    ) -> bool:
        is_over = form.expires_at <= self._clock.now().timestamp()
        if is_over or not await self._pages.answer(form.id, standing.value, given):
            return False
        self._take_in(form, standing)
        return True

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

    def _taken_in(self, page: StoredPage) -> tuple[SecretForm, FormStanding]:
        form, standing = _read(page.content), FormStanding(page.standing)
        if form.expires_at <= self._clock.now().timestamp() and standing is FormStanding.OPEN:
            standing = FormStanding.EXPIRED
        self._take_in(form, standing)
        return form, standing


@contextmanager
def _needed_to_send() -> Iterator[None]:
    try:
        yield
    except StoreUnavailable as error:
        raise refuse_without_store(
            error,
            "What persons gave stands in the store of all replicas, and it cannot be noted there "
            "that it goes out. Nothing was sent.",
            SecretUnavailable,
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
