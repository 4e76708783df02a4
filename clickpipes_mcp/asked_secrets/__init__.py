"""Secrets that a person is asked for: the forms that wait, and what was given."""

from clickpipes_mcp.asked_secrets.forms import (
    OPEN_S,
    FormStanding,
    SecretForm,
    SecretForms,
    WantedSecret,
)
from clickpipes_mcp.asked_secrets.shared_forms import SharedForms
from clickpipes_mcp.asked_secrets.vault import LOCAL, Vault

__all__ = [
    "LOCAL",
    "OPEN_S",
    "FormStanding",
    "SecretForm",
    "SecretForms",
    "SharedForms",
    "Vault",
    "WantedSecret",
]
