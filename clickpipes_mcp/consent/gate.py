"""The one place that decides whether a destructive call may go on.

Nobody is asked where the operator switched consent off. Otherwise the ladder decides how: a form
in the client, a page, or the chat where the operator chose it. Without any way the answer is no.
"""

from dataclasses import dataclass, replace
from typing import Any, Protocol

from mcp.server.elicitation import AcceptedElicitation, CancelledElicitation, DeclinedElicitation
from mcp.server.mcpserver import Context

from clickpipes_mcp.consent.capability import asks_between_rounds
from clickpipes_mcp.consent.impact import Impact
from clickpipes_mcp.consent.ladder import Rung, rung_for
from clickpipes_mcp.consent.page_questions import Granted, PageCall, ask_on_page
from clickpipes_mcp.consent.questions import is_yes, pin_in, question
from clickpipes_mcp.consent.secret_questions import SecretCall, ask_for_secrets
from clickpipes_mcp.consent.shared_questions import store_needed
from clickpipes_mcp.errors import ConsentDenied, ConsentRequired, ConsentStale, SecretAwaited
from clickpipes_mcp.quotation import quote
from clickpipes_mcp.settings import ConsentMode


class ConsequentialCall(PageCall, SecretCall, Protocol):
    """A call that may destroy something, as far as consent needs to know it.

    `impact` looks each time, and answers None when this call destroys nothing. `asked_about` is
    what the person was asked about, kept for the check just before acting. `waits_for_person` says
    that time for a person to think passes between that look and the act, `may_pass` that the
    look might come out otherwise at any moment.
    """

    asked_about: Impact | None
    waits_for_person: bool

    @property
    def may_pass(self) -> bool: ...

    @property
    def consent_mode(self) -> ConsentMode: ...

    async def impact(self) -> Impact | None: ...


@dataclass(frozen=True)
class Offer:
    """Nobody agreed yet: the assistant shows the impact and comes back with the token."""

    impact: Impact
    token: str


async def gate(context: Context[Any, Any], call: Any) -> object:  # noqa: ANN401 # filled by the SDK
    """Answer what is needed before `call` may act: a question, an offer or a grant.

    The SDK runs this before the tool's body, and again in every round of questions.

    Raises:
        ConsentRequired: A person must agree and there is no way to ask one.
        SecretAwaited: A person has to give a secret first.
    """
    return await _decide(context, call)


async def _decide(context: Context[Any, Any], call: ConsequentialCall) -> object:
    call.waits_for_person = False
    impact = await call.impact()
    with store_needed(SecretAwaited):
        has_waited = await ask_for_secrets(context, call)
    if has_waited:
        impact = await call.impact()
    if impact is None:
        call.asked_about = None
        return Granted("not needed")
    impact = replace(impact, occasion=await call.confirmations.occasion(impact))
    call.asked_about = impact
    if call.consent_mode == "dangerously-off":
        return Granted("switched off by the operator")
    desk = call.desk
    missing = desk.missing_proof()
    if missing is not None:
        raise ConsentRequired(
            f"{impact.headline} A person has to agree {missing[0]}. Nothing was changed.",
            fix=missing[1],
        )
    rung = rung_for(context, call.consent_mode, desk)
    if rung is Rung.FORM:
        call.waits_for_person = not asks_between_rounds(context)
        return question(impact, takes_pin=desk.takes_pin)
    if rung is Rung.CHAT:
        return await _ask_in_chat(call, impact)
    call.waits_for_person = True
    with store_needed(ConsentRequired):
        return await ask_on_page(context, call, impact, client_opens_links=rung is Rung.LINK)


async def _ask_in_chat(call: ConsequentialCall, impact: Impact) -> Offer | Granted:
    if call.confirmation_token is None:
        return Offer(impact, call.confirmations.mint(impact, call.principal, call.said))
    await call.confirmations.redeem(call.confirmation_token, impact, call.principal, call.said)
    return Granted("confirmed in the chat")


async def settle(outcome: object, call: ConsequentialCall) -> Granted | Offer:
    """What the person's answer amounts to. A PIN is looked at last: a wrong one counts as a try.

    Raises:
        ConsentDenied: It is anything but a clear yes.
    """
    match outcome:
        case AcceptedElicitation(data=Granted() | Offer() as decided):
            return decided
        case AcceptedElicitation(data=answer) if call.asked_about is not None:
            if is_yes(answer, call.asked_about):
                return await _check_pin(pin_in(answer), call)
            raise ConsentDenied(
                f"The person did not confirm: the answer does not say yes to this "
                f"{call.asked_about.noun}. Nothing was changed.",
                fix="Do not repeat the call unless the person asks for it.",
            )
        case DeclinedElicitation():
            raise ConsentDenied(
                "The person declined. Nothing was changed.",
                fix="Do not repeat the call unless the person asks for it.",
            )
        case CancelledElicitation():
            raise ConsentDenied(
                "Nobody confirmed: the question was closed without an answer. Nothing was changed.",
                fix="Ask the person whether they saw the question before calling again.",
            )
    raise ConsentRequired("Nobody was asked. Nothing was changed.")


async def _check_pin(pin: str | None, call: ConsequentialCall) -> Granted:
    if not call.desk.takes_pin:
        return Granted("asked")
    tried = await call.desk.pin.check(pin or "")
    if tried.is_right:
        return Granted("asked, with the PIN")
    raise ConsentDenied(
        f"The person did not confirm. {tried.problem} Nothing was changed.",
        fix="Tell the person. Do not repeat the call unless they ask for it.",
    )


async def look_again(call: ConsequentialCall) -> None:
    """Look again where a person was waited for: what is done has to be what they agreed to.

    Where the answer came with this very request, or nobody had to be asked, the look at its
    beginning is the last one. What the call then does, it does to what was looked at last. This is
    the only place that finds a yes stale.

    Raises:
        ConsentStale: It is no longer as it was when the person was asked, or when nobody had to be.
    """
    asked = call.asked_about
    now = await call.impact() if call.waits_for_person or call.may_pass else asked
    if (asked and asked.basis) != (now and now.basis):
        raise _refuse_stale(asked, now)
    if asked and call.consent_mode != "dangerously-off":
        await call.confirmations.note_done(asked)


def _refuse_stale(asked: Impact | None, now: Impact | None) -> ConsentStale:
    changed = asked or now
    what = f"The {changed.noun} {quote(changed.subject_name)}" if changed else "It"
    since = "after the person was asked" if asked else "just now, and a person has to agree"
    return ConsentStale(
        f"{what} changed {since}. Nothing was done.",
        fix="Call again: the person will be asked about it as it is now.",
    )
