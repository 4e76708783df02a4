"""Turning what an operator can mend into one message without a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

import click


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
        raise Unusable(" ".join(filter(None, (error.message, error.fix)))) from error
