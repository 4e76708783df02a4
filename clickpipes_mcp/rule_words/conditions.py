"""Places in a request and what can be said about them: the conditions that rules are built on.

A path is dotted and starts at the request, `source.credentials.password`; `[]` after a list's
name visits its items, `source.table_mappings[].target_table`. Inside `each` it starts at the item.
A field counts as given unless it is unset, blank or an empty list.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from clickpipes_mcp.contract import FieldPath


@dataclass(frozen=True)
class Condition:
    """Something a request says or does not say, with the words for it in a message."""

    words: str
    holds: Callable[[object], bool]


ALWAYS = Condition("", lambda _: True)


def visit(model: object, path: str) -> Iterator[tuple[FieldPath, object]]:
    """Every value at a path, unset ones as None; nothing below an object that is unset."""
    yield from _visit(model, _steps(path), ())


@cache
def _steps(path: str) -> tuple[tuple[str, bool], ...]:
    """The names of a path, and of each whether the items of a list follow."""
    names = path.split(".") if path else ()
    return tuple((name.removesuffix("[]"), name.endswith("[]")) for name in names)


def _visit(
    value: object, steps: tuple[tuple[str, bool], ...], trail: FieldPath
) -> Iterator[tuple[FieldPath, object]]:
    for depth, (name, is_list) in enumerate(steps, 1):
        child = getattr(value, name, None)
        trail = (*trail, name)
        if is_list:
            items = child if isinstance(child, Sequence) else ()
            for index, item in enumerate(items):
                yield from _visit(item, steps[depth:], (*trail, index))
            return
        if child is None and depth < len(steps):
            return
        value = child
    yield trail, value


def _is_given(value: object) -> bool:
    return value is not None and value != "" and value != []


def given_at(model: object, path: str) -> list[tuple[FieldPath, object]]:
    return [(place, value) for place, value in visit(model, path) if _is_given(value)]


def leaf(path: str) -> str:
    return path.rsplit(".", 1)[-1].replace("[]", "")


def is_true(path: str) -> Condition:
    """The flag is set to true."""
    return Condition(
        f"{leaf(path)} is true",
        lambda model: any(value is True for _, value in visit(model, path)),
    )


def is_not_true(path: str) -> Condition:
    """The flag is unset or false."""
    return Condition(
        f"{leaf(path)} is not true",
        lambda model: all(value is not True for _, value in visit(model, path)),
    )


def given(path: str) -> Condition:
    """The field is given."""
    return Condition(f"{leaf(path)} is given", lambda model: bool(given_at(model, path)))


def missing(path: str) -> Condition:
    """The field is not given."""
    return Condition(f"{leaf(path)} is not given", lambda model: not given_at(model, path))


def equal(path: str, *values: object) -> Condition:
    """The field is given and is one of these values."""
    return Condition(
        f"{leaf(path)} is {_one_of(values)}",
        lambda model: any(value in values for _, value in given_at(model, path)),
    )


def unlike(path: str, *values: object) -> Condition:
    """The field is unset or none of these values."""
    not_it = "not" if len(values) == 1 else "not one of"
    return Condition(
        f"{leaf(path)} is {not_it} {_one_of(values)}",
        lambda model: all(value not in values for _, value in visit(model, path)),
    )


def _one_of(values: Sequence[object]) -> str:
    *others, last = map(str, values)
    return f"{', '.join(others)} or {last}" if others else last


def both(*conditions: Condition) -> Condition:
    """All of these hold."""
    return Condition(
        " and ".join(condition.words for condition in conditions),
        lambda model: all(condition.holds(model) for condition in conditions),
    )


def either(*conditions: Condition) -> Condition:
    """At least one of these holds."""
    told = [condition.words for condition in conditions]
    return Condition(
        (", or " if any(" and " in words for words in told) else " or ").join(told),
        lambda model: any(condition.holds(model) for condition in conditions),
    )
