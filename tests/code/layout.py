"""Where `terraform fmt` would lay a file out otherwise, by rules of its own and not by ours.

Held against `terraform fmt` 1.11 over all that is exported in tests.
"""

import re
from collections.abc import Iterator
from itertools import groupby

_ATTRIBUTE = re.compile(r"(?P<indent> *)(?P<key>[\w-]+|\"[^\"]*\")(?P<gap> *)=(?P<after> *)\S.*")
_OPENS, _CLOSES = ("{", "["), ("}", "]")


def misplaced(text: str) -> Iterator[str]:
    """The lines that stand otherwise than they would be put."""
    lines = text.split("\n")
    if lines[-1] or not lines[-2]:
        yield "the end of the file"
    yield from (line for line in lines if line != line.rstrip())
    yield from _wrongly_indented(lines)
    yield from _wrongly_aligned(lines)


def _wrongly_indented(lines: list[str]) -> Iterator[str]:
    depth = 0
    for line in filter(None, lines):
        bare = line.strip()
        if bare.startswith(_CLOSES):
            depth -= 1
        if len(line) - len(line.lstrip()) != 2 * depth:
            yield line
        if bare.endswith(_OPENS):
            depth += 1


def _wrongly_aligned(lines: list[str]) -> Iterator[str]:
    """Attributes of one line that follow each other have their equals signs in one column."""
    for is_one_line, run in groupby(lines, _is_of_one_line):
        found = [_ATTRIBUTE.fullmatch(line) for line in run]
        width = max((len(one["key"]) for one in found if one), default=0) if is_one_line else None
        for one in filter(None, found):
            wanted = 1 if width is None else width - len(one["key"]) + 1
            if (len(one["gap"]), len(one["after"])) != (wanted, 1):
                yield one.string


def _is_of_one_line(line: str) -> bool:
    return bool(_ATTRIBUTE.fullmatch(line)) and not line.endswith(_OPENS)
