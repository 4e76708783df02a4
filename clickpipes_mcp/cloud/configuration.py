"""The free-form parts of an answer (source, destination, settings), made fit to be read.

They stay JSON under the API's own keys, so that what this package does not know survives.
"""

import math
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Final, NamedTuple, TypeAlias

from pydantic import JsonValue, ValidationInfo

from clickpipes_mcp.cloud.outside_text import is_truth, objects, plain, show_text, show_word
from clickpipes_mcp.kept_answers import kept
from clickpipes_mcp.redaction import MASK, is_secret_name, mask_url_credentials

JsonObject: TypeAlias = dict[str, JsonValue]

_MOST_KEYS: Final = 200
_DEEPEST: Final = 12
"""No known configuration has so many fields in one object, or is so deep."""

_LEFT_OUT: Final = "…"


_is_secret = kept(is_secret_name, 512)
_shown = kept(show_word, 512)
"""Names of fields, which come again with every answer; no value is kept."""


class _Reading(NamedTuple):
    """What becomes of names and texts, and how much is read at all."""

    name: Callable[[str], str]
    text: Callable[[str, str], str]
    most_names: int | None
    deepest: float

    def mapping(self, value: Mapping[object, object], depth: int = 0) -> JsonObject:
        """An object without nulls; an engine in it gets its plain name."""
        named = ((plain(key), item) for key, item in value.items() if item is not None)
        read = {
            self.name(name): self.value(item, name, depth + 1)
            for name, item in islice(named, self.most_names)
        }
        engine = read.get("engine")
        if isinstance(engine, dict) and isinstance(engine.get("type"), str):
            read["engine"] = {**engine, "type": engine_name(str(engine["type"]))}
        return read

    def value(self, value: object, name: str, depth: int) -> JsonValue:
        """What a field of that name holds, or a member of its list."""
        if isinstance(value, (dict, list)):
            if depth >= self.deepest:
                return _LEFT_OUT
            if isinstance(value, dict):
                return self.mapping(value, depth)
            return [self.value(item, name, depth + 1) for item in value if item is not None]
        return value if isinstance(value, (int, float)) else self.text(plain(value), name)


def _fit_text(text: str, name: str) -> str:
    """A text, cleaned; a mask for a secret, which the API never returns, were that to change."""
    return MASK if text and _is_secret(name) else mask_url_credentials(show_text(text))


_AS_SENT = _Reading(name=str, text=lambda text, _: text, most_names=None, deepest=math.inf)
_SHOWN = _Reading(name=_shown, text=_fit_text, most_names=_MOST_KEYS, deepest=_DEEPEST)


def fit_to_show(value: object, key: str = "") -> JsonValue:
    """A value of a configuration with its texts cleaned and its secrets masked; None as it is."""
    return None if value is None else _SHOWN.value(value, key, 0)


def read_object(value: object, info: ValidationInfo) -> JsonObject:
    """A configuration of an answer, without nulls and with engines by their plain name."""
    reading = _AS_SENT if is_truth(info) else _SHOWN
    return reading.mapping(value) if isinstance(value, dict) else {}


def read_kind(value: object, info: ValidationInfo) -> JsonObject:
    """Of a source in an answer only what kind it is: its first object, with the type alone."""
    kinds = value.items() if isinstance(value, dict) else ()
    arm = next(((key, body) for key, body in kinds if isinstance(body, dict)), None)
    return read_object({arm[0]: {"type": arm[1].get("type")}}, info) if arm else {}


def read_objects(value: object, info: ValidationInfo) -> list[JsonObject]:
    """A list of configurations of an answer."""
    return [read_object(item, info) for item in objects(value)]


def engine_name(text: str) -> str:
    """`MergeTree` for `MergeTree()`; the API adds parentheses and arguments at times."""
    return text.partition("(")[0].strip()
