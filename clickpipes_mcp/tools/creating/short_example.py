"""The least that an object needs, written as short as a reader understands it."""

import json
from collections.abc import Iterable, Mapping

from clickpipes_mcp.schema_shape import JsonObject


def short_example(example: object, schema: JsonObject) -> str:
    """What `schema` requires of an example, as in `{format: Avro, topics: …}`.

    Words of the person's own are left open. Where it requires a single field, the words beside
    that are shown too, but for secrets.
    """
    if isinstance(example, Mapping):
        required = schema.get("required", list(example))
        inner = schema["properties"]
        return _braced(
            f"{name}: {short_example(value, inner[name])}"
            for name, value in example.items()
            if name in required or (len(required) == 1 < len(example) and _is_word(value))
        )
    if isinstance(example, list):
        return f"[{short_example(example[0], schema['items'])}]"
    if isinstance(example, str):
        return example if "enum" in schema else "…"
    return json.dumps(example)


def _braced(fields: Iterable[str]) -> str:
    return f"{{{', '.join(fields)}}}"


def _is_word(value: object) -> bool:
    return isinstance(value, str) and not value.startswith("${")
