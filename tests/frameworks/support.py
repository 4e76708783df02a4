"""The table of frameworks in the page about clients: `--write` runs them all and renews it."""

import re
import sys
from pathlib import Path

import clickpipes_mcp
from tests.frameworks.frameworks import FRAMEWORKS, converse, row

PAGE = Path(clickpipes_mcp.__file__).parent / "CLIENTS.md"
_BLOCK = re.compile(r"(<!-- frameworks: [^\n]*-->\n).*?(<!-- /frameworks -->)", re.DOTALL)
_HEAD = (
    "| framework | tools | a call | an error | a person is asked by | tried with |",
    "|---|---|---|---|---|---|",
)


def without_release(line: str) -> str:
    """A row without what it was tried with: new releases come out every week."""
    return " | ".join(line.split(" | ")[:-1])


def main() -> None:
    if sys.argv[1:] != ["--write"]:
        raise SystemExit("python -m tests.frameworks.support --write")
    lines = [*_HEAD, *(row(framework, converse(framework)) for framework in FRAMEWORKS)]
    table = "\n".join(lines)
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(_BLOCK.sub(lambda m: f"{m[1]}{table}\n{m[2]}", text), encoding="utf-8")


if __name__ == "__main__":
    main()
