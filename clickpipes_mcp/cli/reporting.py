"""Turning what an operator can mend into one message without a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:  # start-up time
    from clickpipes_mcp.errors import Problem


class Unusable(click.ClickException):
    """What the operator gave cannot be used."""

    exit_code = 2


@contextmanager
def explained() -> Iterator[None]:
    """Turn what the operator can mend into one message without a traceback."""
    from clickpipes_mcp.errors import ClickPipesError

    try:
        yield
    except ClickPipesError as error:
        lines = filter(None, (error.message, *map(_tell, error.problems), error.fix))
        raise Unusable((" " if not error.problems else "\n").join(lines)) from error


def _tell(problem: "Problem") -> str:
    allowed = f" Allowed: {', '.join(problem.allowed)}." if problem.allowed else ""
    return f"{problem.path}: {problem.message}.{allowed} {problem.fix}".strip()
