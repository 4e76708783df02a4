"""What a server with these settings answers to the questions that every client begins with.

The SDK orders the fields of an answer as the models of the protocol do, which is by their names;
what the models of a protocol know stands in that order, and the rest as it was written.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Final, cast

from clickpipes_mcp import __version__
from clickpipes_mcp.front.messages import DISCOVER, INITIALIZE, MODERN_VERSION, PING
from clickpipes_mcp.instructions import (
    SERVER_DESCRIPTION,
    SERVER_NAME,
    SERVER_TITLE,
    instructions,
)
from clickpipes_mcp.listed_tools import ListedTool, listed, listed_tools
from clickpipes_mcp.offering import CONNECTION, absence, absence_anywhere, hidden_anywhere
from clickpipes_mcp.panels import with_panel
from clickpipes_mcp.published_schemas import kept, kept_input, with_connection
from clickpipes_mcp.settings import Settings

_INFO: Final = {
    "name": SERVER_NAME,
    "title": SERVER_TITLE,
    "version": __version__,
    "description": SERVER_DESCRIPTION,
}

Result = dict[str, Any]


class Answers:
    """The answers of one server, in either protocol."""

    def __init__(self, settings: Settings, named: Sequence[Settings] = ()) -> None:
        self._settings = settings
        self._named = named
        self._choices = named or (settings,)
        self._shows_panels = False
        self._makers: Mapping[str, Callable[[str | None], Result]] = {
            INITIALIZE: self._initialize,
            DISCOVER: self._discover,
            PING: lambda _: {},
            "tools/list": lambda version: {"tools": self._listed_tools(version)},
            "prompts/list": lambda _: {"prompts": self._prompts},
            "resources/list": lambda _: {"resources": listed()["resources"]},
            "resources/templates/list": lambda _: {"resourceTemplates": listed()["templates"]},
        }

    def line(
        self,
        number: int | str,
        method: str,
        version: str | None,
        shows_panels: bool = False,  # noqa: FBT001, FBT002 # of the client, as its version is
    ) -> bytes:
        """The answer to a request, with its end; without a version it is in the newer protocol."""
        self._shows_panels = shows_panels
        result = self._makers[method](version)
        if version is None:
            cached = {"cacheScope": "private", "resultType": "complete", "ttlMs": 0}
            meta = {"io.modelcontextprotocol/serverInfo": _INFO}
            result = {**_sorted({**result, **cached}), "_meta": meta}
        answer = {"jsonrpc": "2.0", "id": number, "result": result}
        return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    @cached_property
    def tools(self) -> tuple[ListedTool, ...]:
        """The tools that at least one connection leaves, in their order."""
        return tuple(
            tool for tool in listed_tools() if absence_anywhere(tool, self._choices) is None
        )

    @property
    def _instructions(self) -> str:
        names = frozenset(tool.name for tool in self.tools)
        return instructions(self._settings, names, self._named)

    def _initialize(self, version: str | None) -> Result:
        return {
            "capabilities": listed()["capabilities"],
            "instructions": self._instructions,
            "protocolVersion": version,
            "serverInfo": _sorted(_INFO),
        }

    def _discover(self, _: str | None) -> Result:
        extended = {**listed()["capabilities"], "extensions": listed()["extensions"]}
        return {
            "capabilities": _sorted(extended),
            "instructions": self._instructions,
            "supportedVersions": [MODERN_VERSION],
        }

    @property
    def _prompts(self) -> list[Result]:
        names = {tool.name for tool in self.tools}
        return [
            {**one["prompt"], "arguments": list(filter(self._is_taken, one["prompt"]["arguments"]))}
            for one in listed()["prompts"]
            if names.issuperset(one["needs"])
        ]

    def _is_taken(self, argument: Mapping[str, Any]) -> bool:
        return bool(self._named) or argument["name"] != CONNECTION

    def _listed_tools(self, version: str | None) -> list[Result]:
        hidden = hidden_anywhere(self._choices)
        return [self._listed_tool(tool, hidden, version) for tool in self.tools]

    def _listed_tool(self, tool: ListedTool, hidden: frozenset[str], version: str | None) -> Result:
        file = cast("Result", kept(tool.name))
        schema = cast("Result", kept_input(tool.name, hidden, ()))
        if self._named:
            able = [one.called or "" for one in self._named if absence(tool, one) is None]
            schema = with_connection(schema, able, self._settings.called)
        meta = with_panel(file["outputSchema"]) if self._shows_panels else None
        return _sorted(
            {
                **({"_meta": meta} if meta else {}),
                "name": file["name"],
                "title": file["title"],
                "description": file["description"],
                "annotations": _sorted({**file["annotations"], "title": file["title"]}),
                "inputSchema": schema if version is None else _sorted(schema),
                "outputSchema": file["outputSchema"],
            }
        )


def can_answer() -> bool:
    """Whether all files are there and can be read."""
    try:
        return all(kept(tool.name) is not None for tool in listed_tools())
    except (OSError, ValueError):
        return False


def _sorted(fields: Mapping[str, Any]) -> Result:
    return {name: fields[name] for name in sorted(fields)}
