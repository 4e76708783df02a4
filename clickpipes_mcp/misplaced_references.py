"""Texts that would be sent as they are and are not meant so.

They are references where nobody would resolve them, and what is shown in the place of something.
"""

from collections.abc import Iterator

from clickpipes_mcp.argument_form import NormalForm
from clickpipes_mcp.contract import FieldPath
from clickpipes_mcp.errors import Problem
from clickpipes_mcp.redaction import ALTERED, MASK
from clickpipes_mcp.schema_shape import REFERENCE, JsonObject, node_at
from clickpipes_mcp.secret_refs import holds_reference
from clickpipes_mcp.secret_resolver import is_unexpanded

_MOST_FIELDS = 12
_NONE_HERE = "No field of this tool takes a reference. Write the value itself."


def find_misplaced_references(form: NormalForm, schema: JsonObject) -> Iterator[Problem]:
    """Every text that has the form of a reference in a field that takes none.

    What stands under an argument whose fields depend on the call is looked at with those fields.
    """
    places = [
        place
        for place, text in texts_in(form)
        if (holds_reference(text) or is_unexpanded(text)) and _takes_text_alone(schema, place)
    ]
    if not places:
        return
    takers = [".".join(path) for path in _takers(schema, ())]
    more = f" and {len(takers) - _MOST_FIELDS} more" if len(takers) > _MOST_FIELDS else ""
    fix = (
        f"Write the value itself. References go into: {', '.join(takers[:_MOST_FIELDS])}{more}."
        if takers
        else _NONE_HERE
    )
    for place in places:
        yield Problem(
            form.spelled(place), "holds a reference, which is not resolved in this field", fix=fix
        )


def find_shown_marks(form: NormalForm, within: FieldPath) -> Iterator[Problem]:
    """Every text that was taken from an answer in which a part of it is not shown.

    A secret that is nothing but the mask is left to the API: nobody can tell whether it is meant.
    """
    for place, text in texts_in(form):
        is_shown = (MASK in text and text != MASK) or ALTERED in text
        if is_shown and place[: len(within)] == within:
            yield Problem(
                form.spelled(place),
                f"holds {MASK} or {ALTERED}, which stands in answers for what they do not show",
                fix="Leave the field out where its value stays, or write the true value.",
            )


def texts_in(form: NormalForm) -> list[tuple[FieldPath, str]]:
    """Every text of arguments, with its place."""
    found: list[tuple[FieldPath, str]] = []
    _collect_texts(form.value, (), found)
    return found


def _collect_texts(value: object, path: FieldPath, found: list[tuple[FieldPath, str]]) -> None:
    if isinstance(value, str):
        found.append((path, value))
    elif isinstance(value, dict):
        for name, inner in value.items():
            _collect_texts(inner, (*path, name), found)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _collect_texts(inner, (*path, index), found)


def _takes_text_alone(schema: JsonObject, place: FieldPath) -> bool:
    node = node_at(schema, place)
    return "type" in node and REFERENCE not in node


def _takers(schema: JsonObject, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The fields that take references, by their path."""
    if REFERENCE in schema:
        yield path
    for name, inner in schema.get("properties", {}).items():
        yield from _takers(inner, (*path, name))
    if "items" in schema:
        yield from _takers(schema["items"], path)
