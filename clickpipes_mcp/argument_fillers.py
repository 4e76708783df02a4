"""What a client was made to say: a value in every field, where it had none.

Some converters of schemas make every field required. A model that leaves a field out then says
null, "", 0, [] or {} in it. Such a call is known by its having every field of the tool. Where a
call has left out any field, what it says is meant.
"""

from collections.abc import Mapping, Sequence

from clickpipes_mcp.schema_shape import JsonObject


def without_fillers(given: Mapping[str, object], schema: JsonObject) -> dict[str, object]:
    """The arguments without what only fills a field; `schema` is the one the client sees.

    Only optional fields are emptied. A number that may be 0, and false, are kept, but for those of
    an optional object in which nothing is said.
    """
    return _said(given, schema) if _is_filled(given, schema) else dict(given)


def _is_filled(given: Mapping[str, object], schema: JsonObject) -> bool:
    properties: JsonObject = schema.get("properties", {})
    return bool(properties) and properties.keys() <= given.keys()


def _said(given: Mapping[str, object], schema: JsonObject) -> dict[str, object]:
    """An object without its fillers; one that lacks a field is as its author meant it."""
    if not _is_filled(given, schema):
        return dict(given)
    properties: JsonObject = schema["properties"]
    optional = properties.keys() - set(schema.get("required", ()))
    return {
        name: _within(value, properties.get(name, {}))
        for name, value in given.items()
        if name not in optional or not _fills(value, properties[name])
    }


def _within(value: object, field: JsonObject) -> object:
    if isinstance(value, Mapping):
        return _said(value, field)
    if isinstance(value, list):
        return [_within(item, field.get("items", {})) for item in value]
    return value


def _fills(value: object, field: JsonObject) -> bool:
    """Whether a value only fills this optional field."""
    if isinstance(value, Mapping):
        return _is_silent(value) and (not value or _is_filled(value, field))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value == 0 and field.get("minimum", 1) > 0
    return _is_silent(value) and value is not False


def _is_silent(value: object) -> bool:
    """Whether a value, with all that is in it, may be nothing but filling."""
    if isinstance(value, Mapping):
        return all(_is_silent(inner) for inner in value.values())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return not value
    return value is None or value in ("", 0)
