"""One normal form for arguments, whatever spelling a language model chose.

Accepted at every level: camelCase or snake_case names, objects and arrays written as JSON
strings, null for absent, and a whole documented body pasted under its documented keys.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from clickpipes_mcp.argument_bounds import Bounds
from clickpipes_mcp.contract import FieldPath
from clickpipes_mcp.errors import InvalidArguments, Problem
from clickpipes_mcp.redaction import clean, is_plain_word
from clickpipes_mcp.schema_shape import JsonObject

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_MOST_COUNTED = 40
"""Problems of one kind in a call; the rest is only counted."""

_MOST_OF_A_KEY = 80
_MOST_OF_A_PATH = 300
_JSON_OPENERS = {"object": "{", "array": "["}


def snake_case(name: str) -> str:
    """`replicaMemoryGb` and `replica-memory-gb` as `replica_memory_gb`."""
    return _HUMP.sub("_", name).replace("-", "_").lower()


@dataclass
class NormalForm:
    """Arguments in Python names, with the caller's own spelling of each path kept aside.

    `left_out` counts problems beyond those listed, and names that are no fields and were dropped:
    enough of them are kept to have the call refused.
    """

    value: dict[str, object] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    left_out: int = 0
    _spelling: dict[FieldPath, str] = field(default_factory=dict)

    def spelled(self, path: FieldPath) -> str:
        """A path in the caller's spelling, in dots and brackets, fit to be shown."""
        text, is_plain = "", True
        for depth, step in enumerate(path):
            if isinstance(step, int):
                text += f"[{step}]"
                continue
            given = self._spelling.get(path[: depth + 1], step)
            is_plain = is_plain and all(map(is_plain_word, given.split(".")))
            name = given if is_plain else clean(given, limit=_MOST_OF_A_KEY)
            text += f".{name}" if text else name
        # No words so plain make a secret together.
        return text if is_plain and len(text) <= _MOST_OF_A_PATH else clean(text, _MOST_OF_A_PATH)

    def filled(self, value: dict[str, object]) -> "NormalForm":
        """The same call with more in it than the caller wrote."""
        return replace(self, value=value)

    def refuse(self, path: FieldPath, message: str) -> None:
        """Note a problem, or only count it where there are enough."""
        if len(self.problems) < _MOST_COUNTED:
            self.problems.append(Problem(self.spelled(path), message))
        else:
            self.left_out += 1

    def note(self, path: FieldPath, spelling: str) -> None:
        """Remember how the caller wrote a path; the first spelling stays."""
        self._spelling.setdefault(path, spelling)


def normal_form(
    arguments: Mapping[str, object], schema: JsonObject, *, arm: str | None = None
) -> NormalForm:
    """Arguments brought to the names and shapes of `schema`, which must be the full one.

    `arm` is the API's key that may stand between `source` and its fields. Values are
    judged by validation later: what does not fit is left as it is.

    Raises:
        InvalidArguments: They hold what cannot be sent, or more than anybody means.
    """
    form = NormalForm()
    walk = _Walk(form)
    walk.check(arguments)
    given = dict(arguments)
    if arm is not None:
        given = walk.unwrapped(given, arm)
    form.value = walk.fields(given, schema, ())
    return form


class _Walk:
    def __init__(self, form: NormalForm) -> None:
        self._form = form
        self._unknown = 0
        self._bounds = Bounds()

    def check(self, arguments: object, within: FieldPath = ()) -> None:
        """Refuse what cannot be sent, before anything else looks at it."""
        found = [
            Problem(self._form.spelled((*within, *path)), message, fix=fix)
            for path, message, fix in self._bounds.find_flaws(arguments)
        ]
        if found:
            raise InvalidArguments(found)

    def unwrapped(self, arguments: dict[str, object], arm: str) -> dict[str, object]:
        """`{"source": {"kafka": {…}, "validateSamples": true}}` as `{"source": {…}, …}`."""
        source = self._read(arguments.get("source"), "object", ("source",))
        if not isinstance(source, dict):
            return arguments
        key = next((name for name in source if snake_case(name) == snake_case(arm)), None)
        inner = self._read(source[key], "object", ("source", key)) if key is not None else None
        if not isinstance(inner, dict):
            return arguments
        self._form.note(("source",), f"source.{key}")
        beside = {
            name: value for name, value in source.items() if name != key and value is not None
        }
        return {**beside, **arguments, "source": inner}

    def _read(self, value: object, kind: str, path: FieldPath) -> object:
        """A JSON string as what it says, where an object or array is expected."""
        if isinstance(value, str) and value.lstrip().startswith(_JSON_OPENERS.get(kind, "\0")):
            try:
                read: object = json.loads(value)
            except (ValueError, RecursionError):
                return value
            self.check(read, path)
            return read
        return value

    def fields(
        self, given: Mapping[str, object], schema: JsonObject, path: FieldPath
    ) -> dict[str, object]:
        """An object's fields by their names in the schema."""
        properties: JsonObject = schema.get("properties", {})
        result: dict[str, object] = {}
        for key, value in given.items():
            if value is None:
                continue
            name = key if key in properties else snake_case(key)
            if name not in properties:
                if "properties" in schema and not self._keeps_another():
                    continue
                name = key
            place = (*path, name)
            if key != name:
                self._form.note(place, key)
            if name in result:
                self._form.refuse(place, "given twice, in two spellings")
                continue
            result[name] = self._value(value, properties.get(name, {}), place)
        return result

    def _keeps_another(self) -> bool:
        """Whether one more name that is no field is kept, for validation to refuse."""
        self._unknown += 1
        self._form.left_out += self._unknown > _MOST_COUNTED
        return self._unknown <= _MOST_COUNTED

    def _value(self, value: object, schema: JsonObject, path: FieldPath) -> object:
        kind = schema.get("type", "")
        value = self._read(value, kind, path)
        if isinstance(value, bool) and kind in ("integer", "number"):
            # Python takes true for 1, the API does not.
            self._form.refuse(path, "must be a number")
        if kind == "object" and isinstance(value, Mapping):
            return self.fields(value, schema, path)
        if kind == "array" and isinstance(value, list):
            return [
                self._value(item, schema.get("items", {}), (*path, index))
                for index, item in enumerate(value)
            ]
        return value
