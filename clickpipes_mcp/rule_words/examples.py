"""Examples written as differences from one that keeps all rules."""

import copy
from collections.abc import Mapping
from typing import Final


class _Absent:
    """Marks a field that an example leaves out."""


ABSENT: Final = _Absent()


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
