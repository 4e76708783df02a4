"""The inputs on which a pattern takes the most steps, made from the pattern itself.

What leads to a repeat, then something the repeat goes over and over, then something that fits
nowhere. Whatever makes a backtracking search take more than linear time is of this form: two ways
over the same text, which are found where one repeat meets another, itself, or its own beginning.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Any

from tests.patterns.steps import Counter, Tree, fitting, inner_trees

_MANY = 8
"""From this bound on a repeat is worth going over."""

_LONG_PUMP = 16
_CANDIDATES = " \n\tabzAZ09_-.:=/\\\"'@?&#%()[]{}<>|,;!\0é\x1b\x07"


def worst_inputs(counter: Counter) -> Iterator[Callable[[int], str]]:
    """Texts of any length on which the pattern may take the most steps."""
    alphabet = _alphabet(counter)
    misfits = [one for one in alphabet if not any(test(one) for test in _tests(counter))]
    ends = ("", *(misfits[:1] or ["\0"]))
    seen: set[tuple[str, str, str]] = set()
    for lead, pump in _attacks(counter, alphabet):
        for end in ends:
            if pump and (lead, pump, end) not in seen:
                seen.add((lead, pump, end))
                yield partial(_text, lead, pump, end)


def _text(lead: str, pump: str, end: str, size: int) -> str:
    """Of about that size; of a long pump often enough to show what happens between two of them."""
    times = max(size // len(pump), size // _LONG_PUMP)
    return f"{lead}{pump * times}{end}"


def _attacks(counter: Counter, alphabet: list[str]) -> Iterator[tuple[str, str]]:
    if not has_long_repeat(counter.tree):
        return
    for way in _ways(counter.tree):
        samples = [_sample(part, counter.flags) for part in way]
        whole = "".join(samples)
        yield from (("", one) for one in alphabet)
        for begin, end in product(range(len(way)), range(1, len(way) + 1)):
            if begin < end and (begin == 0 or _is_long(way[begin]) or _is_long(way[end - 1])):
                yield "", "".join(samples[begin:end])
        yield "", whole
        for index, part in enumerate(way):
            if _is_long(part):
                lead = "".join(samples[:index])
                pumps = [*alphabet, *_bodies(part, counter.flags)]
                yield from ((lead, pump) for pump in pumps)
                yield from ((lead, "".join(samples[first : index + 1])) for first in range(index))


def _ways(tree: Tree) -> list[Tree]:
    """The pattern as sequences without groups; of alternatives that hold repeats, one each."""
    ways: list[Tree] = [[]]
    for operation, argument in tree:
        kind = str(operation)
        inner: list[Tree]
        if kind == "SUBPATTERN":
            inner = _ways(list(argument[3]))
        elif kind == "ATOMIC_GROUP":
            inner = _ways(list(argument))
        elif kind == "BRANCH":
            branches = [list(way) for way in argument[1]]
            worth = [way for way in branches if has_long_repeat(way)] or branches[:1]
            inner = [sequence for way in worth for sequence in _ways(way)]
        elif kind == "ASSERT":
            inner = [[], *_ways(list(argument[1]))] if argument[0] > 0 else [[]]
        elif kind in {"AT", "ASSERT_NOT"}:
            inner = [[]]
        elif kind.endswith("REPEAT") and argument[1] == 1:
            inner = _ways(list(argument[2]))
        else:
            inner = [[(operation, argument)]]
        ways = [[*way, *more] for way in ways for more in inner][:24]
    return [_literals_together(way) for way in ways]


def _literals_together(way: Tree) -> Tree:
    joined: Tree = []
    for operation, argument in way:
        if str(operation) == "LITERAL" and joined and joined[-1][0] == "TEXT":
            joined[-1] = ("TEXT", joined[-1][1] + chr(argument))
        elif str(operation) == "LITERAL":
            joined.append(("TEXT", chr(argument)))
        else:
            joined.append((operation, argument))
    return joined


def _is_long(part: tuple[Any, Any]) -> bool:
    return str(part[0]).endswith("REPEAT") and part[1][1] >= _MANY


def has_long_repeat(tree: Any) -> bool:
    """Whether anything is repeated so often that it counts."""
    return any(
        _is_long((operation, argument))
        or any(map(has_long_repeat, inner_trees(str(operation), argument)))
        for operation, argument in tree
    )


def branches(tree: Any) -> int:
    """How many alternatives there are, each of which takes a step where it does not fit."""
    return sum(
        (len(argument[1]) if str(operation) == "BRANCH" else 0)
        + sum(map(branches, inner_trees(str(operation), argument)))
        for operation, argument in tree
    )


def _bodies(part: tuple[Any, Any], flags: int) -> Iterator[str]:
    """What a repeat may go over once, in each of its ways."""
    for way in _ways(list(part[1][2])):
        yield "".join(_sample(one, flags) for one in way)


def _sample(part: tuple[Any, Any], flags: int) -> str:
    """A text that fits one element."""
    kind, argument = str(part[0]), part[1]
    if kind == "TEXT":
        return str(argument)
    if kind.endswith("REPEAT"):
        least, most, body = argument
        way = _ways(list(body))[0]
        return "".join(_sample(one, flags) for one in way) * max(int(least), min(1, int(most)))
    if kind in {"NOT_LITERAL", "ANY", "IN", "LITERAL"}:
        test = fitting(kind, argument, flags)
        fits = (one for one in map(chr, range(0x21, 0x3000)) if test(one))
        plain = (one for one in _CANDIDATES if test(one))
        return next(plain, None) or next(fits)
    raise NotImplementedError(kind)


def _tests(counter: Counter) -> list[Callable[[str], bool]]:
    found: list[Callable[[str], bool]] = []
    programs = [counter.program]
    while programs:
        for step in programs.pop().steps:
            if step.kind == "character" and step.test is not None:
                found.append(step.test)
            if step.sub is not None:
                programs.append(step.sub)
    return found


def _alphabet(counter: Counter) -> list[str]:
    """One character of every kind that the pattern tells apart."""
    tests = _tests(counter)
    kinds: dict[tuple[bool, ...], str] = {}
    for one in _CANDIDATES:
        kinds.setdefault(tuple(test(one) for test in tests), one)
    return list(kinds.values())
