"""Whether this installation can work: one check after another, each with its remedy."""

import os
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import SecretStr

from clickpipes_mcp.clock import Clock, SystemClock
from clickpipes_mcp.cloud import CloudClient, Organization, Service, open_client
from clickpipes_mcp.consent import Passkey, Pin
from clickpipes_mcp.embedded import embedded_simulator
from clickpipes_mcp.errors import (
    ClickPipesError,
    InvalidSettings,
    NotAuthorized,
    Unreachable,
    UnreadableAnswer,
)
from clickpipes_mcp.journal_chain import verify
from clickpipes_mcp.journal_file import can_be_written, journal_file
from clickpipes_mcp.journal_lines import JournalLines
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.secret_bindings import read_bindings
from clickpipes_mcp.secret_files import usual_directory
from clickpipes_mcp.settings import (
    DEFAULT_API_URL,
    KEY_FAMILIES,
    Settings,
    connections,
    load_settings,
)
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.state_directory import state_directory

Status: TypeAlias = Literal["ok", "warn", "fail"]

PATIENCE_S = 8.0
"""How long one look at the API may take: whoever runs this is waiting for it."""

MOST_CLOCK_SKEW_S = 60.0
MOST_SERVICES = 5
"""How many services' pipes are read; all of them could use up the key's requests."""

_OTHERS_MAY = 0o077
_PERMISSION = "control-plane:service:manage-clickpipes"
_NO_ANSWER = (Unreachable, UnreadableAnswer, InvalidSettings)


@dataclass(frozen=True)
class Check:
    """What was looked at, how it is, and what to do about it."""

    name: str
    status: Status
    found: str
    fix: str = ""


ANSWERS = Check("connection", "ok", "the API answers")


async def examine(
    environ: Mapping[str, str] | None = None, clock: Clock | None = None
) -> AsyncIterator[Check]:
    """Every check in turn; those that hang on a failed one are left out.

    Reads only, and never shows a secret.
    """
    variables = os.environ if environ is None else environ
    clock = clock or SystemClock()
    try:
        chosen = connections(load_settings(variables), variables)
    except InvalidSettings as error:
        yield _failed("settings", error)
        return
    yield Check("settings", "ok", "understood")
    for check in _files(chosen.default):
        yield check
    async for check in _callers(chosen.default, clock):
        yield check
    for settings in chosen.named.values() or (chosen.default,):
        async for check in _connection(settings, variables, clock):
            name = f"{settings.called}: {check.name}" if settings.called else check.name
            yield replace(check, name=name)


async def _connection(
    settings: Settings, variables: Mapping[str, str], clock: Clock
) -> AsyncIterator[Check]:
    """What is to be known of one connection."""
    for check in (*_world(settings, variables), *_fences(settings)):
        yield check
    patient = settings.model_copy(update={"read_timeout_s": PATIENCE_S})
    has_answered = False
    try:
        opened = _client(patient, clock)
    except InvalidSettings as error:
        yield _failed("simulator", error)
        return
    async with opened as client:
        async for check in _api(client, settings):
            has_answered = has_answered or check == ANSWERS
            yield check
    if has_answered and settings.environment == "cloud":
        yield await _time(settings, clock)


