"""Every place of everything this package sends and reads, changed in every way: each is found."""

from dataclasses import replace

import pytest

from clickpipes_mcp.drift.comparison import differences
from clickpipes_mcp.drift.document import Document, Key
from clickpipes_mcp.drift.own_document import own_document
from tests.drift.places import Spot, changed, spots
from tests.walking import walked

OWN = dict(Document(own_document()))
CLICKPIPES = [key for key in OWN if key.is_of_clickpipes]
KEYS = [pytest.param(key, id=f"{key.method} {key.path}") for key in CLICKPIPES]


def lines(theirs, ours):
    return {difference.line for difference in differences(theirs, ours)}


def found(key, spot, change):
    """What is said when the document has been changed at one place, less the place itself."""
    operation = OWN[key]
    place = f"{operation.name} {spot.path}"
    said = lines({key: changed(operation, spot, change)}, {key: operation})
    assert all(line.startswith(place) for line in said), (place, said)
    return {line.removeprefix(place).strip() for line in said}


def test_a_package_does_not_differ_from_itself():
    assert lines(OWN, OWN) == set()


@walked(KEYS)
def test_an_operation_that_the_document_lost_is_found(key):
    without = {other: operation for other, operation in OWN.items() if other != key}
    name = OWN[key].name
    assert lines(without, OWN) == {f"{name} {key.method} {key.path}: only ours"}


@walked(KEYS)
def test_an_operation_that_is_new_in_the_document_is_found(key):
    without = {other: operation for other, operation in OWN.items() if other != key}
    assert lines(OWN, without) == {f"{key.method} {key.path}: only the document"}


@walked(KEYS)
def test_every_single_field_removed_from_the_models_is_found(key):
    operation = OWN[key]
    for spot in spots(operation):
        if spot.name is not None:
            ours = {key: changed(operation, spot, lambda _: None)}
            assert lines({key: operation}, ours) == {
                f"{operation.name} {spot.path}: only the document"
            }


@walked(KEYS)
def test_every_single_field_removed_from_the_document_is_found(key):
    for spot in spots(OWN[key]):
        if spot.name is not None:
            assert found(key, spot, lambda _: None) == {": only ours"}


@walked(KEYS)
def test_every_changed_type_is_found(key):
    for spot in spots(OWN[key]):
        if spot.shape.kinds:
            said = found(key, spot, lambda shape: replace(shape, kinds=frozenset({"another"})))
            expected = {f"type {kind}: only ours" for kind in spot.shape.kinds}
            assert said == {"type another: only the document", *expected}


@walked(KEYS)
def test_every_value_that_comes_or_goes_is_found(key):
    for spot in spots(OWN[key]):
        for value in spot.shape.values or ():
            less, more = spot.shape.values - {value}, spot.shape.values | {"Another"}
            said = found(key, spot, lambda shape, to=less: replace(shape, values=to))
            assert said == {f"value {value}: only ours"}
            said = found(key, spot, lambda shape, to=more: replace(shape, values=to))
            assert said == {"value Another: only the document"}


@walked(KEYS)
def test_every_changed_range_is_found(key):
    for spot in _of_requests(key):
        for name, limit in spot.shape.limits.items():
            moved = {**spot.shape.limits, name: limit + 1}
            said = found(key, spot, lambda shape, to=moved: replace(shape, limits=to))
            assert said == {f"{name}: the document {limit + 1}, ours {limit}"}
            less = {other: kept for other, kept in spot.shape.limits.items() if other != name}
            said = found(key, spot, lambda shape, to=less: replace(shape, limits=to))
            assert said == {f"{name} {limit}: only ours"}


@walked(KEYS)
def test_every_range_that_is_new_is_found(key):
    for spot in _of_requests(key):
        limits = {**spot.shape.limits, "maxLength": 7}
        if spot.shape.kinds == {"string"} and "maxLength" not in spot.shape.limits:
            said = found(key, spot, lambda shape, to=limits: replace(shape, limits=to))
            assert said == {"maxLength 7: only the document"}


@walked(KEYS)
def test_every_field_that_becomes_required_or_optional_is_found(key):
    operation = OWN[key]
    for spot in _of_requests(key):
        held = spot.shape.required or frozenset()
        for name in spot.shape.fields:
            side = "ours" if name in held else "the document"
            flipped = held ^ {name}
            said = found(key, spot, lambda shape, to=flipped: replace(shape, required=to))
            assert said == {f".{name} required: only {side}"}, (operation.name, spot.path)


def _of_requests(key: Key) -> list[Spot]:
    return [spot for spot in spots(OWN[key]) if spot.side == "request"]
