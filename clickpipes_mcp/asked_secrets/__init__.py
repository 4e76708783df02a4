"""Secrets that a person is asked for: the forms that wait, and what was given, in memory only."""

from clickpipes_mcp.asked_secrets.forms import (
    OPEN_S,
    FormStanding,
    SecretForm,
    SecretForms,
    WantedSecret,
)
from clickpipes_mcp.asked_secrets.vault import Vault

__all__ = ["OPEN_S", "FormStanding", "SecretForm", "SecretForms", "Vault", "WantedSecret"]
