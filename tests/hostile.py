"""Values that somebody tries who means harm, and texts that must not be seen in an answer."""

import json
from typing import Any

HALF = "\ud800"
"""Half of a surrogate pair: a character that no encoding knows."""


def nested(depth: int) -> Any:
    """An object in an object, and so on."""
    value: Any = 1
    for _ in range(depth):
        value = {"a": value}
    return value


def _nested_text(depth: int) -> str:
    return '{"a":' * depth + "1" + "}" * depth


HOSTILE: dict[str, Any] = {
    "half a character": HALF,
    "half a character in text of JSON": json.dumps({"a": HALF, HALF: "a"}),
    "half a character as a name": {HALF: 1},
    "half a character in a list": [HALF],
    "NUL": "a\0b",
    "control characters": "a\x1b[2Jb\r\n\x07",
    "direction marks": "a\u202eb\u2066c",
    "a huge number": 10**400,
    "a huge number as text": "9" * 10_000,
    "not a number": float("nan"),
    "infinity": float("inf"),
    "depth 100": nested(100),
    "depth 900": nested(900),
    "depth 900 in text of JSON": _nested_text(900),
    "depth 100,000 in text of JSON": _nested_text(100_000),
    "a huge text": "x" * 900_000,
    "a text of blanks": "authorization:" + " " * 60_000,
    "a text of addresses": "://:" * 20_000,
    "thousands of items": [{}] * 20_000,
    "thousands of names": {f"name_{index}": 1 for index in range(20_000)},
    "a list": [[[]]],
    "an object": {"a": {"b": None}},
    "a flag": True,
    "nothing": None,
    "an empty text": "",
}
"""By what they are; any tool may be given any of them as any argument."""

HEAVY = frozenset({"a huge text", "thousands of items", "thousands of names"})
"""Those that take a while even where they are refused at once."""

UNSENDABLE = frozenset(
    {
        "half a character",
        "half a character as a name",
        "half a character in a list",
        "depth 900",
    }
)
"""Those that no client can write into a message, except within text of JSON."""
