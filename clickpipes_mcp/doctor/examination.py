"""Every check in turn; those that hang on a failed one are left out."""

import os
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace

from clickpipes_mcp.clock import Clock, SystemClock
from clickpipes_mcp.cloud import CloudClient, open_client
from clickpipes_mcp.doctor.api import ANSWERS, PATIENCE_S, check_api, check_clock
from clickpipes_mcp.doctor.check import Check, failed, private
from clickpipes_mcp.doctor.clients import check_clients
from clickpipes_mcp.doctor.files import check_files
from clickpipes_mcp.doctor.network import check_network
from clickpipes_mcp.embedded import embedded_simulator
from clickpipes_mcp.errors import ClickPipesError, InvalidSettings
from clickpipes_mcp.journal_file import journal_file
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.settings import (
    DEFAULT_API_URL,
    KEY_FAMILIES,
    Settings,
    connections,
    load_settings,
)
from clickpipes_mcp.state_directory import state_directory
from clickpipes_mcp.world_file import world_file


async def examine(
    environ: Mapping[str, str] | None = None,
    clock: Clock | None = None,
) -> AsyncIterator[Check]:
    """Every check in turn; those that hang on a failed one are left out.

    Reads only, and never shows a secret.
    """
    variables = os.environ if environ is None else environ
    clock = clock or SystemClock()
    try:
        chosen = connections(load_settings(variables), variables)
    except InvalidSettings as error:
        yield failed("settings", error)
        return
    yield Check("settings", "ok", "understood")
    for check in (*check_files(chosen.default), *check_clients()):
        yield check
    async for check in _callers(chosen.default, clock):
        yield check
    seen: dict[str, str | None] = {}
    for settings in chosen.named.values() or (chosen.default,):
        before = seen.setdefault(settings.key_id or f"none: {settings.called}", settings.called)
        async for check in _connection(settings, variables, clock, before):
            name = f"{settings.called}: {check.name}" if settings.called else check.name
            yield replace(check, name=name)


async def _connection(
    settings: Settings, variables: Mapping[str, str], clock: Clock, before: str | None
) -> AsyncIterator[Check]:
    """What is to be known of one connection; `before` is the first with the same key."""
    for check in (*_world(settings, variables), *_fences(settings)):
        yield check
    if before != settings.called:
        found = f"not looked at again: {before} has the same key, and its requests are few"
        yield Check("key", "ok", found)
        return
    if settings.environment == "cloud":
        async for check in check_network(settings):
            yield check
    patient = settings.model_copy(update={"read_timeout_s": PATIENCE_S})
    has_answered = False
    try:
        opened = _client(patient, clock)
    except InvalidSettings as error:
        yield failed("simulator", error)
        return
    async with opened as client:
        async for check in check_api(client, settings):
            has_answered = has_answered or check == ANSWERS
            yield check
    if has_answered and settings.environment == "cloud":
        yield await check_clock(settings, clock)


def _world(settings: Settings, variables: Mapping[str, str]) -> Iterator[Check]:
    if settings.environment == "simulator":
        yield Check(
            "environment",
            "ok",
            f"simulator: nothing real is looked at or created; {_kept(settings)}",
            "To act on ClickHouse Cloud, set an API key: " + " and ".join(KEY_FAMILIES[1]) + ".",
        )
        return
    pair = next((pair for pair in KEY_FAMILIES if variables.get(pair[0], "").strip()), ())
    is_public = settings.api_url == DEFAULT_API_URL
    cloud = "ClickHouse Cloud" if is_public else "an API that is not ClickHouse Cloud's public one"
    yield Check("environment", "ok", cloud)
    whence = "the file of connections" if settings.called else " and ".join(pair)
    yield Check("credentials", "ok", f"both halves, from {whence}")
    yield Check("address", "ok", settings.api_url)
    if settings.consent == "dangerously-off":
        yield Check(
            "consent",
            "warn",
            "switched off: pipes are stopped and deleted without a person",
            "Unset CLICKPIPES_CONSENT, unless this server works for automation.",
        )


def _kept(settings: Settings) -> str:
    file = world_file(settings, state_directory())
    return "its pipes end with each process" if file is None else f"its pipes are kept in {file}"


_LEVELS = {
    "read": "read: nothing can be changed",
    "write": "write: pipes are created and changed, none is stopped, resynced or deleted",
    "destroy": "destroy: this level holds no tool back",
}


def _fences(settings: Settings) -> Iterator[Check]:
    """How far the tools reach."""
    yield Check("level", "ok", _LEVELS[settings.level])
    if settings.protected:
        patterns = clean(", ".join(settings.protected), limit=400)
        yield Check("protected", "ok", f"pipes named, or that look as if named, {patterns}")
    if settings.own_only and settings.store is None and journal_file(settings) is None:
        yield Check(
            "own only",
            "fail",
            "no journal is kept, so nothing counts as created here and nothing can be stopped or "
            "deleted",
            "Set CLICKPIPES_JOURNAL to a file that this user can write.",
        )
    elif settings.own_only:
        yield Check("own only", "ok", "only what the journal says was created here is destroyed")


async def _callers(settings: Settings, clock: Clock) -> AsyncIterator[Check]:
    """Who may call over HTTP, where that is served."""
    if settings.http is None:
        return
    if not settings.asks_for_tokens:
        yield Check("callers", "ok", "anybody on this machine")
        return
    from clickpipes_mcp.http import JsonReader, JwtVerifier, read_tokens  # start-up cost

    if settings.http_tokens is not None:
        try:
            tokens = read_tokens(settings.http_tokens)
        except InvalidSettings as error:
            yield failed("bearer tokens", error)
        else:
            found = f"held by {', '.join(tokens.names)}"
            yield private("bearer tokens", settings.http_tokens, found)
    if settings.http_issuer is not None:
        audience = settings.http_url or ""
        issued = JwtVerifier(settings.http_issuer, audience, JsonReader(settings.ca_file), clock)
        try:
            await issued.read_keys()
        except ClickPipesError as error:
            fix = "Nobody with a JWT is let in until they can be: check CLICKPIPES_HTTP_ISSUER."
            yield Check("issuer", "fail", f"its keys cannot be read: {error.message}", fix)
        else:
            yield Check("issuer", "ok", f"{settings.http_issuer}, for {audience}")


def _client(settings: Settings, clock: Clock) -> CloudClient:
    if settings.environment == "cloud":
        return open_client(settings, clock)
    return open_client(
        settings, clock, asgi_app=embedded_simulator(settings, clock, state_directory())
    )
