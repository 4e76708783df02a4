"""Who must agree, how they are asked, and what happens when nobody can be."""

from clickpipes_mcp.consent.capability import PATIENCE_S, asks_between_rounds, can_elicit, may_hang
from clickpipes_mcp.consent.gate import (
    ConsequentialCall,
    Granted,
    Offer,
    changed_since,
    gate,
    settle,
    still_holds,
)
from clickpipes_mcp.consent.impact import (
    CONSEQUENCES,
    ENDPOINT_DELETION,
    Consequences,
    Impact,
    Operation,
)
from clickpipes_mcp.consent.principal import LOCAL, principal
from clickpipes_mcp.consent.tokens import LIFETIME_S, ConfirmationTokens

__all__ = [
    "CONSEQUENCES",
    "ENDPOINT_DELETION",
    "LIFETIME_S",
    "LOCAL",
    "PATIENCE_S",
    "ConfirmationTokens",
    "Consequences",
    "ConsequentialCall",
    "Granted",
    "Impact",
    "Offer",
    "Operation",
    "asks_between_rounds",
    "can_elicit",
    "changed_since",
    "gate",
    "may_hang",
    "principal",
    "settle",
    "still_holds",
]
