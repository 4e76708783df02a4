"""What the API says to the key: who it is, what it sees, what it may do."""

from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from typing import Final

from pydantic import SecretStr

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.cloud import CloudClient, Organization, Service
from clickpipes_mcp.cloud.rate_limit import REQUESTS, WINDOW_S
from clickpipes_mcp.doctor.check import Check, failed
from clickpipes_mcp.errors import (
    ClickPipesError,
    InvalidSettings,
    RateLimited,
    Unreachable,
    UnreadableAnswer,
)
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.settings import Settings

PATIENCE_S: Final = 8.0
"""How long one look at the API may take: whoever runs this is waiting for it."""

MOST_CLOCK_SKEW_S: Final = 60.0
MOST_SERVICES: Final = 2
"""How many services' pipes are read, so that the key keeps requests for whoever works with it."""

_ALWAYS_ASKED: Final = 3
"""The organizations, the services, and the time; the client looks an organization up once more."""

_NO_ANSWER = (Unreachable, UnreadableAnswer, InvalidSettings)
ANSWERS = Check("connection", "ok", "the API answers")


async def check_api(client: CloudClient, settings: Settings) -> AsyncIterator[Check]:
    try:
        organizations = await client.organizations()
    except _NO_ANSWER as error:
        yield failed("connection", error)
        return
    except RateLimited as error:
        yield ANSWERS
        yield _used_up(error)
        return
    except ClickPipesError as error:
        yield ANSWERS
        yield failed("key", error)
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
        yield failed("services", error)
        return
    meant = _meant(services, settings)
    yield _services(meant, settings)
    if not meant:
        return
    looked_at = meant[:MOST_SERVICES]
    permission = await _permission(client, looked_at)
    yield permission
    if permission.status == "ok" and settings.environment == "cloud":
        took = _ALWAYS_ASKED + (settings.organization_id is None) + len(looked_at)
        found = f"{took} of the key's {REQUESTS} requests in {WINDOW_S:.0f} s were for this"
        yield Check("rate limit", "ok", found)


def _used_up(error: RateLimited) -> Check:
    return Check(
        "rate limit",
        "fail",
        f"the key's {REQUESTS} requests in {WINDOW_S:.0f} s are used up: {error.message}",
        "Find out what else uses this key, and give it one of its own.",
    )


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
            return failed("permission", error)
        readable.append(f"{len(pipes)} in {clean(service.name, limit=80)}")
    found = f"pipes may be read: {', '.join(readable)}; writing was not tried"
    return Check("permission", "ok", found)


async def check_clock(settings: Settings, clock: Clock) -> Check:
    """The API's clock, as the header of any answer says it."""
    from clickpipes_mcp.cloud.wire import Endpoint, Outgoing, Wire  # loads httpx2: start-up time

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
