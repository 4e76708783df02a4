"""The free-form parts of an answer (source, destination, settings), made fit to be read.

They stay JSON under the API's own keys, so that what this package does not know survives.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import TypeAlias

from pydantic import JsonValue

from clickpipes_mcp.redaction import MASK, is_secret_name, mask_url_credentials

JsonObject: TypeAlias = dict[str, JsonValue]

_UNORDERED = frozenset({"excludedColumns", "reversePrivateEndpointIds", "roles", "tableMappings"})
"""Lists that the API may return in another order than they were sent in.

Source: the Terraform provider treats them as sets.
"""


def tidied(value: object) -> JsonObject:
    """A configuration without nulls, with engines by their plain name and secrets masked.

    The API returns no secrets; were that ever to change, they would end here.
    """
    return _object(value) if isinstance(value, dict) else {}


def _object(value: Mapping[object, object]) -> JsonObject:
    tidy = {str(key): _tidy(str(key), item) for key, item in value.items() if item is not None}
    engine = tidy.get("engine")
    if isinstance(engine, dict) and isinstance(engine.get("type"), str):
        tidy["engine"] = {**engine, "type": engine_name(str(engine["type"]))}
    return tidy


def _tidy(key: str, value: object) -> JsonValue:
    if isinstance(value, dict):
        return _object(value)
    if isinstance(value, list):
        return [_tidy(key, item) for item in value if item is not None]
    if isinstance(value, str):
        return MASK if value and is_secret_name(key) else mask_url_credentials(value)
    return value if isinstance(value, bool | int | float) else str(value)


def engine_name(text: str) -> str:
    """`MergeTree` for `MergeTree()`; the API adds parentheses and arguments at times."""
    return text.partition("(")[0].strip()


def digest(value: JsonValue) -> str:
    """A short fingerprint that does not change with the order of keys or of unordered lists."""
    text = json.dumps(_ordered(value), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _ordered(value: JsonValue, key: str = "") -> JsonValue:
    if isinstance(value, dict):
        return {name: _ordered(item, name) for name, item in value.items()}
    if isinstance(value, list):
        items = [_ordered(item) for item in value]
        return (
            sorted(items, key=lambda item: json.dumps(item, sort_keys=True))
            if (key in _UNORDERED)
            else items
        )
    return value
