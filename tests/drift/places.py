"""Every place of an operation, and an operation in which one place is another."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from clickpipes_mcp.drift.document import Operation
from clickpipes_mcp.drift.shape import Shape

Step = str | None
"""A field by its name, or the items of a list."""


@dataclass(frozen=True)
class Spot:
    """A place in the request or the answer of an operation, and what may stand there."""

    side: str
    steps: tuple[Step, ...]
    shape: Shape

    @property
    def path(self) -> str:
        """As the report writes it."""
        path = "answer" if self.side == "answer" else ""
        for step in self.steps:
            path += "[]" if step is None else f".{step}" if path else step
        return path

    @property
    def name(self) -> str | None:
        """The field's name; None for the items of a list and for the whole."""
        return self.steps[-1] if self.steps else None


def spots(operation: Operation) -> Iterator[Spot]:
    """Every place below the request and the answer."""
    for side in ("request", "answer"):
        shape = getattr(operation, side)
        if shape is not None:
            yield from _below(Spot(side, (), shape))


def _below(spot: Spot) -> Iterator[Spot]:
    for name, inner in spot.shape.fields.items():
        found = Spot(spot.side, (*spot.steps, name), inner)
        yield found
        yield from _below(found)
    if spot.shape.items is not None:
        yield from _below(Spot(spot.side, (*spot.steps, None), spot.shape.items))


def changed(operation: Operation, spot: Spot, change: Callable[[Shape], Shape | None]) -> Operation:
    """The operation with another shape at that place, or without the field."""
    whole = getattr(operation, spot.side)
    return replace(operation, **{spot.side: _changed(whole, spot.steps, change)})


def _changed(
    shape: Shape, steps: tuple[Step, ...], change: Callable[[Shape], Shape | None]
) -> Shape | None:
    if not steps:
        return change(shape)
    first, *rest = steps
    if first is None:
        assert shape.items is not None
        return replace(shape, items=_changed(shape.items, tuple(rest), change))
    inner = _changed(shape.fields[first], tuple(rest), change)
    others = {name: field for name, field in shape.fields.items() if name != first}
    return replace(shape, fields=others if inner is None else {**others, first: inner})
