"""The written sections of a guide: `## topic` headings in a file by the source's key."""

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

_HEADING = re.compile(r"^## (\w+)\n", re.MULTILINE)


PAGES: Mapping[str, str] = {
    "safety": "What each ClickPipes tool may lose, and when a person is asked. Read it before "
    "deleting, stopping, resyncing or changing a pipe.",
    "code": "Keep ClickPipes in a repository: export them as Terraform, commands or a file, plan "
    "and apply that file, undo a change.",
}
"""Guides that are about no source, each written as one page, and what they are for."""


@cache
def page(name: str) -> str:
    """The whole text of a guide that is about no source."""
    return resources.files("clickpipes_mcp.guides").joinpath(f"{name}.md").read_text("utf-8")


@cache
def written(key: str) -> Mapping[str, str]:
    """Markdown by topic, in the order it is written."""
    file = resources.files("clickpipes_mcp.guides").joinpath(f"{key}.md")
    _, *parts = _HEADING.split(file.read_text("utf-8"))
    return {topic: text.strip() for topic, text in zip(parts[::2], parts[1::2], strict=True)}
