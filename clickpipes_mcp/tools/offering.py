"""Which tools the operator's settings leave, and what to say of the others when asked for."""

import difflib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from clickpipes_mcp.errors import CallerError, ClickPipesError, ToolUnavailable
from clickpipes_mcp.settings import Settings
from clickpipes_mcp.tools import TOOLS
from clickpipes_mcp.tools.record import Effect, ToolSpec


@dataclass(frozen=True)
class Absence:
    """Why a tool is not offered, and what the operator would change."""

    reason: str
    change: str


def absence(tool: ToolSpec[Any], settings: Settings) -> Absence | None:
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


def _end_of_reading(effect: Effect, settings: Settings) -> str:
    if settings.read_only:
        return "unsets CLICKPIPES_READ_ONLY"
    enough = "destroy" if effect is Effect.DESTRUCTIVE else "write or destroy"
    return f"sets CLICKPIPES_ALLOW to {enough}"


def absence_anywhere(tool: ToolSpec[Any], choices: Sequence[Settings]) -> Absence | None:
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


def check_offered(tool: ToolSpec[Any], settings: Settings) -> None:
    """Refuse what the connection of a call leaves out, though another one offers it.

    Raises:
        ToolUnavailable: With who can change that.
    """
    why = absence(tool, settings)
    if why is not None:
        raise ToolUnavailable(
            f"{tool.name} exists, but not through the connection {settings.called}: {why.reason}.",
            fix="Tell the person. The operator decides this for each connection, in the file of "
            "connections.",
        )


def explain_absence(name: str, settings: Settings, offered: Collection[str]) -> ClickPipesError:
    """What to answer to a call of a tool that is not there."""
    tool = next((tool for tool in TOOLS if tool.name == name), None)
    why = absence(tool, settings) if tool else None
    if why is None:
        near = difflib.get_close_matches(name, offered, n=1)
        meant = f"Did you mean {near[0]}?" if near else "The tools of this server are listed."
        return CallerError("This server has no tool of that name.", fix=meant)
    return ToolUnavailable(
        f"{name} exists, but {why.reason}.",
        fix=f"Tell the person. To offer it, the operator {why.change} and restarts the server.",
    )
