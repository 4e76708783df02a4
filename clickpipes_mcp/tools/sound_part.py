"""What rules say of the fields that are right, while others are still wrong.

A rule that reads a wrong field, or one that an unknown field may have been meant for, says nothing:
what it would say is not known yet.
"""

import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Generic, TypeVar, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from clickpipes_mcp.contract import Request
from clickpipes_mcp.schema_shape import JsonObject, node_at

R = TypeVar("R", bound=Request)

_Tree = dict[object, Any]
_WRONG: Final = "wrong"
_HAS_UNKNOWN: Final = "has unknown fields"
_MOST_ERRORS: Final = 20


class NotKnownYetError(Exception):
    """A rule reads what is wrong."""


class SoundPart(Generic[R]):
    """A request with samples in the place of what is wrong, and `seen`, in which these show not."""

    def __init__(self, request: R, wrong: _Tree) -> None:
        self.request = request
        self.seen = cast("R", _Seen(request, wrong))


def sound_part(
    model: type[R],
    given: object,
    errors: Sequence[ErrorDetails],
    schema: JsonObject,
    within: Iterable[object] = (),
) -> SoundPart[R] | None:
    """The part of what was given that is right; None where too little is."""
    if not isinstance(given, Mapping) or len(errors) > _MOST_ERRORS:
        return None
    mended, wrong = copy.deepcopy(dict(given)), _Tree()
    for error in errors:
        path = error["loc"]
        is_extra = error["type"] == "extra_forbidden"
        node = {} if is_extra else node_at(schema, (*within, *path))  # type: ignore[arg-type]
        if not path or not _mend(mended, path, None if is_extra else _sample(node)):
            return None
        _note(wrong, path, is_extra=is_extra)
    try:
        return SoundPart(model.model_validate(mended), wrong)
    except ValidationError:
        return None


def _mend(found: Any, path: Sequence[int | str], sample: object) -> bool:  # noqa: ANN401 # JSON
    """Put a sample there, or take away what is there; whether the path leads anywhere."""
    for step in path[:-1]:
        try:
            found = found[step]
        except (KeyError, IndexError, TypeError):
            return False
    last = path[-1]
    if sample is None and isinstance(found, dict):
        return found.pop(last, None) is not None
    if isinstance(found, dict) or (isinstance(found, list) and isinstance(last, int)):
        found[last] = sample  # type: ignore[index]
        return sample is not None
    return False


def _note(wrong: _Tree, path: Sequence[int | str], *, is_extra: bool) -> None:
    for step in path[:-1]:
        inner = wrong.setdefault(step, {})
        if inner is _WRONG:
            return
        wrong = inner
    if is_extra:
        wrong[_HAS_UNKNOWN] = True
    else:
        wrong[path[-1]] = _WRONG


def _sample(node: JsonObject) -> object:
    """Something that fits a schema, as far as it says what does."""
    if node.get("enum"):
        return node["enum"][0]
    kind = node.get("type")
    if kind == "object":
        properties = node.get("properties", {})
        return {name: _sample(properties.get(name, {})) for name in node.get("required", ())}
    if kind == "array":
        return [_sample(node.get("items", {}))]
    if kind in ("integer", "number"):
        return node.get("minimum", node.get("maximum", 1))
    if kind == "boolean":
        return False
    return "x" * max(int(node.get("minLength", 1)), 1)


class _Seen:
    """A part of a request whose wrong fields cannot be read."""

    __slots__ = ("_value", "_wrong")

    def __init__(self, value: BaseModel, wrong: _Tree) -> None:
        self._value, self._wrong = value, wrong

    @property  # type: ignore[misc] # it passes for the model
    def __class__(self) -> Any:  # noqa: ANN401
        return type(self._value)

    def __getattr__(self, name: str) -> object:
        kind = type(self._value)
        inner = self._wrong.get(name, {})
        if name not in kind.model_fields:
            # What looks at all of it at once sees what is wrong too.
            raise NotKnownYetError(name) if hasattr(kind, name) else AttributeError(name)
        is_open = _HAS_UNKNOWN in self._wrong and name not in self._value.model_fields_set
        if inner is _WRONG or is_open:
            raise NotKnownYetError(name)
        return _seen(getattr(self._value, name), inner)


def _seen(value: object, wrong: _Tree) -> object:
    if not wrong:
        return value
    if isinstance(value, BaseModel):
        return _Seen(value, wrong)
    if not isinstance(value, list) or _WRONG in wrong.values():
        raise NotKnownYetError
    return [_seen(item, wrong.get(place, {})) for place, item in enumerate(value)]
