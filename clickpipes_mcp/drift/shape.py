"""What one place of a request or an answer may hold, and how several descriptions become one."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Final, TypeAlias

Limits: TypeAlias = Mapping[str, float]

LOWER: Final = ("minimum", "minLength", "minItems")
UPPER: Final = ("maximum", "maxLength", "maxItems")
STEP: Final = "multipleOf"
LIMITS: Final = (*LOWER, *UPPER, STEP)


@dataclass(frozen=True)
class Shape:
    """What may stand at one place. Null is never counted: leaving a field out says the same.

    `kinds` are JSON types, none where anything may stand. `values` are all that are allowed, None
    where they are not listed. `required` is None where nothing says which fields are. `is_open`
    tells that fields beside the named ones are taken. `origins` name the schemas it comes from.
    """

    kinds: frozenset[str] = frozenset()
    values: frozenset[str] | None = None
    limits: Limits = field(default_factory=dict)
    fields: "Mapping[str, Shape]" = field(default_factory=dict)
    required: frozenset[str] | None = None
    items: "Shape | None" = None
    is_open: bool = True
    origins: tuple[str, ...] = ()

    @property
    def is_anything(self) -> bool:
        return not self.kinds and self.values is None

    @property
    def is_free_form(self) -> bool:
        """Whether it is an object of which nothing says what its fields are."""
        is_described = bool(self.fields or self.origins)
        return self.is_open and not is_described and self.kinds == {"object"}


ANYTHING: Final = Shape()


def narrowed(shapes: Sequence[Shape]) -> Shape:
    """What all of these descriptions allow."""
    return reduce(_both, shapes, ANYTHING)


def widened(shapes: Sequence[Shape]) -> Shape:
    """What at least one of these descriptions allows."""
    if not shapes or any(shape.is_anything for shape in shapes):
        return ANYTHING
    return reduce(_either, shapes)


def _both(one: Shape, other: Shape) -> Shape:
    is_said_twice = bool(one.kinds and other.kinds)
    if one.values is not None and other.values is not None:
        values: frozenset[str] | None = one.values & other.values
    else:
        values = other.values if one.values is None else one.values
    return Shape(
        kinds=one.kinds & other.kinds if is_said_twice else one.kinds | other.kinds,
        values=values,
        limits={
            **one.limits,
            **other.limits,
            **_shared(one.limits, other.limits, lower=max, upper=min),
        },
        fields=_merged(one.fields, other.fields, lambda *same: narrowed(same)),
        required=_united(one.required, other.required),
        items=_one_of(one.items, other.items, lambda *same: narrowed(same)),
        is_open=one.is_open and other.is_open,
        origins=_in_order(one.origins, other.origins),
    )


def _either(one: Shape, other: Shape) -> Shape:
    values = None
    if one.values is not None and other.values is not None:
        values = one.values | other.values
    required = None
    if one.required is not None or other.required is not None:
        required = (one.required or frozenset()) & (other.required or frozenset())
    return Shape(
        kinds=one.kinds | other.kinds,
        values=values,
        limits=_shared(one.limits, other.limits, lower=min, upper=max),
        fields=_merged(one.fields, other.fields, lambda *same: widened(same)),
        required=required,
        items=_one_of(one.items, other.items, lambda *same: widened(same)),
        is_open=one.is_open or other.is_open,
        origins=_in_order(one.origins, other.origins),
    )


def _shared(
    one: Limits,
    other: Limits,
    *,
    lower: Callable[[float, float], float],
    upper: Callable[[float, float], float],
) -> Limits:
    """The limits that both have; of steps only those that are the same."""
    shared = {
        name: lower(one[name], other[name]) for name in LOWER if name in one and name in other
    }
    shared |= {
        name: upper(one[name], other[name]) for name in UPPER if name in one and name in other
    }
    if one.get(STEP) == other.get(STEP) and STEP in one:
        shared[STEP] = one[STEP]
    return shared


def _merged(
    one: Mapping[str, Shape], other: Mapping[str, Shape], merge: Callable[[Shape, Shape], Shape]
) -> Mapping[str, Shape]:
    shared = {name: merge(one[name], other[name]) for name in one if name in other}
    return {**one, **other, **shared}


def _one_of(
    one: Shape | None, other: Shape | None, merge: Callable[[Shape, Shape], Shape]
) -> Shape | None:
    if one is not None and other is not None:
        return merge(one, other)
    return one if other is None else other


def _united(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    if one is None or other is None:
        return one if other is None else other
    return one | other


def _in_order(one: Iterable[str], other: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))
