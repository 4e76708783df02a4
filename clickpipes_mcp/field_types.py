"""Types of fields that several requests share, and forms that several places look for."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)


def is_uuid(text: str) -> bool:
    """Whether a text is a UUID as the API writes its ids, in letters of either case."""
    return _UUID.fullmatch(text) is not None


def _as_flag(value: object) -> object:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"
    raise ValueError("must be true or false")


Flag = Annotated[bool, BeforeValidator(_as_flag)]
"""A boolean that is not guessed from numbers or words, other than true and false as text."""

Text = Annotated[str, Field(min_length=1)]
"""A text that says something."""


def between(low: float, high: float, words: str = "{range}.", *, step: int | None = None) -> Any:  # noqa: ANN401 # as Field
    """A number that may be left out; its description says its range where `{range}` stands."""
    description = words.format(range=f"{low}-{high}")
    return Field(default=None, ge=low, le=high, multiple_of=step, description=description)
