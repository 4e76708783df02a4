"""Who must agree, how they are asked, and what happens when nobody can be."""

from clickpipes_mcp.consent.capability import PATIENCE_S, asks_between_rounds, can_elicit, may_hang
from clickpipes_mcp.consent.changes import CHANGES
from clickpipes_mcp.consent.gate import (
    ConsequentialCall,
    Granted,
    Offer,
    gate,
    look_again,
    settle,
)
from clickpipes_mcp.consent.impact import (
    CONSEQUENCES,
    ENDPOINT_DELETION,
    NAMES_CHANGED,
    SSH_KEY_DELETION,
    Consequences,
    Impact,
    Operation,
)
from clickpipes_mcp.consent.principal import LOCAL, principal
from clickpipes_mcp.consent.tokens import LIFETIME_S, ConfirmationTokens

__all__ = [
    "CHANGES",
    "CONSEQUENCES",
    "ENDPOINT_DELETION",
    "LIFETIME_S",
    "LOCAL",
    "NAMES_CHANGED",
    "PATIENCE_S",
    "SSH_KEY_DELETION",
    "ConfirmationTokens",
    "Consequences",
    "ConsequentialCall",
    "Granted",
    "Impact",
    "Offer",
    "Operation",
    "asks_between_rounds",
    "can_elicit",
    "gate",
    "look_again",
    "may_hang",
    "principal",
    "settle",
]
