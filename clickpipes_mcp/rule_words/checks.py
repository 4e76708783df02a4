"""The words that rules are written in: checks over conditions, and examples by difference.

Paths are those of `_conditions`: dotted, `[]` visits a list's items.
"""

import copy
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, TypeAlias, cast

from clickpipes_mcp.contract import FieldPath, Request, Rule, Violation
from clickpipes_mcp.rule_words.conditions import (
    ALWAYS,
    Condition,
    both,
    either,
    equal,
    given,
    given_at,
    is_not_true,
    is_true,
    leaf,
    missing,
    unlike,
    visit,
)

__all__ = [
    "ABSENT",
    "ALWAYS",
    "Check",
    "Condition",
    "allows",
    "allows_by",
    "altered",
    "at_most_one",
    "avoids",
    "both",
    "each",
    "either",
    "equal",
    "every",
    "forbids",
    "given",
    "is_not_true",
    "is_true",
    "matches",
    "missing",
    "needs",
    "needs_any",
    "nested",
    "reject",
    "rule",
    "satisfies",
    "together",
    "unique",
    "unlike",
    "visit",
]

Check: TypeAlias = Callable[[object], Iterator[Violation]]


class _Absent:
    """Marks a field that an example leaves out."""


ABSENT = _Absent()


def _place(path: str) -> FieldPath:
    return tuple(path.replace("[]", "").split("."))


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


def forbids(*paths: str, when: Condition = ALWAYS, message: str = "", fix: str = "") -> Check:
    """None of these may be given."""

    def check(model: object) -> Iterator[Violation]:
        if not when.holds(model):
            return
        for path in paths:
            for place, _ in given_at(model, path):
                text = message or f"{leaf(path)} does not apply{_because(when)}."
                yield Violation(place, text, fix=fix or f"Leave {leaf(path)} out.")

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
            text = message or f"{names} go together; {leaf(path)} is missing."
            yield Violation(_place(path), text, fix=fix or f"Give {leaf(path)} too.")

    return check


def allows(
    path: str, *values: str, when: Condition = ALWAYS, message: str = "", fix: str = ""
) -> Check:
    """If given, the field must be one of these values."""

    def check(model: object) -> Iterator[Violation]:
        if not when.holds(model):
            return
        for place, value in given_at(model, path):
            if value not in values:
                text = message or f"This {leaf(path)} is not allowed{_because(when)}."
                yield Violation(place, text, allowed=values, fix=fix)

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
    return satisfies(
        path,
        lambda value: not isinstance(value, str) or re.search(pattern, value) is not None,
        when=when,
        message=message,
        fix=fix,
    )


def avoids(
    path: str, pattern: str, *, message: str, when: Condition = ALWAYS, fix: str = ""
) -> Check:
    """If given, the text must not contain the pattern."""
    return satisfies(
        path,
        lambda value: not isinstance(value, str) or re.search(pattern, value) is None,
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
    """The condition must not hold; the path is where the message points."""

    def check(model: object) -> Iterator[Violation]:
        if condition.holds(model):
            yield Violation(_place(path), message, fix=fix)

    return check


def every(*checks: Check) -> Check:
    """All these checks, one after the other."""

    def check(model: object) -> Iterator[Violation]:
        for inner in checks:
            yield from inner(model)

    return check


# Examples


def altered(example: Mapping[str, object], changes: Mapping[str, object]) -> Mapping[str, object]:
    """An example with some dotted paths set, or left out with ABSENT.

    Objects on the way are made; list items are numbers: `source.table_mappings.0.target_table`.
    """
    result = copy.deepcopy(dict(example))
    for path, value in changes.items():
        *way, last = path.split(".")
        place: object = result
        for step in way:
            place = place[int(step)] if isinstance(place, list) else _child(place, step)
        _set(place, last, value)
    return result


def _child(place: object, name: str) -> object:
    if not isinstance(place, dict):
        raise TypeError(f"An example has no object around {name}.")
    return place.setdefault(name, {})


def _set(place: object, name: str, value: object) -> None:
    if isinstance(place, list):
        place[int(name)] = value
    elif isinstance(place, dict):
        if isinstance(value, _Absent):
            place.pop(name, None)
        else:
            place[name] = value


def rule(
    rule_id: str,
    summary: str,
    check: Check,
    *,
    example: Mapping[str, object],
    broken: Mapping[str, object],
    documentation: str,
    kept: Mapping[str, object] | None = None,
    effect: Literal["refuse", "warn"] = "refuse",
) -> Rule[Request]:
    """A rule whose examples are differences from one example that keeps all rules."""
    return Rule(
        id=rule_id,
        summary=summary,
        check=check,
        documentation=documentation,
        broken=altered(example, broken),
        kept=altered(example, kept or {}),
        effect=effect,
    )


def nested(
    rules: Sequence[Rule[Request]], name: str, example: Mapping[str, object]
) -> tuple[Rule[Request], ...]:
    """Rules over a request as rules over a larger one that holds it under a name."""
    return tuple(
        Rule(
            id=inner.id,
            summary=inner.summary,
            check=each(name, cast("Check", inner.check)),
            documentation=inner.documentation,
            broken=altered(example, {name: inner.broken}),
            kept=altered(example, {name: inner.kept}),
            effect=inner.effect,
        )
        for inner in rules
    )
