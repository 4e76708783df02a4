"""The written sections of a guide: `## topic` headings in a file by the source's key."""

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

_HEADING = re.compile(r"^## (\w+)\n", re.MULTILINE)


@cache
def written(key: str) -> Mapping[str, str]:
    """Markdown by topic, in the order it is written."""
    file = resources.files("clickpipes_mcp.guides").joinpath(f"{key}.md")
    _, *parts = _HEADING.split(file.read_text("utf-8"))
    return {topic: text.strip() for topic, text in zip(parts[::2], parts[1::2], strict=True)}
