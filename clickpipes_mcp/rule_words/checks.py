"""The words that rules are written in: checks, and the conditions under which they apply.

Paths are those of `conditions`: dotted, `[]` visits the items of a list.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from clickpipes_mcp.contract import FieldPath, Request, Violation
from clickpipes_mcp.patterns import Pattern
from clickpipes_mcp.rule_words.conditions import ALWAYS, Condition, given_at, leaf, visit

Check: TypeAlias = Callable[[object], Iterator[Violation]]


def _place(path: str) -> FieldPath:
    return tuple(path.replace("[]", "").split(".")) if path else ()


def _because(when: Condition) -> str:
    return f" when {when.words}" if when.words else ""


def needs(*paths: str, when: Condition = ALWAYS, message: str = "", fix: str = "") -> Check:
    """Each of these must be given."""

    def check(model: object) -> Iterator[Violation]:
        if not when.holds(model):
            return
        for path in paths:
            if not given_at(model, path):
                text = message or f"{leaf(path)} is required{_because(when)}."
                yield Violation(_place(path), text, fix=fix or f"Give {leaf(path)}.")

    return check


def forbids(
    *paths: str,
    when: Condition = ALWAYS,
    message: str = "",
    fix: str = "",
    allowed: tuple[str, ...] = (),
) -> Check:
    """None of these may be given."""

    def check(model: object) -> Iterator[Violation]:
        if not when.holds(model):
            return
        for path in paths:
            for place, _ in given_at(model, path):
                text = message or f"{leaf(path)} does not apply{_because(when)}."
                yield Violation(place, text, allowed, fix or f"Leave {leaf(path)} out.")

    return check


def needs_any(*paths: str, when: Condition = ALWAYS, message: str = "", fix: str = "") -> Check:
    """At least one of these must be given."""

    def check(model: object) -> Iterator[Violation]:
        if when.holds(model) and not any(given_at(model, path) for path in paths):
            names = " or ".join(leaf(path) for path in paths)
            text = message or f"{names} is required{_because(when)}."
            yield Violation(_place(paths[0]), text, fix=fix or f"Give {names}.")

    return check


def at_most_one(*paths: str, when: Condition = ALWAYS, message: str = "", fix: str = "") -> Check:
    """No two of these may be given."""

    def check(model: object) -> Iterator[Violation]:
        found = [path for path in paths if given_at(model, path)]
        if len(found) > 1 and when.holds(model):
            names = " and ".join(leaf(path) for path in found)
            text = message or f"{names} exclude each other{_because(when)}."
            yield Violation(_place(found[1]), text, fix=fix or f"Keep only one of {names}.")

    return check


def together(*paths: str, when: Condition = ALWAYS, message: str = "", fix: str = "") -> Check:
    """All of these or none."""

    def check(model: object) -> Iterator[Violation]:
        absent = [path for path in paths if not given_at(model, path)]
        if not when.holds(model) or len(absent) in {0, len(paths)}:
            return
        names = " and ".join(leaf(path) for path in paths)
        for path in absent:
            text = message or f"The fields {names} go together; {leaf(path)} is missing."
            yield Violation(_place(path), text, fix=fix or f"Give {leaf(path)} too.")

    return check


def allows_by(
    path: str, by: str, table: Mapping[str, Sequence[str]], *, message: str = "", fix: str = ""
) -> Check:
    """What one field allows depends on another; values that the table does not know pass."""

    def check(model: object) -> Iterator[Violation]:
        for _, key in given_at(model, by):
            if not isinstance(key, str) or key not in table:
                continue
            for place, value in given_at(model, path):
                if value not in table[key]:
                    text = message or f"This {leaf(path)} is not allowed for {leaf(by)} {key}."
                    yield Violation(place, text, allowed=tuple(table[key]), fix=fix)

    return check


def matches(
    path: str, pattern: str, *, message: str, when: Condition = ALWAYS, fix: str = ""
) -> Check:
    """If given, the text must contain the pattern (anchor it to match all of it)."""
    wanted = Pattern(pattern)
    return satisfies(
        path,
        lambda value: not isinstance(value, str) or wanted.is_in(value),
        when=when,
        message=message,
        fix=fix,
    )


def avoids(
    path: str, pattern: str, *, message: str, when: Condition = ALWAYS, fix: str = ""
) -> Check:
    """If given, the text must not contain the pattern."""
    unwanted = Pattern(pattern)
    return satisfies(
        path,
        lambda value: not isinstance(value, str) or not unwanted.is_in(value),
        when=when,
        message=message,
        fix=fix,
    )


def satisfies(
    path: str,
    test: Callable[[object], bool],
    *,
    message: str,
    when: Condition = ALWAYS,
    fix: str = "",
    allowed: tuple[str, ...] = (),
) -> Check:
    """If given, the value must pass a test; for what the other words cannot say."""

    def check(model: object) -> Iterator[Violation]:
        if not when.holds(model):
            return
        for place, value in given_at(model, path):
            if not test(value):
                yield Violation(place, message, allowed=allowed, fix=fix)

    return check


def unique(items: str, *names: str, message: str, fix: str = "") -> Check:
    """No two items of a list may agree in all these fields; without names, in themselves."""

    def check(model: object) -> Iterator[Violation]:
        seen: set[tuple[object, ...]] = set()
        for place, item in visit(model, f"{items}[]"):
            key = tuple(getattr(item, name, None) for name in names) or (item,)
            if key in seen:
                yield Violation((*place, *names[-1:]), message, fix=fix)
            seen.add(key)

    return check


def each(items: str, *checks: Check) -> Check:
    """The checks hold for every item of a list, or for the object at a path where it is given.

    `each("source.table_mappings[]", …)`, `each("source.schema_registry", …)`.
    """

    def check(model: object) -> Iterator[Violation]:
        for place, item in visit(model, items):
            if item is None:
                continue
            for inner in checks:
                for found in inner(item):
                    yield Violation((*place, *found.path), found.message, found.allowed, found.fix)

    return check


def reject(condition: Condition, path: str, message: str, fix: str = "") -> Check:
    """The condition must not hold; the path is where the message points, empty for the whole."""

    def check(model: object) -> Iterator[Violation]:
        if condition.holds(model):
            yield Violation(_place(path), message, fix=fix)

    return check


def gives_something(noun: str, wanted: type[Request]) -> Check:
    """The request is not empty; `wanted` holds the fields to propose."""
    names = ", ".join(list(wanted.model_fields)[:4])

    def check(model: object) -> Iterator[Violation]:
        if isinstance(model, Request) and not model.body():
            fix = f"Give at least one, such as {names}."
            yield Violation((), f"No {noun} is given.", fix=fix)

    return check


def every(*checks: Check) -> Check:
    """All these checks, one after the other."""

    def check(model: object) -> Iterator[Violation]:
        for inner in checks:
            yield from inner(model)

    return check


def only_when(condition: Condition, check: Check) -> Check:
    """The check, where the request as a whole meets the condition."""

    def guarded(model: object) -> Iterator[Violation]:
        if condition.holds(model):
            yield from check(model)

    return guarded


def apart(added: str, removed: str, *names: str, message: str, fix: str) -> Check:
    """No item of one list may agree with an item of another list in all these fields."""

    def identity(item: object) -> tuple[object, ...]:
        return tuple(getattr(item, name, None) for name in names)

    def check(model: object) -> Iterator[Violation]:
        leaving = {identity(item) for _, item in visit(model, f"{removed}[]")}
        for place, item in visit(model, f"{added}[]"):
            if identity(item) in leaving:
                yield Violation(place, message, fix=fix)

    return check
