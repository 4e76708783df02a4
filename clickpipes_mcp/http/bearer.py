"""Bearer tokens that the operator hands out, each under the name of who holds it."""

import hashlib
import hmac
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from stat import S_IRWXO, S_IWGRP

from mcp.server.auth.provider import AccessToken

from clickpipes_mcp.errors import InvalidSettings
from clickpipes_mcp.file_changes import signature

_logger = logging.getLogger(__name__)

LEAST_CHARACTERS = 32
"""Of a token: what `openssl rand -hex 16` gives, 128 bits."""


class BearerTokens:
    """Knows whose a token is, and no token itself."""

    def __init__(self, holders: Mapping[str, str], scopes: Sequence[str] = ()) -> None:
        self._scopes = list(scopes)
        self._holders = {_digest(token): name for name, token in holders.items()}

    @property
    def names(self) -> tuple[str, ...]:
        """Everybody who holds one."""
        return tuple(self._holders.values())

    async def verify_token(self, token: str) -> AccessToken | None:
        """The holder's identity; None for a token that nobody holds."""
        given, found = _digest(token), None
        for known, name in self._holders.items():
            if hmac.compare_digest(given, known):
                found = name
        if found is None:
            return None
        return AccessToken(token=token, client_id=found, scopes=self._scopes)


class TokensFile:
    """The tokens of a file as it is now: whoever is taken out is refused from the next call on.

    Raises:
        InvalidSettings: At the start, where the file cannot be used. Later nobody is let in then.
    """

    def __init__(self, file: Path, scopes: Sequence[str] = ()) -> None:
        self._file, self._scopes = file, scopes
        self._signature = signature(file)
        self._tokens: BearerTokens | None = read_tokens(file, scopes)

    async def verify_token(self, token: str) -> AccessToken | None:
        """The holder's identity; None for a token that nobody holds."""
        seen = signature(self._file)
        if seen != self._signature:
            self._signature, self._tokens = seen, None
            try:
                self._tokens = read_tokens(self._file, self._scopes)
            except InvalidSettings as error:
                _logger.error("%s %s", error.message, error.fix)  # noqa: TRY400 # the operator's
        return None if self._tokens is None else await self._tokens.verify_token(token)


def read_tokens(file: Path, scopes: Sequence[str] = ()) -> BearerTokens:
    """Tokens by the names of their holders: a line each, with # before a comment.

    Raises:
        InvalidSettings: The file cannot be read, others can read it, or it says something else.
    """
    try:
        with file.open(encoding="utf-8-sig") as opened:
            is_kept_secret = _is_kept_secret(os.fstat(opened.fileno()))
            lines = opened.read().splitlines()
    except (OSError, ValueError):
        raise _unusable(file, "cannot be read") from None
    if not is_kept_secret:
        raise InvalidSettings(
            f"The file of bearer tokens, {file}: other users of this machine can read or change "
            "it.",
            fix=f"chmod 600 {file}; then make new tokens, these may be known. A mounted secret "
            "takes mode 0400, or 0440 for a group.",
        )
    holders: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, _, token = line.strip().partition(" ")
        token = token.strip()
        if not token or not _is_sendable(token) or not name.isprintable():
            raise _unusable(file, f"line {number} is not a name, a space and a token")
        if len(token) < LEAST_CHARACTERS:
            raise _unusable(file, f"the token in line {number} is too easily guessed")
        if name in holders or token in holders.values():
            raise _unusable(file, f"line {number} repeats a name or a token")
        holders[name] = token
    if not holders:
        raise _unusable(file, "holds no token")
    return BearerTokens(holders, scopes)


def _is_kept_secret(found: os.stat_result) -> bool:
    """Whether nobody beyond the owner and the group can read it, nor the group change it.

    Windows keeps permissions elsewhere; nothing is checked there.
    """
    return os.name == "nt" or not found.st_mode & (S_IWGRP | S_IRWXO)


def _is_sendable(token: str) -> bool:
    """Whether it can stand in a header as it is."""
    return token.isascii() and token.isprintable() and " " not in token


def _unusable(file: Path, problem: str) -> InvalidSettings:
    return InvalidSettings(
        f"The file of bearer tokens, {file}: {problem}.",
        fix=f"A line each: a name, a space, and a token of {LEAST_CHARACTERS} characters or more, "
        "such as `openssl rand -hex 32` prints.",
    )


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
