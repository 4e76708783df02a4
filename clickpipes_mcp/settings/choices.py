"""The words that settings may hold, and how they are read."""

import re
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias, get_args

from pydantic import AfterValidator, BeforeValidator

from clickpipes_mcp.field_types import is_uuid

DEFAULT_QUERY_URL = "https://queries.clickhouse.cloud"
TOOLSETS = ("pipes", "create", "tuning", "insight", "code", "network")
ASKED_FOR = ("costs", "credentials")
EARLIER_TOOLSETS = {"private_endpoints": "network"}
DEFAULT_TOOLSETS = ("pipes", "create", "tuning", "insight")

ApiDialect: TypeAlias = Literal["live", "reference-page"]
Checks: TypeAlias = Literal["off", "public", "private"]
ConsentMode: TypeAlias = Literal["ask", "chat", "dangerously-off"]
Level: TypeAlias = Literal["read", "write", "destroy"]
CONSENT_MODES: Final[tuple[ConsentMode, ...]] = ("dangerously-off", "chat", "ask")
"""From the one that asks nobody to the one that lets nobody relay a yes."""

LEVELS: Final[tuple[Level, ...]] = get_args(Level)
"""From the least that tools may do to the most."""

ApprovalProof: TypeAlias = Literal["page", "pin", "passkey"]
LiteralSecretPolicy: TypeAlias = Literal["warn", "refuse"]
LogLevel: TypeAlias = Literal["debug", "info", "warning", "error"]
Environment: TypeAlias = Literal["simulator", "cloud"]

WORD = re.compile(r"[a-z0-9_]+")
_BETWEEN = re.compile(r"[,\s]+")


def _split_list(value: object) -> object:
    if isinstance(value, str):
        return tuple(word for word in _BETWEEN.split(value.lower()) if word)
    return value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _off(value: object) -> object:
    return "off" if isinstance(value, str) and value.lower() == "off" else value


def _split_patterns(value: object) -> object:
    """Patterns keep their case and the blanks within them."""
    if isinstance(value, str):
        return tuple(dict.fromkeys(word for part in value.split(",") if (word := part.strip())))
    return value


def _consent(value: object) -> object:
    if isinstance(value, str) and value.lower() == "off":
        raise ValueError(
            "is no longer switched off with `off`: the word is dangerously-off. Set that if nobody "
            "shall be asked before pipes are stopped and deleted"
        )
    return _lower(value)


def _uuid(value: str) -> str:
    if is_uuid(value):
        return value.lower()
    raise ValueError("must be a UUID, as the console shows it")


Uuid: TypeAlias = Annotated[str, AfterValidator(_uuid)]
Words: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(_split_list)]
Patterns: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(_split_patterns)]
Place: TypeAlias = Annotated[Literal["off"] | Path | None, BeforeValidator(_off)]
Choice = BeforeValidator(_lower)
Consent: TypeAlias = Annotated[ConsentMode, BeforeValidator(_consent)]
