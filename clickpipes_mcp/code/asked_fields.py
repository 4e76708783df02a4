"""What a write asked to change, field by field, so that nothing else goes back with it.

A field is what an update sends as one: a setting, one table, a list of columns.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic.alias_generators import to_snake

from clickpipes_mcp.contract import SourceSpec

_MEMBER: Final = re.compile(r"\[([^\]]*)\]?")
_TABLES: Final = "tableMappings"
_ADDED, _REMOVED = f"{_TABLES}ToAdd", f"{_TABLES}ToRemove"


def field_of(path: str) -> str:
    """The field that a path of a comparison lies in; of the tables it is one table."""
    bare = _MEMBER.sub("", path).split(".")
    if bare[0] == "source":
        if bare[2:3] == [_TABLES]:
            member = _MEMBER.search(path)
            return _table(".".join(bare[:2]), member[1] if member else "")
        return ".".join(bare[: 4 if bare[2:3] == ["settings"] else 3])
    return ".".join(bare[: 1 if bare[0] == "fieldMappings" else 2])


def said(field: str) -> str:
    """A field as an argument is called."""
    steps = field.split(".", 2)
    return ".".join(
        to_snake(step) for step in [steps[0], *steps[2 if steps[0] == "source" else 1 :]]
    )


def asked_fields(asked: Mapping[str, object], spec: SourceSpec) -> frozenset[str]:
    """The fields that a write asked to change, as `field_of` calls them."""
    return frozenset(_asked(asked, spec))


def as_asked(
    before: Mapping[str, object], asked: Mapping[str, object], spec: SourceSpec
) -> dict[str, object]:
    """What a pipe is after a write, if nobody else changes it."""
    source = {**_object(_object(before.get("source")).get(spec.arm))}
    changed = {**_object(_object(asked.get("source")).get(spec.arm))}
    removed = {_identity(one, spec) for one in _list(changed.pop(_REMOVED, None))}
    added = _list(changed.pop(_ADDED, None))
    tables = [one for one in _list(source.get(_TABLES)) if _identity(one, spec) not in removed]
    settings = {**_object(source.get("settings")), **_object(changed.get("settings"))}
    source |= {**changed, **({"settings": settings} if settings else {})}
    if tables or added or removed:
        source[_TABLES] = [*tables, *added]
    merged = {
        part: {**_object(before.get(part)), **_object(asked.get(part))}
        for part in ("destination", "settings", "scaling")
        if part in before or part in asked
    }
    return {**before, **asked, "source": {spec.arm: source}, **merged}


def _asked(asked: Mapping[str, object], spec: SourceSpec) -> Iterator[str]:
    at = f"source.{spec.arm}"
    for key, value in _object(_object(asked.get("source")).get(spec.arm)).items():
        if key in (_ADDED, _REMOVED):
            yield from (_table(at, _identity(one, spec)) for one in _list(value))
        elif key == "settings":
            yield from (f"{at}.settings.{name}" for name in _object(value))
        else:
            yield f"{at}.{key}"
    for part in ("destination", "settings", "scaling"):
        yield from (f"{part}.{key}" for key in _object(asked.get(part)))
    yield from (part for part in ("name", "fieldMappings") if part in asked)


def _table(at: str, identity: str) -> str:
    return f"{at}.{_TABLES}[{identity}]"


def _identity(item: object, spec: SourceSpec) -> str:
    return spec.read_back.identity({to_snake(key): value for key, value in _object(item).items()})


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
