"""Asking a person on a page: the link goes out with one call, the next one waits for the answer."""

from dataclasses import dataclass
from typing import Any, Protocol

import anyio
from mcp.server.mcpserver import Context
from mcp_types import ElicitRequest, ElicitRequestURLParams, ElicitResult

from clickpipes_mcp.consent.capability import asks_between_rounds
from clickpipes_mcp.consent.desk import Desk
from clickpipes_mcp.consent.impact import Impact
from clickpipes_mcp.consent.pending import PendingQuestion, Reporter, Standing
from clickpipes_mcp.consent.tokens import LIFETIME_S, WHERE_USED, ConfirmationTokens
from clickpipes_mcp.counting import counted
from clickpipes_mcp.errors import ConsentDenied, ConsentRequired, ConsentStale
from clickpipes_mcp.secret_refs import SendableBody

LINK_KEY = "clickpipes_mcp.approval"
"""Under which a client of the newer protocol answers that the person opens the page."""


@dataclass(frozen=True)
class Granted:
    """The call may go on; `how` is what the journal records."""

    how: str


class LinkRequired(Exception):  # no error: it carries a question out of a resolver
    """The client is to open a page for the person, and to come back with the same call."""

    def __init__(self, key: str, request: ElicitRequest) -> None:
        super().__init__("a page is to be opened")
        self.key = key
        self.request = request


class PageCall(Protocol):
    """A call, as far as asking on a page needs to know it."""

    @property
    def confirmations(self) -> ConfirmationTokens: ...

    @property
    def confirmation_token(self) -> str | None: ...

    @property
    def principal(self) -> str: ...

    @property
    def said(self) -> SendableBody: ...

    @property
    def desk(self) -> Desk: ...

    @property
    def report(self) -> Reporter: ...


async def ask_on_page(
    context: Context[Any, Any], call: PageCall, impact: Impact, *, client_opens_links: bool
) -> Granted:
    """Hand out the link of a new question, or wait for the answer to the one that is open.

    Raises:
        ConsentRequired: Nobody has answered yet, or no page can be shown.
        ConsentDenied: The person said no, or did not want to open the page.
        ConsentStale: The code, or the answer, was for something else or is used up.
        LinkRequired: The client is asked to open the page.
    """
    desk = call.desk
    binding = call.confirmations.binding(impact, call.principal, call.said)
    if call.confirmation_token is not None:
        await call.confirmations.redeem_code(call.confirmation_token, binding)
        return Granted("approved on a page, by code")
    answer = answer_to_link(context, LINK_KEY)
    check_opening(answer)
    until = anyio.current_time() + desk.patience_s
    question = await desk.questions.known(binding)
    if question is None:
        is_anew = desk.questions.is_asked(impact, call.principal)
        question = await desk.questions.ask(impact, binding, call.principal)
        link = await _link(desk, question, impact)
        if not client_opens_links:
            is_open = desk.host is not None and desk.host.show(question, link)
            raise _pending(desk, impact, link, is_open=is_open, is_anew=is_anew)
        if answer is None:
            message = f"{question.headline} Look at it and decide on this page."
            await open_link(context, LINK_KEY, question.id, message, link, desk.patience_s)
    left_s = max(0.0, until - anyio.current_time())
    standing = await desk.questions.wait(question, left_s, call.report)
    return await _settle(standing, desk, question, impact)


async def _settle(
    standing: Standing, desk: Desk, question: PendingQuestion, impact: Impact
) -> Granted:
    if standing in (Standing.AGREED, Standing.AGREED_IN_TERMINAL):
        how = {"page": "", "pin": ", with the PIN", "passkey": ", with a passkey"}
        place = "on a page" if standing is Standing.AGREED else "in a terminal"
        return Granted(f"approved {place}{how[desk.approval]}")
    if standing in (Standing.DECLINED, Standing.DECLINED_IN_TERMINAL):
        where = "on the page" if standing is Standing.DECLINED else "in the terminal"
        raise ConsentDenied(
            f"The person declined {where}. Nothing was changed.",
            fix="Do not repeat the call unless the person asks for it.",
        )
    if standing is Standing.OPEN:
        link = await _link(desk, question, impact)
        raise _still_pending(desk, question, link)
    raise ConsentStale(
        "The question on the page is over: it expired, something changed, or its answer was used. "
        f"{WHERE_USED}",
        fix="Look first whether it is done. If not, call again: the person will be asked about it "
        "as it is now.",
    )


