"""The guides as skills: directories of Markdown that a client lists, checks and reads when needed.

Source: the protocol's extension `io.modelcontextprotocol/skills` (SEP-2640), final in 2026-09.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from hashlib import sha256
from typing import Any

from mcp import MCPError
from mcp.server.context import ServerRequestContext
from mcp.server.extension import Extension, MethodBinding, ResourceBinding
from mcp.server.mcpserver.exceptions import ResourceNotFoundError
from mcp.server.mcpserver.resources import FunctionResource
from mcp_types import INVALID_PARAMS, PaginatedRequestParams
from typing_extensions import override

from clickpipes_mcp.guides import PAGES, page
from clickpipes_mcp.resources import Page
from clickpipes_mcp.schema_shape import JsonObject
from clickpipes_mcp.sources import SOURCE_KEYS, SOURCE_TITLES, source_named

KEPT_MS = 3_600_000
"""How long a client may take a skill for unchanged: its text comes with the program."""

_MARKDOWN = "text/markdown"
_DIRECTORY = "inode/directory"
_SOURCES_ROOT = "skill://clickpipes-sources"
_ABOUT_SOURCES = (
    f"Prepare a source for ClickPipes ({', '.join(SOURCE_TITLES.values())}): statements, "
    "roles, addresses, pitfalls. Read it before creating a pipe."
)
_HOW_TO_PREPARE = (
    "# Prepare a source for a ClickPipe\n\n"
    "Read the reference of the kind of source, and no other. Tell the person what to run or to "
    "allow there, with the exact statements. Then call the create tool with dry_run=true. The tool "
    "get_source_guide says the same by topics, with the addresses and the role of a service."
)


@dataclass(frozen=True)
class Skill:
    """A skill: what it is for, and its files, each written when it is asked for.

    `body` writes the text of SKILL.md, `references` the other files by their path below it.
    """

    name: str
    description: str
    body: Callable[[], str]
    references: Mapping[str, Callable[[], str]]

    @property
    def root(self) -> str:
        """The address of its directory."""
        return f"skill://{self.name}"

    @property
    def uri(self) -> str:
        """The address of the file that a client reads first."""
        return f"{self.root}/SKILL.md"

    @property
    def frontmatter(self) -> dict[str, str]:
        """What stands at the head of that file."""
        return {"name": self.name, "description": self.description, "license": "Apache-2.0"}

    def text(self) -> str:
        """The file that a client reads first."""
        fields = (f"{key}: {json.dumps(value)}" for key, value in self.frontmatter.items())
        return "\n".join(("---", *fields, "---", "", self.body()))

    def files(self) -> Iterator[tuple[str, Callable[[], str]]]:
        """Every file: its address, and what writes it."""
        yield self.uri, self.text
        for path, write in self.references.items():
            yield f"{self.root}/{path}", write


def _write_about_sources() -> str:
    listed = (f"- [{title}](references/{key}.md)" for key, title in SOURCE_TITLES.items())
    return "\n".join((_HOW_TO_PREPARE, "", *listed))


def _guide_of(source: str) -> str:
    from clickpipes_mcp.tools.page_texts import guide_of  # start-up time

    return guide_of(source_named(source))


SKILLS = (
    Skill(
        "clickpipes-sources",
        _ABOUT_SOURCES,
        _write_about_sources,
        {f"references/{key}.md": partial(_guide_of, key) for key in SOURCE_KEYS},
    ),
    *(Skill(f"clickpipes-{name}", told, partial(page, name), {}) for name, told in PAGES.items()),
)


async def _read_reference(source: str) -> str:
    if source not in SOURCE_TITLES:
        raise ResourceNotFoundError("The skill has no such reference.")
    return _guide_of(source)


REFERENCE = Page(
    f"{_SOURCES_ROOT}/references/{{source}}.md",
    "skill-reference",
    "Reference of a skill",
    "The guide of a source, as a file of the skill clickpipes-sources.",
    _read_reference,
)
"""How the files are read that no list names: the skill's own list does."""


@cache
def _entries() -> dict[str, JsonObject]:
    """Every skill as it is listed, by its address."""
    return {
        skill.uri: {
            "uri": skill.uri,
            "frontmatter": skill.frontmatter,
            "resources": [_file(uri, write()) for uri, write in skill.files()],
        }
        for skill in SKILLS
    }


def _file(uri: str, text: str) -> JsonObject:
    raw = text.encode()
    return {"uri": uri, "digest": f"sha256:{sha256(raw).hexdigest()}", "size": len(raw)}


def _children(directory: str) -> list[JsonObject]:
    """What stands directly in a directory; nothing where it is none."""
    found: dict[str, JsonObject] = {}
    for uri in (uri for skill in SKILLS for uri, _ in skill.files()):
        if uri.startswith(f"{directory}/"):
            name, *deeper = uri.removeprefix(f"{directory}/").split("/")
            kind = _DIRECTORY if deeper else _MARKDOWN
            found[name] = {"uri": f"{directory}/{name}", "name": name, "mimeType": kind}
    return list(found.values())


class _UriParams(PaginatedRequestParams):
    """Which skill or directory."""

    uri: str


class Skills(Extension):
    """What a server adds to its resources for clients that know skills."""

    identifier = "io.modelcontextprotocol/skills"

    @override
    def settings(self) -> dict[str, Any]:
        return {"directoryRead": True}

    @override
    def resources(self) -> Sequence[ResourceBinding]:
        return [
            ResourceBinding(
                FunctionResource(
                    uri=skill.uri,
                    name=skill.name,
                    description=skill.description,
                    mime_type=_MARKDOWN,
                    fn=skill.text,
                )
            )
            for skill in SKILLS
        ]

    @override
    def methods(self) -> Sequence[MethodBinding]:
        return (
            MethodBinding("skills/list", PaginatedRequestParams, _list),
            MethodBinding("skills/get", _UriParams, _get),
            MethodBinding("resources/directory/read", _UriParams, _read_directory),
        )


def _kept(**found: object) -> dict[str, Any]:
    return {"resultType": "complete", **found, "ttlMs": KEPT_MS, "cacheScope": "public"}


async def _list(_: ServerRequestContext[Any, Any], __: PaginatedRequestParams) -> dict[str, Any]:
    return _kept(skills=list(_entries().values()))


async def _get(_: ServerRequestContext[Any, Any], params: _UriParams) -> dict[str, Any]:
    found = _entries().get(params.uri)
    if found is None:
        raise MCPError(INVALID_PARAMS, f"There is no such skill. Skills: {', '.join(_entries())}.")
    return _kept(skill=found)


async def _read_directory(_: ServerRequestContext[Any, Any], params: _UriParams) -> dict[str, Any]:
    found = _children(params.uri)
    if not found:
        raise MCPError(INVALID_PARAMS, "No skill has such a directory.")
    return _kept(resources=found)
