"""Holds the API's document against our own, and tells what only one of them knows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from clickpipes_mcp.drift.document import Key, Operation
from clickpipes_mcp.drift.shape import LIMITS, Shape
from clickpipes_mcp.redaction import strip_invisible

Side: TypeAlias = Literal["the document", "ours", "both"]

_LONGEST: Final = 240
_REQUESTS: Final = "clickpipes_mcp.cloud.requests:Requests"
_NOTHING: Final = Shape(kinds=frozenset({"object"}), is_open=False)


@dataclass(frozen=True)
class Difference:
    """One thing on which the document and this package do not agree.

    `line` says operation, place and what differs, and tells it from all others. `known_to` is the
    side that knows more. `detail` describes what only the document has. `where` is the class to
    change, as module and name.
    """

    line: str
    known_to: Side
    where: str
    detail: str = ""


@dataclass(frozen=True)
class _Place:
    """Where the comparison stands: an operation, a place in it, and the class it belongs to."""

    operation: str
    where: str
    path: str = ""
    is_answer: bool = False

    def at(self, name: str, ours: Shape | None = None) -> "_Place":
        path = f"{self.path}.{name}" if self.path else name
        return replace(self, path=path, where=_where(ours, self.where))

    def of_items(self, ours: Shape | None) -> "_Place":
        return replace(self, path=f"{self.path}[]", where=_where(ours, self.where))

    def differs(self, what: str, known_to: Side, detail: str = "") -> Difference:
        line = " ".join(part for part in (self.operation, self.path) if part)
        return Difference(_plain(f"{line}{what}"), known_to, self.where, _plain(detail))

    def lacks(self, what: str, known_to: Side, detail: str = "") -> Difference:
        return self.differs(f"{what}: only {known_to}", known_to, detail)


def differences(
    theirs: Mapping[Key, Operation], ours: Mapping[Key, Operation]
) -> Iterator[Difference]:
    """All differences in the operations of ClickPipes; in others, what only this package knows.

    Raises:
        UnreadableDocument: An operation of either cannot be read.
    """
    for key in sorted({*theirs, *ours}):
        if key not in theirs:
            place = _Place(ours[key].name, _REQUESTS)
            yield place.differs(f" {key.method} {key.path}: only ours", "ours")
        elif key in ours:
            found = _in_operation(theirs[key], ours[key])
            yield from (one for one in found if key.is_of_clickpipes or one.known_to == "ours")
        elif key.is_of_clickpipes:
            place = _Place(f"{key.method} {key.path}", _REQUESTS)
            yield place.lacks("", "the document", theirs[key].name)


def _in_operation(theirs: Operation, ours: Operation) -> Iterator[Difference]:
    place = _Place(ours.name, _REQUESTS)
    yield from _in_shape(place.at("query"), theirs.query, ours.query)
    mine = ours.request or _NOTHING
    start = replace(place, where=_where(mine, place.where))
    yield from _in_shape(start, theirs.request or _NOTHING, mine)
    if theirs.answer is not None and ours.answer is not None:
        answer = replace(place.at("answer", ours.answer), is_answer=True)
        yield from _in_shape(answer, theirs.answer, ours.answer)


def _in_shape(place: _Place, theirs: Shape, ours: Shape) -> Iterator[Difference]:
    if theirs.is_anything or ours.is_anything:
        return
    yield from _in_kinds(place, theirs, ours)
    yield from _in_values(place, theirs, ours)
    if not place.is_answer:
        yield from _in_limits(place, theirs, ours)
    yield from _in_fields(place, theirs, ours)
    if theirs.items is not None and ours.items is not None:
        yield from _in_shape(place.of_items(ours.items), theirs.items, ours.items)


def _in_kinds(place: _Place, theirs: Shape, ours: Shape) -> Iterator[Difference]:
    taken, sent = theirs.kinds, ours.kinds
    if "number" in taken or (place.is_answer and "integer" in taken):
        taken |= {"number", "integer"}  # a whole number is a number too
        sent = sent | {"number", "integer"} if {"number", "integer"} & sent else sent
    for kind in sorted(taken - sent):
        yield place.lacks(f" type {kind}", "the document")
    for kind in sorted(sent - taken):
        yield place.lacks(f" type {kind}", "ours")


def _in_values(place: _Place, theirs: Shape, ours: Shape) -> Iterator[Difference]:
    if place.is_answer and ours.values is None:
        return  # read as any text
    if theirs.values is None or ours.values is None:
        if theirs.values is not None:
            yield place.lacks(" values", "the document", ", ".join(sorted(theirs.values)))
        elif ours.values is not None:
            yield place.lacks(" values", "ours")
        return
    for value in sorted(theirs.values - ours.values):
        yield place.lacks(f" value {value}", "the document")
    for value in sorted(ours.values - theirs.values):
        yield place.lacks(f" value {value}", "ours")


def _in_limits(place: _Place, theirs: Shape, ours: Shape) -> Iterator[Difference]:
    for name in LIMITS:
        said, held = theirs.limits.get(name), ours.limits.get(name)
        if said is None and held is not None:
            yield place.lacks(f" {name} {held}", "ours")
        elif said is not None and held is None:
            yield place.lacks(f" {name} {said}", "the document")
        elif said != held:
            yield place.differs(f" {name}: the document {said}, ours {held}", "both")


def _in_fields(place: _Place, theirs: Shape, ours: Shape) -> Iterator[Difference]:
    if ours.is_free_form or (place.is_answer and theirs.is_free_form):
        return  # kept as it comes, or not described
    for name in sorted(theirs.fields.keys() - ours.fields.keys()):
        shape = theirs.fields[name]
        yield place.at(name).lacks("", "the document", _described(shape))
    for name in sorted(ours.fields.keys() - theirs.fields.keys()):
        yield place.at(name).lacks("", "ours")
    shared = theirs.fields.keys() & ours.fields.keys()
    if not place.is_answer:
        yield from _in_required(place, theirs, ours, shared)
    for name in sorted(shared):
        mine = ours.fields[name]
        yield from _in_shape(place.at(name, mine), theirs.fields[name], mine)


def _in_required(
    place: _Place, theirs: Shape, ours: Shape, shared: set[str]
) -> Iterator[Difference]:
    """Fields that only one side insists on; a document without a list of them says nothing."""
    if theirs.required is None:
        return
    held = ours.required or frozenset()
    for name in sorted((theirs.required - held) & shared):
        yield place.at(name).lacks(" required", "the document")
    for name in sorted((held - theirs.required) & shared):
        yield place.at(name).lacks(" required", "ours")


def _plain(text: str) -> str:
    """Text of the document as one short line. Names like `password` are no secrets here."""
    return strip_invisible(text)[:_LONGEST]


def _where(ours: Shape | None, otherwise: str) -> str:
    return ours.origins[0] if ours is not None and ours.origins else otherwise


def _described(shape: Shape) -> str:
    """What a field only the document has may hold."""
    kinds = " or ".join(sorted(shape.kinds)) or "anything"
    if shape.values:
        return f"{kinds}: {', '.join(sorted(shape.values))}"
    if shape.fields:
        return f"{kinds} of {', '.join(sorted(shape.fields))}"
    return kinds
