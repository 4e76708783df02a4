"""Fields of what Google answers, whatever stands in them."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import JsonValue

from clickpipes_mcp.checks.checklist import text_of


def rows_of(fields: Mapping[str, JsonValue], name: str) -> list[Mapping[str, JsonValue]]:
    """The objects of a list; none where it is left out."""
    given = fields.get(name)
    return [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []


def words_of(fields: Mapping[str, JsonValue], name: str) -> list[str]:
    """The texts of a list; none where it is left out."""
    given = fields.get(name)
    return [one for one in given if isinstance(one, str)] if isinstance(given, list) else []


def number_of(fields: Mapping[str, JsonValue], name: str) -> int:
    """A count, which these APIs write as text; 0 where it is left out."""
    told = text_of(fields, name)
    return int(told) if told.isdecimal() else 0


def seconds_of(fields: Mapping[str, JsonValue], name: str) -> float:
    """A duration, which these APIs write as `604800s`; 0 where it is left out."""
    try:
        return float(text_of(fields, name).removesuffix("s"))
    except ValueError:
        return 0.0


def time_of(fields: Mapping[str, JsonValue], name: str) -> datetime | None:
    """A time with its zone; None where it is left out."""
    try:
        read = datetime.fromisoformat(text_of(fields, name))
    except ValueError:
        return None
    return read if read.tzinfo else None
