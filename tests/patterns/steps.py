"""How many steps a pattern takes, counted exactly.

Python's own engine does not tell. Here a pattern is read by the parser that the engine uses, and
a backtracking search over it is counted step by step, as the engine makes it. What is known of a
place is remembered, so that a pattern of exponential time is counted in linear time.

High bounds of repeats are lowered to `BOUND`: whether two repeats go over the same text does not
depend on how far they go.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from re import _parser as parser  # type: ignore[attr-defined] # what the engine itself reads with
from typing import Any, TypeAlias

BOUND = 8
UNBOUNDED = int(parser.MAXREPEAT)
Tree: TypeAlias = list[tuple[Any, Any]]


@dataclass(frozen=True)
class Step:
    """An instruction; `to` are the next ones, the one to try first first."""

    kind: str
    to: tuple[int, ...] = ()
    test: Callable[[str], bool] | None = None
    sub: "Program | None" = None
    is_negative: bool = False
    behind: int = 0


@dataclass
class Program:
    """A pattern as instructions; the last one is the match."""

    steps: list[Step] = field(default_factory=list)
    start: int = 0


def counters(pattern: re.Pattern[str]) -> list["Counter"]:
    """One for a pattern, or for each of its alternatives: what all take is the sum of them."""
    tree: Tree = list(parser.parse(pattern.pattern, pattern.flags))
    alone = len(tree) == 1 and str(tree[0][0]) == "BRANCH"
    ways = [list(way) for way in tree[0][1][1]] if alone else [tree]
    return [Counter(way, pattern.flags) for way in ways]


class Counter:
    """Counts the steps of a search over a whole text, as `finditer` and `sub` make it."""

    def __init__(self, tree: Tree, flags: int) -> None:
        self.tree, self.flags = bounded(tree), flags
        self.program = self._compiled(self.tree)

    def steps(self, text: str) -> int:
        """All steps, until the end of the text."""
        total = begin = 0
        memory: dict[tuple[int, int, int], tuple[int, int | None]] = {}
        while begin <= len(text):
            taken, end = self._run(self.program, text, begin, memory)
            total += taken
            begin = max(end, begin + 1) if end is not None else begin + 1
        return total

    def _run(
        self,
        program: Program,
        text: str,
        begin: int,
        memory: dict[tuple[int, int, int], tuple[int, int | None]],
    ) -> tuple[int, int | None]:
        """Steps from a place, and where the match ends."""
        name = id(program)
        stack = [(program.start, begin)]
        under_way = {stack[0]}
        while stack:
            at, place = stack[-1]
            step = program.steps[at]
            taken, end, needed = 1, None, None
            if step.kind == "match":
                end = place
            else:
                fits, cost, place_after = self._first(step, text, place, memory)
                taken += cost
                for to in step.to if fits else ():
                    known = memory.get((name, to, place_after))
                    if known is None and (to, place_after) in under_way:
                        continue  # once round without a character: the engine stops there too
                    if known is None:
                        needed = (to, place_after)
                        break
                    taken += known[0]
                    end = known[1]
                    if end is not None:
                        break
            if needed is not None:
                stack.append(needed)
                under_way.add(needed)
                continue
            memory[name, at, place] = (taken, end)
            under_way.discard(stack.pop())
        return memory[name, program.start, begin]

    def _first(self, step: Step, text: str, place: int, memory: Any) -> tuple[bool, int, int]:
        """Whether an instruction lets pass, what that costs, and where it goes on."""
        if step.kind == "character":
            assert step.test is not None
            fits = place < len(text) and step.test(text[place])
            return fits, 0, place + 1
        if step.kind == "at":
            return self._is_at(step, text, place), 0, place
        if step.sub is None:
            return True, 0, place
        if place < step.behind:
            return step.is_negative, 0, place
        taken, end = self._run(step.sub, text, place - step.behind, memory)
        if step.kind == "look":
            return (end is None) == step.is_negative, taken, place
        return end is not None, taken, end if end is not None else place

    def _is_at(self, step: Step, text: str, place: int) -> bool:
        assert step.test is not None
        before = text[place - 1] if place else ""
        after = text[place] if place < len(text) else ""
        return step.test(f"{before or chr(0x10FFFF)}{after or chr(0x10FFFF)}")

    # Compiling

    def _compiled(self, tree: Tree) -> Program:
        program = Program()
        last = self._add(program, Step("match"))
        program.start = self._sequence(program, tree, last)
        return program

    def _add(self, program: Program, step: Step) -> int:
        program.steps.append(step)
        return len(program.steps) - 1

    def _sequence(self, program: Program, tree: Tree, to: int) -> int:
        for operation, argument in reversed(tree):
            to = self._one(program, str(operation), argument, to)
        return to

    def _one(self, program: Program, operation: str, argument: Any, to: int) -> int:
        if operation in {"LITERAL", "NOT_LITERAL", "ANY", "IN"}:
            test = fitting(operation, argument, self.flags)
            return self._add(program, Step("character", (to,), test))
        if operation == "AT":
            return self._add(program, Step("at", (to,), _anchor(str(argument), self.flags)))
        if operation == "SUBPATTERN":
            return self._sequence(program, list(argument[3]), to)
        if operation == "BRANCH":
            ways = tuple(self._sequence(program, list(way), to) for way in argument[1])
            return self._add(program, Step("split", ways))
        if operation in {"ASSERT", "ASSERT_NOT"}:
            direction, inner = argument
            behind = parser_width(inner) if direction < 0 else 0
            sub = self._compiled(list(inner))
            negative = operation == "ASSERT_NOT"
            return self._add(program, Step("look", (to,), None, sub, negative, behind))
        if operation == "ATOMIC_GROUP":
            return self._add(program, Step("atomic", (to,), None, self._compiled(list(argument))))
        if operation == "POSSESSIVE_REPEAT":
            sub = self._compiled([(parser.MAX_REPEAT, argument)])
            return self._add(program, Step("atomic", (to,), None, sub))
        if operation in {"MAX_REPEAT", "MIN_REPEAT"}:
            return self._repeat(program, operation, argument, to)
        raise NotImplementedError(f"{operation} takes a time that nobody can foresee")

    def _repeat(self, program: Program, operation: str, argument: Any, to: int) -> int:
        least, most, body = argument
        body = list(body)

        def choice(inner: int, out: int) -> tuple[int, int]:
            return (out, inner) if operation == "MIN_REPEAT" else (inner, out)

        if most == UNBOUNDED:
            loop = self._add(program, Step("split"))
            inner = self._sequence(program, body, loop)
            program.steps[loop] = Step("split", choice(inner, to))
            after = loop
        else:
            after = to
            for _ in range(most - least):
                inner = self._sequence(program, body, after)
                after = self._add(program, Step("split", choice(inner, to)))
        for _ in range(least):
            after = self._sequence(program, body, after)
        return after


def parser_width(tree: Any) -> int:
    """The width of a lookbehind, which is always fixed."""
    least, most = tree.getwidth()
    assert least == most
    return int(least)


def fitting(operation: str, argument: Any, flags: int) -> Callable[[str], bool]:
    """Whether a character fits, remembered for each character."""
    known: dict[str, bool] = {}

    def fits(character: str) -> bool:
        if character not in known:
            known[character] = _fits(operation, argument, character, flags)
        return known[character]

    return fits


def _fits(operation: str, argument: Any, character: str, flags: int) -> bool:
    if flags & re.IGNORECASE:
        loose = flags & ~re.IGNORECASE
        ways = {character, character.lower(), character.upper()}
        if operation == "NOT_LITERAL" or (operation == "IN" and str(argument[0][0]) == "NEGATE"):
            return all(_fits(operation, argument, way, loose) for way in ways if len(way) == 1)
        return any(_fits(operation, argument, way, loose) for way in ways if len(way) == 1)
    if operation == "LITERAL":
        return ord(character) == int(argument)
    if operation == "NOT_LITERAL":
        return ord(character) != int(argument)
    if operation == "ANY":
        return bool(flags & re.DOTALL) or character != "\n"
    negated = str(argument[0][0]) == "NEGATE"
    return negated != any(_is_in(str(kind), one, character, flags) for kind, one in argument)


def _is_in(kind: str, one: Any, character: str, flags: int) -> bool:
    if kind == "LITERAL":
        return ord(character) == int(one)
    if kind == "RANGE":
        return int(one[0]) <= ord(character) <= int(one[1])
    if kind == "CATEGORY":
        return _category(str(one), flags).match(character) is not None
    return False


def _category(name: str, flags: int) -> re.Pattern[str]:
    letter = {"DIGIT": "d", "SPACE": "s", "WORD": "w"}[name.rpartition("_")[2]]
    letter = letter.upper() if "_NOT_" in name else letter
    return re.compile(f"\\{letter}", flags & re.ASCII)


def _anchor(name: str, flags: int) -> Callable[[str], bool]:
    """Over the characters before and after; what lies outside the text is the last of all."""
    edge = chr(0x10FFFF)

    def is_word(character: str) -> bool:
        return character != edge and re.match(r"\w", character, flags & re.ASCII) is not None

    def is_at(around: str) -> bool:
        before, after = around
        if name in {"AT_BEGINNING", "AT_BEGINNING_STRING"}:
            lines = flags & re.MULTILINE and name == "AT_BEGINNING"
            return before == edge or bool(lines and before == "\n")
        if name in {"AT_END", "AT_END_STRING"}:
            lines = name == "AT_END"
            return after == edge or (lines and after == "\n")
        return (is_word(before) != is_word(after)) == (name == "AT_BOUNDARY")

    return is_at


def inner_trees(kind: str, argument: Any) -> list[Any]:
    """The trees within an element."""
    if kind.endswith("REPEAT"):
        return [argument[2]]
    if kind == "SUBPATTERN":
        return [argument[3]]
    if kind == "BRANCH":
        return list(argument[1])
    if kind in {"ASSERT", "ASSERT_NOT"}:
        return [argument[1]]
    return [argument] if kind == "ATOMIC_GROUP" else []


def bounded(tree: Any) -> Tree:
    """The pattern with every high bound lowered."""
    return [(operation, _lowered(str(operation), argument)) for operation, argument in tree]


def _lowered(kind: str, argument: Any) -> Any:
    inner = [parser.SubPattern(one.state, bounded(one)) for one in inner_trees(kind, argument)]
    if kind.endswith("REPEAT"):
        least, most = (int(bound) for bound in argument[:2])
        if BOUND < most < UNBOUNDED:
            least, most = min(least, BOUND if least == most else BOUND // 2), BOUND
        return (min(least, BOUND), most, *inner)
    if kind == "SUBPATTERN":
        return (*argument[:3], *inner)
    if kind == "BRANCH":
        return (None, inner)
    if kind in {"ASSERT", "ASSERT_NOT"}:
        return (argument[0], *inner)
    return inner[0] if kind == "ATOMIC_GROUP" else argument
