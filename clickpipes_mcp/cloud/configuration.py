"""The free-form parts of an answer (source, destination, settings), made fit to be read.

They stay JSON under the API's own keys, so that what this package does not know survives.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, TypeAlias

from pydantic import JsonValue, ValidationInfo

from clickpipes_mcp.cloud.outside_text import is_truth, objects, plain, show_text, show_word
from clickpipes_mcp.redaction import MASK, is_secret_name, mask_url_credentials

JsonObject: TypeAlias = dict[str, JsonValue]

_MOST_KEYS: Final = 200
_DEEPEST: Final = 12
"""No known configuration has so many fields in one object, or is so deep."""

_LEFT_OUT: Final = "…"


_is_secret = lru_cache(maxsize=512)(is_secret_name)
_shown = lru_cache(maxsize=512)(show_word)
"""Names of fields, which come again with every answer; no value is kept."""


def tidied(value: object) -> JsonObject:
    """A configuration as it arrived, without nulls and with engines by their plain name."""
    return _object(value) if isinstance(value, dict) else {}


def _object(value: Mapping[object, object]) -> JsonObject:
    tidy = {plain(key): _tidy(item) for key, item in value.items() if item is not None}
    engine = tidy.get("engine")
    if isinstance(engine, dict) and isinstance(engine.get("type"), str):
        tidy["engine"] = {**engine, "type": engine_name(str(engine["type"]))}
    return tidy


def _tidy(value: object) -> JsonValue:
    if isinstance(value, dict):
        return _object(value)
    if isinstance(value, list):
        return [_tidy(item) for item in value if item is not None]
    return value if isinstance(value, bool | int | float) else plain(value)


def fit_to_show(value: JsonValue, key: str = "", depth: int = 0) -> JsonValue:
    """A value of a configuration with its texts cleaned and its secrets masked.

    The API returns no secrets; were that ever to change, they would end here.
    """
    if isinstance(value, str):
        if value and _is_secret(key):
            return MASK
        return mask_url_credentials(show_text(value))
    if isinstance(value, dict | list) and depth >= _DEEPEST:
        return _LEFT_OUT
    if isinstance(value, dict):
        items = list(value.items())[:_MOST_KEYS]
        return {_shown(name): fit_to_show(item, name, depth + 1) for name, item in items}
    if isinstance(value, list):
        return [fit_to_show(item, key, depth + 1) for item in value]
    return value


def read_object(value: object, info: ValidationInfo) -> JsonObject:
    """A configuration of an answer."""
    tidy = tidied(value)
    shown = tidy if is_truth(info) else fit_to_show(tidy)
    return shown if isinstance(shown, dict) else {}


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
