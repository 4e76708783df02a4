"""Which tools the operator's settings leave, and which of their arguments.

It knows of tools no more than this takes: whoever lists them may have nothing but their names.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

from clickpipes_mcp.settings import LEVELS, Level, Settings

CONNECTION: Final = "connection"
"""The argument that every tool takes where there are several connections."""


class Effect(Enum):
    """What calling a tool may do, and the hints clients are told.

    Clients read a missing hint as the worst, so all of them are always set.
    """

    READ = "read"
    CONTACT = "contact"
    """Changes nothing, but sends credentials to a host that the caller names."""

    WRITE = "write"
    MIXED = "mixed"
    """Changes things, and destroys something only where the call asks for that."""

    DESTRUCTIVE = "destructive"

    @property
    def is_read_only(self) -> bool:
        return self is Effect.READ

    @property
    def changes_nothing(self) -> bool:
        return self in (Effect.READ, Effect.CONTACT)

    @property
    def is_destructive(self) -> bool:
        return self in (Effect.MIXED, Effect.DESTRUCTIVE)


class Offerable(Protocol):
    """What of a tool decides whether it is offered."""

    @property
    def name(self) -> str: ...

    @property
    def toolset(self) -> str: ...

    @property
    def effect(self) -> Effect: ...

    @property
    def source(self) -> str | None: ...

    @property
    def connects_itself(self) -> bool: ...


@dataclass(frozen=True)
class Absence:
    """Why a tool is not offered, and what the operator would change."""

    reason: str
    change: str


def absence(tool: Offerable, settings: Settings) -> Absence | None:
    """Why these settings leave a tool out; None where they do not. The level wins."""
    barred = _beyond_level(tool.effect, settings)
    if barred is not None:
        return barred
    if tool.toolset not in settings.toolsets:
        wanted = ",".join((*settings.toolsets, tool.toolset))
        return Absence(f"the toolset {tool.toolset} is off", f"sets CLICKPIPES_TOOLSETS={wanted}")
    if tool.source is not None and settings.sources and tool.source not in settings.sources:
        wanted = ",".join((*settings.sources, tool.source))
        return Absence(f"the source {tool.source} is off", f"sets CLICKPIPES_SOURCES={wanted}")
    if settings.checks == "off" and tool.connects_itself:
        return Absence(
            "the operator lets this server connect to no source",
            "sets CLICKPIPES_CHECKS=public, or private for private networks",
        )
    if settings.service_id is not None and tool.name == "list_services":
        return Absence("all tools act on one pinned service", "unsets CLICKPIPES_SERVICE_ID")
    return None


def _beyond_level(effect: Effect, settings: Settings) -> Absence | None:
    """Why the level does not reach as far as a tool does."""
    if settings.level == "write" and effect is Effect.DESTRUCTIVE:
        return Absence(
            "the operator lets this server change things and destroy nothing",
            "sets CLICKPIPES_ALLOW=destroy",
        )
    if settings.level != "read" or effect is Effect.READ:
        return None
    if effect is not Effect.CONTACT:
        return Absence("the server is read-only", _end_of_reading(effect, settings))
    if settings.read_only_discovery:
        return None
    return Absence(
        "the server is read-only, and it sends credentials",
        "sets CLICKPIPES_READ_ONLY_DISCOVERY=true",
    )


def level_needed(effect: Effect, settings: Settings) -> Level:
    """The lowest level at which these settings leave a tool of that effect."""
    held = settings.model_copy(update={"read_only": False})
    reaching = (
        level
        for level in LEVELS
        if _beyond_level(effect, held.model_copy(update={"allow": level})) is None
    )
    return next(reaching, LEVELS[-1])


def _end_of_reading(effect: Effect, settings: Settings) -> str:
    if settings.read_only:
        return "unsets CLICKPIPES_READ_ONLY"
    enough = "destroy" if effect is Effect.DESTRUCTIVE else "write or destroy"
    return f"sets CLICKPIPES_ALLOW to {enough}"


def absence_anywhere(tool: Offerable, choices: Sequence[Settings]) -> Absence | None:
    """Why none of the connections offers a tool; None where one does."""
    found = [absence(tool, settings) for settings in choices]
    return None if None in found else found[0]


def hidden_fields(settings: Settings) -> frozenset[str]:
    """Arguments that the operator has decided, which no tool shows or accepts."""
    hidden = set()
    if settings.service_id is not None:
        hidden.add("service")
    # A yes passes through the chat where the operator chose it, and from one replica to another.
    is_replicated = settings.http is not None and settings.http_key is not None
    if settings.consent != "chat" and not is_replicated:
        hidden.add("confirmation_token")
    return frozenset(hidden)


def hidden_anywhere(choices: Sequence[Settings]) -> frozenset[str]:
    """Arguments that no connection shows."""
    return frozenset.intersection(*map(hidden_fields, choices))
