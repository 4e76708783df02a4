"""The tables of the README that are generated: `--write` renews them, `--check` compares."""

import re
import sys
from pathlib import Path

from clickpipes_mcp.settings import documented_settings
from clickpipes_mcp.tools import TOOLS

README = Path(__file__).parent.parent / "README.md"


def tools() -> str:
    lines = ["| toolset | tool | what it does |", "|---|---|---|"]
    for tool in TOOLS:
        mark = " ◆" if tool.impact is not None else ""
        purpose = tool.description.split(". ")[0].rstrip(".")
        lines.append(f"| {tool.toolset} | `{tool.name}`{mark} | {purpose}. |")
    return "\n".join(lines)


def settings() -> str:
    lines = ["| variable | default | meaning |", "|---|---|---|"]
    for setting in documented_settings():
        preferred, *others = setting.variables
        names = f"`{preferred}`" + "".join(f"<br>`{name}`" for name in others)
        default = f"`{setting.default}`" if setting.default else ""
        lines.append(f"| {names} | {default} | {setting.description} |")
    return "\n".join(lines)


BLOCKS = {"tools": tools, "settings": settings}


def renewed(text: str) -> str:
    for name, render in BLOCKS.items():
        pattern = re.compile(rf"(<!-- {name}: [^\n]*-->\n).*?(<!-- /{name} -->)", re.DOTALL)
        if not pattern.search(text):
            raise SystemExit(f"README.md has no block {name}")
        table = render()
        text = pattern.sub(lambda m, table=table: f"{m[1]}{table}\n{m[2]}", text)
    return text


def main(mode: str) -> None:
    text = README.read_text(encoding="utf-8")
    wanted = renewed(text)
    if mode == "--write":
        README.write_text(wanted, encoding="utf-8")
    elif wanted != text:
        raise SystemExit("README.md is outdated: run python tests/readme_blocks.py --write")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "--check")
