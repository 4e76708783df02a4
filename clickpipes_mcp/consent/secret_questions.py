"""Asking a person for secrets, on a page only: what is typed into a client the assistant may see.

The link goes out with one call; the next one waits until the secrets were given.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import anyio
from mcp.server.mcpserver import Context

from clickpipes_mcp.asked_secrets import FormStanding, SecretForm, WantedSecret
from clickpipes_mcp.consent.capability import can_open_links, may_hang
from clickpipes_mcp.consent.desk import Desk
from clickpipes_mcp.consent.page_questions import answer_to_link, check_opening, open_link
from clickpipes_mcp.consent.pending import Reporter, wait_for
from clickpipes_mcp.counting import counted
from clickpipes_mcp.errors import ConsentDenied, SecretAwaited

SECRETS_KEY = "clickpipes_mcp.secrets"
"""Under which a client of the newer protocol answers that the person opens the form."""

_UNASKED = (
    "Tell the person to provide it as ${file:name} or ${env:CLICKPIPES_SECRET_NAME}, and pass that "
    "reference instead."
)


@dataclass(frozen=True)
class SecretsWanted:
    """What a call still wants of a person; `binding` changes with everything the call says."""

    binding: str
    purpose: str
    secrets: tuple[WantedSecret, ...]
    documentation: str = ""
    hints: tuple[str, ...] = ()

    def tell(self) -> str:
        """What is wanted and where it goes, in a sentence for each."""
        return " ".join(
            f"{one.reference} for {', '.join(one.fields)} goes to {', '.join(one.hosts)}."
            for one in self.secrets
        )


class SecretCall(Protocol):
    """A call, as far as asking for its secrets needs to know it."""

    @property
    def principal(self) -> str: ...

    @property
    def desk(self) -> Desk: ...

    @property
    def report(self) -> Reporter: ...

    @property
    def secrets_wanted(self) -> Callable[[], SecretsWanted | None]: ...


async def ask_for_secrets(context: Context[Any, Any], call: SecretCall) -> bool:
    """See to it that everything a call wants of a person was given; whether that took a wait.

    Raises:
        SecretAwaited: Nobody has given it yet, or no page can be shown.
        ConsentDenied: The person gives nothing.
        LinkRequired: The client is asked to open the page.
    """
    desk, wanted = call.desk, call.secrets_wanted()
    if wanted is not None:
        await desk.forms.recall(call.principal, wanted.secrets)
        wanted = call.secrets_wanted()
    if wanted is None:
        return False
    answer = answer_to_link(context, SECRETS_KEY)
    check_opening(answer)
    until = anyio.current_time() + desk.patience_s
    form = await _waiting_form(desk, wanted)
    if form is None:
        form = await desk.forms.ask(
            wanted.binding,
            call.principal,
            wanted.purpose,
            wanted.documentation,
            wanted.hints,
            wanted.secrets,
        )
        link = await _link(desk, form)
        if may_hang(context) or not can_open_links(context):
            is_open = desk.host is not None and desk.host.open_page(link)
            raise _pending(desk, form, wanted, link, is_open=is_open)
        if answer is None:
            message = f"{wanted.purpose} Give the secrets on this page."
            await open_link(context, SECRETS_KEY, form.id, message, link, desk.patience_s)
    left_s = max(0.0, until - anyio.current_time())
    look = partial(desk.forms.look, form)
    await wait_for(desk.forms.answered(form), left_s, call.report, look)
    await _settle(desk, form, call)
    return True


async def _waiting_form(desk: Desk, wanted: SecretsWanted) -> SecretForm | None:
    """The form of this call, unless what it brought has been used already."""
    form = await desk.forms.known(wanted.binding)
    if form is not None and (await desk.forms.find(form.id))[1] is FormStanding.GIVEN:
        await desk.forms.close(form)
        return None
    return form


async def _settle(desk: Desk, form: SecretForm, call: SecretCall) -> None:
    standing = await desk.forms.use(form)
    if standing is FormStanding.DECLINED:
        raise ConsentDenied(
            "The person gave no secrets. Nothing was sent.",
            fix="Do not repeat the call unless the person asks for it.",
        )
    wanted = call.secrets_wanted()
    if wanted is None:
        return
    if standing is FormStanding.OPEN:
        raise _pending(desk, form, wanted, await _link(desk, form), is_open=False)
    raise SecretAwaited(
        "The form for the secrets is over. Nothing was sent.",
        fix="Repeat the call: the person gets a new link.",
    )


async def _link(desk: Desk, form: SecretForm) -> str:
    link = await desk.form_link(form)
    if link is None:
        await desk.forms.close(form)
        raise SecretAwaited(
            "A person has to give the secrets on a private page, and this server cannot show one. "
            "Nothing was sent.",
            fix=_UNASKED,
        )
    return link


def _pending(
    desk: Desk, form: SecretForm, wanted: SecretsWanted, link: str, *, is_open: bool
) -> SecretAwaited:
    left = desk.minutes_left(form)
    more = counted(left, "minute") if left else "less than a minute"
    opened = "It was opened in the browser. " if is_open else ""
    elsewhere = (
        "Only the replica that made the link can show the form and use what is given there. "
        if desk.hands_out_codes
        else ""
    )
    return SecretAwaited(
        f"The person has to give secrets on a private page. Nothing was sent. {wanted.tell()}",
        fix=f"Show the person this link, and let them fill in the form there:\n{link}\n{opened}"
        f"Then repeat the same call unchanged: it waits up to {desk.patience_s:.0f} s. {elsewhere}"
        f"The link works for {more}. Do not open it yourself, and do not ask for "
        "the secrets in the chat.",
    )