def _world(settings: Settings, variables: Mapping[str, str]) -> Iterator[Check]:
    if settings.environment == "simulator":
        yield Check(
            "environment",
            "ok",
            "simulator: nothing real is looked at or created",
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


_LEVELS = {
    "read": "read: nothing can be changed",
    "write": "write: pipes are created and changed, none is stopped, resynced or deleted",
    "destroy": "destroy: no tool is left out",
}


def _fences(settings: Settings) -> Iterator[Check]:
    """How far the tools reach."""
    yield Check("level", "ok", _LEVELS[settings.level])
    if settings.protected:
        patterns = clean(", ".join(settings.protected), limit=400)
        yield Check("protected", "ok", f"pipes named, or that look as if named, {patterns}")
    if settings.own_only and journal_file(settings) is None:
        yield Check(
            "own only",
            "fail",
            "no journal is kept, so nothing counts as created here and nothing can be stopped or "
            "deleted",
            "Set CLICKPIPES_JOURNAL to a file that this user can write.",
        )
    elif settings.own_only:
        yield Check("own only", "ok", "only what the journal says was created here is destroyed")


def _files(settings: Settings) -> Iterator[Check]:
    secrets = settings.secrets_dir or usual_directory()
    if secrets.is_dir():
        yield _secrets(secrets)
    if settings.secrets_bindings is not None:
        yield _bindings(settings.secrets_bindings)
    if settings.approval != "page":
        yield _proof(settings)
    yield from _journal(settings)


def _proof(settings: Settings) -> Check:
    if settings.approval == "pin":
        name, is_there = "approval PIN", Pin(state_directory(), SystemClock()).is_set
        mend = "clickpipes-mcp approve --set-pin"
    else:
        name, mend = "approval passkey", "clickpipes-mcp approve --enrol-passkey"
        try:
            is_there = Passkey.of(settings, state_directory()).is_enrolled
        except InvalidSettings as error:
            return _failed(name, error)
    if is_there:
        return Check(name, "ok", "is there")
    return Check(name, "fail", "there is none, so nobody can agree to anything", mend)


def _secrets(directory: Path) -> Check:
    if not os.access(directory, os.R_OK | os.X_OK):
        return Check(
            "secrets directory", "fail", f"{directory} cannot be read", f"chmod 700 {directory}"
        )
    return _private("secrets directory", directory, str(directory), "700")


def _bindings(file: Path) -> Check:
    try:
        bindings = read_bindings(file, [spec.key for spec in SOURCES])
    except InvalidSettings as error:
        return _failed("secret bindings", error)
    return Check("secret bindings", "ok", f"{len(bindings.lines)} in {file}")


def _private(name: str, path: Path, found: str, mode: str) -> Check:
    if os.name == "posix" and path.stat().st_mode & _OTHERS_MAY:
        return Check(
            name, "warn", f"{path} is open to other users of this machine", f"chmod {mode} {path}"
        )
    return Check(name, "ok", found)


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
            yield _failed("bearer tokens", error)
        else:
            found = f"held by {', '.join(tokens.names)}"
            yield _private("bearer tokens", settings.http_tokens, found, "600")
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


def _journal(settings: Settings) -> Iterator[Check]:
    path = journal_file(settings)
    if path is None and settings.environment == "cloud":
        yield Check(
            "journal",
            "warn",
            "none is kept: a server that is killed while it creates a pipe forgets that it did",
            "Set CLICKPIPES_JOURNAL to a file that this user can write.",
        )
    elif path is not None and can_be_written(path):
        yield _chain(path, settings)
    elif path is not None:
        yield Check(
            "journal",
            "fail",
            f"{path} cannot be written, so no write would be sent",
            "Make it writable for this user, or set CLICKPIPES_JOURNAL to another file.",
        )


def _chain(path: Path, settings: Settings) -> Check:
    try:
        with JournalLines(path, 0, settings.journal_kept).open() as files:
            verdict = verify([(one.name, one) for one in files])
    except OSError as error:
        fix = "Make it readable for this user, or set CLICKPIPES_JOURNAL to another file."
        return Check("journal", "fail", f"{path} cannot be read: {error.strerror}", fix)
    if verdict.broken is None:
        return Check("journal", "ok", str(path))
    return Check(
        "journal",
        "warn",
        f"{path}: a line was changed, taken out or put in",
        "Find out who did it: clickpipes-mcp journal verify names the place.",
    )


def _client(settings: Settings, clock: Clock) -> CloudClient:
    if settings.environment == "cloud":
        return open_client(settings, clock)
    return open_client(settings, clock, asgi_app=embedded_simulator(settings, clock))


async def _api(client: CloudClient, settings: Settings) -> AsyncIterator[Check]:
    try:
        organizations = await client.organizations()
    except _NO_ANSWER as error:
        yield _failed("connection", error)
        return
    except ClickPipesError as error:
        yield ANSWERS
        yield _failed("key", error)
        return
    yield ANSWERS
    yield Check("key", "ok", "accepted")
    organization = _organization(organizations, settings)
    yield organization
    if organization.status == "fail":
        return
    try:
        services = await client.services()
    except ClickPipesError as error:
        yield _failed("services", error)
        return
    meant = _meant(services, settings)
    yield _services(meant, settings)
    if meant:
        yield await _permission(client, meant[:MOST_SERVICES])


def _organization(organizations: list[Organization], settings: Settings) -> Check:
    named = {one.id.lower(): clean(one.name, limit=80) for one in organizations}
    wanted = settings.organization_id
    if wanted is None and len(named) == 1:
        return Check("organization", "ok", ", ".join(f"{n} ({i})" for i, n in named.items()))
    if wanted in named:
        return Check("organization", "ok", f"{named[wanted]} ({wanted})")
    listed = ", ".join(f"{name} ({id_})" for id_, name in named.items()) or "none"
    found = f"{wanted} is not one of the key's" if wanted else "the key has none, or several"
    return Check(
        "organization",
        "fail",
        f"{found}: {listed}",
        "Set CLICKPIPES_ORGANIZATION_ID to one of the key's organizations.",
    )


def _services(meant: list[Service], settings: Settings) -> Check:
    listed = ", ".join(f"{clean(one.name, limit=80)} ({one.state})" for one in meant)
    if not meant:
        is_pinned = settings.service_id is not None
        return Check(
            "services",
            "fail",
            "the pinned service is not visible" if is_pinned else "the key sees none",
            "Set CLICKPIPES_SERVICE_ID to a service of the organization, or unset it."
            if is_pinned
            else "Give the key access to the service that pipes belong to.",
        )
    if not any(one.is_running for one in meant):
        return Check(
            "services", "warn", listed, "Pipes can only be created in a running service: wake it."
        )
    return Check("services", "ok", listed)


def _meant(services: list[Service], settings: Settings) -> list[Service]:
    if settings.service_id is None:
        return services
    return [one for one in services if one.id.lower() == settings.service_id]


async def _permission(client: CloudClient, services: list[Service]) -> Check:
    readable = []
    for service in services:
        try:
            pipes = await client.pipes(service.id)
        except ClickPipesError as error:
            return _failed("permission", error)
        readable.append(f"{len(pipes)} in {clean(service.name, limit=80)}")
    found = f"pipes may be read: {', '.join(readable)}; writing was not tried"
    return Check("permission", "ok", found)


def _failed(name: str, error: ClickPipesError) -> Check:
    fix = error.fix
    if isinstance(error, NotAuthorized):
        fix = fix or f"Use a key with the permission {_PERMISSION}."
    return Check(name, "fail", error.message, fix)


async def _time(settings: Settings, clock: Clock) -> Check:
    """The API's clock, as the header of any answer says it."""
    from clickpipes_mcp.cloud.wire import Endpoint, Outgoing, Wire  # loads httpx: start-up time

    endpoint = Endpoint(
        settings.api_url,
        settings.key_id or "",
        settings.key_secret or SecretStr(""),
        settings.ca_file,
    )
    try:
        wire = Wire(endpoint)
        try:
            asked = Outgoing("GET", "/v1/organizations", None, "application/json", is_read=True)
            answer = await wire.exchange(asked, PATIENCE_S)
        finally:
            await wire.aclose()
        theirs = parsedate_to_datetime(answer.headers["date"])
        skew_s = abs((clock.now() - theirs).total_seconds())
    except (ClickPipesError, KeyError, ValueError, TypeError):
        return Check("clock", "warn", "not compared: the API did not say its time")
    if skew_s <= MOST_CLOCK_SKEW_S:
        return Check("clock", "ok", f"within {MOST_CLOCK_SKEW_S:.0f} s of the API's")
    return Check(
        "clock",
        "warn",
        f"{skew_s:.0f} s apart from the API's",
        "Set this machine's clock: certificates and times in answers depend on it.",
    )
