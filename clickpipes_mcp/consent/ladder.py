"""By which way a person is asked: the first that this client, server and operator allow."""

from enum import Enum, auto
from typing import Any

from mcp.server.mcpserver import Context

from clickpipes_mcp.consent.capability import can_elicit, can_open_links, may_hang
from clickpipes_mcp.consent.desk import Desk


class Rung(Enum):
    """A way to ask, the surest first."""

    FORM = auto()
    """The client shows a form."""

    CHAT = auto()
    """The assistant relays the person's yes: only where the operator chose it."""

    LINK = auto()
    """The client opens the page for the person."""

    PAGE = auto()
    """The answer holds a link to the page, which a terminal can show too."""


def rung_for(context: Context[Any, Any], consent_mode: str, desk: Desk) -> Rung:
    """The way for this call; that it can be gone is not yet certain.

    A client that announces forms and is known never to answer them gets the page, and so does
    every client where a passkey is wanted, which no form can take.
    """
    is_trusted_to_ask = not may_hang(context)
    if is_trusted_to_ask and can_elicit(context) and desk.approval != "passkey":
        return Rung.FORM
    if consent_mode == "chat":
        return Rung.CHAT
    if is_trusted_to_ask and can_open_links(context):
        return Rung.LINK
    return Rung.PAGE