async def _link(desk: Desk, question: PendingQuestion, impact: Impact) -> str:
    link = await desk.link(question)
    if link is None:
        raise ConsentRequired(
            f"{impact.headline} A person has to agree. This client cannot ask one, and this server "
            f"cannot show a page. Nothing was changed.\n{impact.facts()}",
            fix="Tell the person. They can use a client that supports MCP elicitation, or the "
            "operator of this server can allow confirmation in the chat with "
            f"CLICKPIPES_CONSENT=chat. {impact.otherwise}".strip(),
        )
    return link


def answer_to_link(context: Context[Any, Any], key: str) -> ElicitResult | None:
    """What the client answered to the request to open the page, where it was asked."""
    if not asks_between_rounds(context):
        return None
    answer = (context.input_responses or {}).get(key)
    return answer if isinstance(answer, ElicitResult) else None


async def open_link(
    context: Context[Any, Any], key: str, page_id: str, message: str, link: str, patience_s: float
) -> None:
    """Let the client open the page; it may take its time, the page can be answered meanwhile."""
    if asks_between_rounds(context):
        params = ElicitRequestURLParams(message=message, url=link)
        raise LinkRequired(key, ElicitRequest(params=params))
    with anyio.move_on_after(patience_s):
        check_opening(await context.elicit_url(message, link, page_id))


def check_opening(answer: object) -> None:
    """Only to open the page was agreed to; whoever did not want that said no.

    Raises:
        ConsentDenied: The person did not want to open it.
    """
    action = getattr(answer, "action", "accept")
    if action != "accept":
        raise ConsentDenied(
            "The person did not open the page on which to decide. Nothing was changed.",
            fix="Ask the person whether they saw the question before calling again.",
        )


def _pending(
    desk: Desk, impact: Impact, link: str, *, is_open: bool, is_anew: bool
) -> ConsentRequired:
    void = "The earlier link is void, because something changed since. " if is_anew else ""
    opened = "It was opened in the browser. " if is_open else ""
    elsewhere = _elsewhere(desk)
    return ConsentRequired(
        f"{impact.headline} A person has to agree, on a page of this server. Nothing was changed "
        f"yet.\n{impact.facts()}",
        fix=f"{void}Show the person this {'new ' if is_anew else ''}link, and let them decide "
        f"there:\n{link}\n{opened}Then repeat the same call unchanged: it waits up to "
        f"{desk.patience_s:.0f} s for the answer. "
        f"{elsewhere}The link works for {LIFETIME_S // 60} minutes. Do not open it yourself. "
        f"{impact.otherwise}".strip(),
    )


def _elsewhere(desk: Desk) -> str:
    if desk.hands_out_codes:
        return "If the page then shows an approval code, pass it as confirmation_token. "
    if desk.questions.are_shared:
        return ""
    return "In a terminal on this machine `clickpipes-mcp approve` shows it too. "


def _still_pending(desk: Desk, question: PendingQuestion, link: str) -> ConsentRequired:
    """Nobody answered while the call waited: the question was told with the first answer."""
    left = desk.minutes_left(question)
    more = counted(left, "more minute") if left else "less than a minute"
    return ConsentRequired(
        f"{question.headline} Nobody has answered on the page yet. Nothing was changed.",
        fix=f"Ask the person whether they see the page. The same link works for {more}:\n{link}\n"
        f"Then repeat the same call unchanged: it waits up to {desk.patience_s:.0f} s again. "
        f"{_elsewhere(desk)}Do not open it yourself.",
    )
