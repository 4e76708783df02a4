"""Words and comments of a shell script."""

import shlex
from collections.abc import Iterable, Sequence
from typing import Final

from clickpipes_mcp.code.references import Reference

HEAD: Final = "#!/usr/bin/env bash\nset -euo pipefail\n"


def word(value: object) -> str:
    """A value as one word: a reference is the variable that holds the secret."""
    if isinstance(value, Reference):
        return f'"${value.variable}"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    return shlex.quote(str(value))


def as_file(value: object) -> str:
    """A file that holds a value, while the command runs."""
    return f"<(printf '%s' {word(value)})"


def comment(text: str) -> str:
    """One line of comment."""
    return f"# {' '.join(text.split())}".rstrip()


def command(words: Sequence[str], options: Iterable[str]) -> str:
    """A command with an option a line."""
    return " \\\n  ".join([" ".join(words), *options])


def needed(variables: Iterable[str]) -> list[str]:
    """The lines that stop the script where a variable is not set."""
    return [f'export {name}="${{{name}:?}}"' for name in dict.fromkeys(variables)]
