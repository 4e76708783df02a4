"""Who must agree, how they are asked, and what happens when nobody can be."""

from clickpipes_mcp.consent.changes import (
    CHANGES,
    LEFT_PAUSED,
    TABLES_ADDED,
    VALUES_SET,
    paused_meanwhile,
)
from clickpipes_mcp.consent.desk import PATIENCE_S, Approval, Approved, Desk, PageHost
from clickpipes_mcp.consent.gate import (
    ConsequentialCall,
    Offer,
    gate,
    look_again,
    settle,
)
from clickpipes_mcp.consent.impact import (
    CONSEQUENCES,
    CREDENTIALS_REPLACED,
    ENDPOINT_DELETION,
    NAMES_CHANGED,
    SSH_KEY_DELETION,
    Consequences,
    Impact,
    Operation,
    consequences_of,
    costs_raised,
)
from clickpipes_mcp.consent.ledger import KEPT_S, Ledger, LedgerFiles
from clickpipes_mcp.consent.page_questions import LINK_KEY, Granted, LinkRequired
from clickpipes_mcp.consent.passkey import ENROLMENT, NOT_MADE, RP_ID, Passkey
from clickpipes_mcp.consent.pending import PendingQuestion, Standing
from clickpipes_mcp.consent.pin import Pin
from clickpipes_mcp.consent.principal import LOCAL, level_of_caller, principal
from clickpipes_mcp.consent.secret_questions import SecretsWanted
from clickpipes_mcp.consent.stored_ledger import StoredLedger
from clickpipes_mcp.consent.tokens import LIFETIME_S, ConfirmationTokens
from clickpipes_mcp.consent.typed_names import flaw_in, mixed_letters

__all__ = [
    "CHANGES",
    "CONSEQUENCES",
    "CREDENTIALS_REPLACED",
    "ENDPOINT_DELETION",
    "ENROLMENT",
    "KEPT_S",
    "LEFT_PAUSED",
    "LIFETIME_S",
    "LINK_KEY",
    "LOCAL",
    "NAMES_CHANGED",
    "NOT_MADE",
    "PATIENCE_S",
    "RP_ID",
    "SSH_KEY_DELETION",
    "TABLES_ADDED",
    "VALUES_SET",
    "Approval",
    "Approved",
    "ConfirmationTokens",
    "Consequences",
    "ConsequentialCall",
    "Desk",
    "Granted",
    "Impact",
    "Ledger",
    "LedgerFiles",
    "LinkRequired",
    "Offer",
    "Operation",
    "PageHost",
    "Passkey",
    "PendingQuestion",
    "Pin",
    "SecretsWanted",
    "Standing",
    "StoredLedger",
    "consequences_of",
    "costs_raised",
    "flaw_in",
    "gate",
    "level_of_caller",
    "look_again",
    "mixed_letters",
    "paused_meanwhile",
    "principal",
    "settle",
]
