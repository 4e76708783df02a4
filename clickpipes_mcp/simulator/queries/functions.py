"""The values and functions that statements compute with."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

from clickpipes_mcp.simulator.queries.statement import SqlError

Value: TypeAlias = str | int | float | datetime | timedelta | None
Row: TypeAlias = Mapping[str, Value]

_UNITS: Final[Mapping[str, timedelta]] = {
    "SECOND": timedelta(seconds=1),
    "MINUTE": timedelta(minutes=1),
    "HOUR": timedelta(hours=1),
    "DAY": timedelta(days=1),
    "WEEK": timedelta(weeks=1),
    "MONTH": timedelta(days=30),
}


def interval(amount: Value, unit: str) -> timedelta:
    """A length of time. Raises SqlError."""
    if unit not in _UNITS or not isinstance(amount, int | float):
        raise SqlError(62, f"Syntax error: no interval of {unit}", "SYNTAX_ERROR")
    return _UNITS[unit] * amount


def moment(value: Value) -> datetime:
    """A time from its text or its Unix seconds. Raises SqlError."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError as error:
        text = f"Cannot parse datetime {value!r}"
        raise SqlError(41, text, "CANNOT_PARSE_DATETIME") from error
    return found.replace(tzinfo=found.tzinfo or UTC)


def compared(sign: str, left: Value, right: Value) -> Value:
    """Whether a comparison holds, as 1 or 0; null stays null."""
    if left is None or right is None:
        return None
    if isinstance(left, datetime) or isinstance(right, datetime):
        left, right = moment(left).timestamp(), moment(right).timestamp()
    if isinstance(left, str) != isinstance(right, str):
        left, right = str(left), str(right)
    return int(_COMPARISONS[sign](left, right))


_COMPARISONS: Final[Mapping[str, Callable[..., bool]]] = {
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}
COMPARISONS: Final = frozenset(_COMPARISONS)


def combined(sign: str, left: Value, right: Value) -> Value:
    """Arithmetic over numbers and times. Raises SqlError."""
    if isinstance(left, datetime) and isinstance(right, timedelta):
        return left + right if sign == "+" else left - right
    if isinstance(left, datetime) and isinstance(right, datetime) and sign == "-":
        return (left - right).total_seconds()
    if not isinstance(left, int | float) or not isinstance(right, int | float):
        raise SqlError(43, f"Illegal types of arguments of {sign}", "ILLEGAL_TYPE_OF_ARGUMENT")
    if sign == "/":
        return left / right if right else float("inf")
    return {"+": left + right, "-": left - right, "*": left * right}[sign]


def resembles(text: Value, pattern: Value, *, ignore_case: bool) -> int:
    """Whether a text is like a pattern of `%` and `_`."""
    like = like_pattern(str(pattern), ignore_case=ignore_case)
    return int(like.fullmatch("" if text is None else str(text)) is not None)


def like_pattern(pattern: str, *, ignore_case: bool) -> re.Pattern[str]:
    """As a regular expression that takes the first place for each part, and never another."""
    first, *parts = (
        "".join("." if one == "_" else re.escape(one) for one in part)
        for part in pattern.split("%")
    )
    inner = "".join(f"(?>.*?{part})" for part in parts[:-1])
    last = f".*{parts[-1]}" if parts else ""
    flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
    return re.compile(rf"\A{first}{inner}{last}\Z", flags)


def _substring(text: Value, start: Value = 1, length: Value = None) -> Value:
    begin = int(start) - 1 if isinstance(start, int | float) else 0
    rest = str(text)[max(begin, 0) :]
    return rest[: int(length)] if isinstance(length, int | float) else rest


def _seconds_between(unit: Value, start: Value, end: Value) -> Value:
    passed = moment(end) - moment(start)
    return int(passed / _UNITS.get(str(unit).upper(), _UNITS["SECOND"]))


def shown(value: Value) -> str | int | float | None:
    """A value as answers write it: times in the database's own form, in UTC."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    return value.total_seconds() if isinstance(value, timedelta) else value


SCALARS: Final[Mapping[str, Callable[..., Value]]] = {
    "todatetime": lambda value, *_: moment(value),
    "todatetime64": lambda value, *_: moment(value),
    "parsedatetimebesteffort": lambda value, *_: moment(value),
    "parsedatetime64besteffort": lambda value, *_: moment(value),
    "tostartofminute": lambda value: moment(value).replace(second=0, microsecond=0),
    "tostartofhour": lambda value: moment(value).replace(minute=0, second=0, microsecond=0),
    "tounixtimestamp": lambda value: int(moment(value).timestamp()),
    "datediff": _seconds_between,
    "tostring": shown,
    "touuid": lambda value: str(value).lower(),
    "touint64": int,
    "lower": lambda value: str(value).lower(),
    "upper": lambda value: str(value).upper(),
    "length": lambda value: len(str(value)),
    "left": lambda value, length: str(value)[: int(length)],
    "substring": _substring,
    "isnull": lambda value: int(value is None),
    "coalesce": lambda *values: next((value for value in values if value is not None), None),
    "round": lambda value, digits=0: round(value, digits),
    "version": lambda: "25.8.1.1",
    "currentdatabase": lambda: "default",
}
AGGREGATES: Final = frozenset({"count", "countif", "max", "min", "sum", "avg", "any", "uniq"})


def aggregated(name: str, values: Sequence[Value]) -> Value:
    """An aggregate over the values of a group; an empty group gives the type's default."""
    known = [value for value in values if value is not None]
    if name == "uniq":
        return len(set(known))
    numbers = [value for value in known if isinstance(value, int | float)]
    if name == "sum":
        return sum(numbers)
    if name == "avg":
        return sum(numbers) / len(numbers) if numbers else float("nan")
    if not known:
        return None
    if name == "any":
        return known[0]
    if isinstance(known[0], str):
        texts = [str(value) for value in known]
        return max(texts) if name == "max" else min(texts)
    if isinstance(known[0], datetime):
        times = [moment(value) for value in known]
        return max(times) if name == "max" else min(times)
    return max(numbers) if name == "max" else min(numbers)
