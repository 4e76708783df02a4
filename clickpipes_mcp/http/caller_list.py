"""Everybody who may call, with what each sees and may do; no token and no key is in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from clickpipes_mcp.http.bearer import read_tokens
from clickpipes_mcp.settings import LEVELS, CallersFile, Connections, Kind, Level, Settings

EVERYBODY: Final = "*"
"""Whoever the issuer signs in, where there is no list of callers."""


@dataclass(frozen=True)
class Caller:
    """A caller; `may` tells the level through each connection, the default first.

    Where connections have no names, the one there is stands under an empty one. `why_not` says
    what keeps the caller out.
    """

    name: str
    known_by: Kind
    may: Mapping[str, Level]
    why_not: str = ""


def list_callers(settings: Settings, found: Connections) -> tuple[Caller, ...]:
    """The callers of these settings, as their files say now.

    Raises:
        InvalidSettings: The file of tokens or that of callers cannot be used.
    """
    levels = {name: one.level for name, one in found.named.items()}
    first = found.default.called or ""
    every = {first: found.default.level, **levels}
    tokens = read_tokens(settings.http_tokens).names if settings.http_tokens else ()
    if settings.http_callers is None:
        anybody = [Caller(EVERYBODY, "subject", every)] if settings.http_issuer else []
        return (*(Caller(name, "token", every) for name in tokens), *anybody)
    granted: list[Caller] = []
    for (kind, name), grant in CallersFile(settings.http_callers, levels).grants().items():
        may = {one: min(every[one], grant.level, key=LEVELS.index) for one in grant.connections}
        alone = {first: min(every[first], grant.level, key=LEVELS.index)}
        known = name in tokens if kind == "token" else settings.http_issuer is not None
        why = "" if known else "has no token" if kind == "token" else "no issuer is set"
        granted.append(Caller(name, kind, may or alone, why))
    listed = {one.name for one in granted if one.known_by == "token"}
    left_out = [
        Caller(name, "token", {}, "is not in the list") for name in tokens if name not in listed
    ]
    return (*granted, *left_out)
