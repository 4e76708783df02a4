"""What the operator reads at start-up."""

import os
from collections.abc import Iterable, Iterator, Mapping

from clickpipes_mcp import __version__
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.settings import DEFAULT_API_URL, Settings

_SHOWN = 200


def announcement(
    settings: Settings, environ: Mapping[str, str] = os.environ, *, named: Iterable[Settings] = ()
) -> str:
    """What the operator reads at start-up: version, world, and every lowered guard.

    Where there are several connections each has a line of its own, after that of the default.
    """
    others = [one for one in named if one.called != settings.called]
    return "\n".join(
        [f"clickpipes-mcp {__version__}: {_told(one, environ)}" for one in (settings, *others)]
    )


def _told(settings: Settings, environ: Mapping[str, str]) -> str:
    if settings.environment == "simulator":
        world = "SIMULATOR, nothing real is created"
        if settings.key_id is None:
            world += " (set an API key to act on ClickHouse Cloud)"
    else:
        is_public = settings.api_url == DEFAULT_API_URL
        world = f"{'ClickHouse Cloud' if is_public else 'API'} at {settings.api_url}"
    notes = [world if settings.called is None else f"{settings.called}: {world}"]
    notes.extend(_fences(settings))
    if settings.consent == "dangerously-off":
        notes.append("CONSENT IS OFF, nobody is asked before pipes are stopped or deleted")
    elif settings.consent == "chat":
        notes.append("consent may be given in the chat")
    if settings.approval != "page":
        proof = {"pin": "PIN", "passkey": "passkey"}[settings.approval]
        notes.append(f"whoever agrees needs the {proof}")
    if settings.environment == "cloud" and not settings.keeps_journal:
        notes.append("no journal is kept")
    if settings.environment == "cloud" or settings.http_issuer is not None:
        notes.extend(_changes_to_tls(environ))
    if settings.http is not None:
        guarded = settings.asks_for_tokens
        notes.append("callers present a token" if guarded else "anybody on this machine may call")
    return "; ".join(notes)


def _fences(settings: Settings) -> Iterator[str]:
    """What the operator has put beyond reach."""
    if settings.level == "read":
        yield "read-only"
    elif settings.level == "write":
        yield "writes, but destroys nothing"
    if settings.protected:
        yield f"protected: {clean(', '.join(settings.protected), limit=_SHOWN)}"
    if settings.own_only:
        yield "destroys only what it created itself"


def _changes_to_tls(environ: Mapping[str, str]) -> Iterator[str]:
    """What the environment of every Python program decides about its connections."""
    keys = environ.get("SSLKEYLOGFILE")
    if keys:
        yield (
            "SSLKEYLOGFILE IS SET: whoever reads "
            f"{clean(keys, limit=_SHOWN)} can read along, API key and secrets included"
        )
    for variable in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        if environ.get(variable):
            trusted = clean(environ[variable], limit=_SHOWN)
            yield f"{variable} decides whose certificates are trusted: {trusted}"
            return
