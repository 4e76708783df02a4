"""Finds the codes of a system in a text, in the spellings its clients print them in."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from clickpipes_mcp.diagnosis.codes.tables import Code, code_named

_FORMS: Final[Mapping[str, tuple[str, ...]]] = {
    "postgres": (
        r"(?i:SQL ?STATE(?: code)?)\W{1,4}([0-9A-Z]{5})\b",
        r"(?i:\bcode)['\"]?\s?[:=]\s?['\"]?([0-9A-Z]{5})\b",
        r",(?:ERROR|FATAL|PANIC),([0-9A-Z]{5}),",
        r"\b(?:ERROR|FATAL|PANIC): {1,2}([0-9A-Z]{5}):",
        r"(?<![\w-])(\d\d[0-9A-Z]{3}|XX\d{3})(?=: |\)| \()",
        r"(?:psycopg2?|asyncpg)\.(?:errors|exceptions)\.([A-Z]\w+)",
        r"\b([A-Z][a-z]+[A-Z]\w+?)(?:Error)?: ",
    ),
    "mysql": (
        r"(?i:\bERROR:?) (?i:code: ?)?(\d{4,5})\b",
        r"\((\d{4,5}), ?['\"]",
        r"\b(\d{4}) \((?:HY|\d\d)[0-9A-Z]{3}\)",
        r"(?i:\berrno)\W{1,3}(\d{4,5})\b",
        r"(?i:\bERROR) [0-9A-Z]{5} \((\d{4,5})\)",
        r"\[[0-9A-Z]{5}\] ?\[(\d{4,5})\]",
        r"\b((?:ER|CR)_[A-Z_]{3,60})\b",
        r"(?i:\bcode)\W{1,3}(\d{4})\b",
        r"\((\d{4})\)",
    ),
    "mongodb": (
        r"(?i:\berror) (?:code )?-?\d+ \((\w+)\)",
        r"\((?!Atlas)([A-Z][A-Za-z]{4,60})\)",
        r"codeName['\"]?\W{1,3}(\w+)",
        r"(?i:\b(?:error )?code)['\"]?\W{1,3}(\d{1,8})\b",
        r"(?i:\berror) (\d{1,8})\b",
        r"\b([A-Z][a-z]+(?:[A-Z][a-z]+){1,8}):",
    ),
    "kafka": (
        r"\bcode=(_?[A-Z_]{3,60})",
        r"\((_?[A-Z_]{5,60})\)",
        r"\b(_?[A-Z]{2,}(?:_[A-Z]{2,}){1,8})\b",
        r"\bval=(-?\d{1,3})\b",
        r"\[(?:Error )?(\d{1,3})\]",
        r"\b([A-Z][a-z]+(?:[A-Z][a-z]+){1,8})(?:Exception|Error)\b",
    ),
    "clickhouse": (
        r"\(([A-Z][A-Z0-9_]{3,80})\)",
        r"(?i:\bcode):? (\d{1,4})\b",
        r"(?i:\berror) \[(\d{1,4})\]",
    ),
    "aws": (
        r"\b(KMS\.\w{4,40}|AWS\.SimpleQueueService\.\w{4,40})\b",
        r"\b([A-Z][a-z]+[A-Z]\w{2,60}|Throttling|SlowDown|KMSAccessDenied)\b",
    ),
    "azure": (r"\b([A-Z][a-z]+[A-Z]\w{2,80})\b",),
    "google": (
        r"\bcode = ([A-Z]\w{2,30})",
        r"\bStatusCode\.([A-Z_]{2,30})",
        r"\b([A-Z]{5,}(?:_[A-Z]{2,}){0,4})\b",
        r"\breason['\"]?\W{1,4}(\w{4,60})",
        r"\bgrpc_status\W{1,3}(\d{1,2})\b",
        r"\b(invalid_grant|unauthorized_client|invalid_client)\b",
    ),
    "tls": (
        r"(?i:\b(?:alert|tls:|ssl/tls alert)) \W{0,2}([\w ]{6,40})",
        r"\(((?:[a-z]+_){1,4}[a-z]+)\)",
        r"(?i:ALERT_)((?:[A-Za-z]+_){1,4}[A-Za-z]+)",
        r"\b((?:[a-z]+_){1,4}[a-z]+)\b",
    ),
    "system": (
        r"\b(E[A-Z]{4,15}|EAI_[A-Z]{4,12})\b",
        r"\((1[01]0\d\d)\)",
        r"\b(WSA\w{5,20})\b",
    ),
    "http": (
        (
            r"(?i:\b(?:status(?: ?code)?|HTTP(?:/\d(?:\.\d)?)?|response code|error|code))"
            r"['\"]?\W{1,4}([45]\d\d)\b"
        ),
        r"\b([45]\d\d) (?:Client|Server) Error\b",
        r"\b([45]\d\d) (?=[A-Z][a-z]+)",
    ),
}
"""The most telling first. Where case matters it does so: names are written as their makers do."""


_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@cache
def _forms(table: str) -> tuple[re.Pattern[str], ...]:
    return tuple(map(re.compile, _FORMS[table]))


def codes_in(text: str, table: str) -> tuple[Code, ...]:
    """The codes of a table that a text names, the most telling first."""
    return tuple(dict.fromkeys(_found(text, table)))


def _found(text: str, table: str) -> Iterator[Code]:
    for form in _forms(table):
        for match in form.finditer(text):
            spellings = (code_named(table, one) for one in _spellings(match[1].strip(), table))
            code = next((code for code in spellings if code), None)
            if code:
                yield code


def _spellings(token: str, table: str) -> Iterator[str]:
    """As it was written, and as the table writes it."""
    yield token
    if table in ("postgres", "kafka", "google"):
        name = _HUMP.sub("_", token)
        yield name.lower() if table == "postgres" else name.upper()
        if table == "kafka":
            yield f"{name.upper()}_FAILED"
    elif table == "tls":
        words = token.lower().split()
        yield from ("_".join(words[:last]) for last in range(len(words), 0, -1))
    elif table == "aws":
        yield token.removesuffix("Exception")
