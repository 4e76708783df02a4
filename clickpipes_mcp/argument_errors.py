"""A validation error as problems an assistant can correct in one step.

Built from the kind of error and the schema only: an input value is never repeated, because it
may be a secret, and pydantic's own texts are never shown, because they repeat it.
"""

import difflib
from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from clickpipes_mcp.argument_form import NormalForm, snake_case
from clickpipes_mcp.contract import FieldPath
from clickpipes_mcp.errors import Problem
from clickpipes_mcp.schema_shape import SECRET, JsonObject, node_at
from clickpipes_mcp.secret_refs import LONGEST_LABEL

MOST_ALLOWED = 20
MOST_TOLD = 40
"""Problems of one validation error; each costs a comparison with every valid name."""

_Sentence = Callable[[Mapping[str, object]], str]

_SENTENCES: Mapping[str, _Sentence] = {
    "missing": lambda _: "is required",
    "string_type": lambda _: "must be text",
    "int_type": lambda _: "must be a whole number",
    "int_parsing": lambda _: "must be a whole number",
    "int_from_float": lambda _: "must be a whole number",
    "int_parsing_size": lambda _: "is too large a number",
    "float_type": lambda _: "must be a number",
    "float_parsing": lambda _: "must be a number",
    "finite_number": lambda _: "must be a finite number",
    "bool_type": lambda _: "must be true or false",
    "bool_parsing": lambda _: "must be true or false",
    "list_type": lambda _: "must be an array",
    "model_type": lambda _: "must be an object",
    "model_attributes_type": lambda _: "must be an object",
    "dict_type": lambda _: "must be an object",
    "literal_error": lambda _: "is not an allowed value",
    "enum": lambda _: "is not an allowed value",
    "greater_than_equal": lambda c: f"must be at least {c.get('ge')}",
    "less_than_equal": lambda c: f"must be at most {c.get('le')}",
    "greater_than": lambda c: f"must be greater than {c.get('gt')}",
    "less_than": lambda c: f"must be less than {c.get('lt')}",
    "multiple_of": lambda c: f"must be a multiple of {c.get('multiple_of')}",
    "string_too_short": lambda c: _at_least(c, "must not be empty", "character"),
    "string_too_long": lambda c: f"must have at most {c.get('max_length')} characters",
    "too_short": lambda c: _at_least(c, "must not be empty", "item"),
    "too_long": lambda c: f"must have at most {c.get('max_length')} items",
    "string_pattern_mismatch": lambda c: f"must match {c.get('pattern')}",
    "value_error": lambda c: str(c.get("error", "is not valid")),
    "recursion_loop": lambda _: "must not contain itself",
}


def _unfit(_: Mapping[str, object]) -> str:
    return "is not valid here"


def _at_least(context: Mapping[str, object], empty: str, noun: str) -> str:
    least = context.get("min_length")
    return empty if least == 1 else f"must have at least {least} {noun}s"


def problems_of(
    error: ValidationError,
    form: NormalForm,
    schema: JsonObject,
    within: FieldPath = (),
    fixed: Mapping[str, str] | None = None,
) -> Iterator[Problem]:
    """The first few dozen problems of a validation error, in the caller's spelling of the fields.

    `schema` is the full shaped schema of all arguments, from which allowed values and names are
    taken; `within` is where in them the validated part stands. `fixed` names fields, dotted from
    there, that exist elsewhere but cannot be changed, with the reason.
    """
    for details in islice(error.errors(include_url=False, include_input=False), MOST_TOLD):
        path: FieldPath = (*within, *details["loc"])
        reason = (fixed or {}).get(".".join(snake_case(str(step)) for step in details["loc"]))
        if details["type"] == "extra_forbidden" and reason is not None:
            yield Problem(form.spelled(path), "cannot be changed after creation", fix=reason)
        elif details["type"] == "extra_forbidden":
            yield _unknown_field(path, form, schema)
        else:
            yield _misfit(path, details, form, schema)


def _misfit(
    path: FieldPath, details: ErrorDetails, form: NormalForm, schema: JsonObject
) -> Problem:
    node = node_at(schema, path)
    say = _SENTENCES.get(details["type"], _unfit)
    message = say(details.get("ctx", {}))
    allowed = tuple(str(value) for value in node.get("enum", ()))
    fix = ""
    if details["type"] == "missing" and "description" in node:
        fix = f"{node['description']} {_least(node)}".strip()
        if SECRET in node:
            fix = f"{fix} {proposal(path)}"
    elif details["type"].startswith("model_") and node.get("properties"):
        fix = f"Give an object with {', '.join(_told(tuple(node['properties'])))}."
    elif allowed:
        nearest = _nearest(_value_at(form.value, path), allowed)
        fix = f"Did you mean {nearest}?" if nearest else ""
    return Problem(form.spelled(path), message, _told(allowed), fix)


def _least(node: JsonObject) -> str:
    """What an object, or a list of them, needs at least."""
    needs = _shape(node)
    return f"At least {needs}." if needs else ""


def _shape(node: JsonObject) -> str:
    if "items" in node:
        inner = _shape(node["items"])
        return f"[{inner}]" if inner else ""
    needed = (
        f"{name}: {_shape(node['properties'].get(name, {})) or '…'}"
        for name in node.get("required", ())
    )
    told = ", ".join(needed)
    return f"{{{told}}}" if told else ""


def proposal(path: FieldPath) -> str:
    """How to have a person asked for a secret that was left out."""
    names = [str(step) for step in path if step not in ("source", "credentials")]
    label = "-".join(names)[-LONGEST_LABEL:].lstrip("-_")
    return f"Or pass ${{ask:{label}}}: the person is asked on a private page."


def _unknown_field(path: FieldPath, form: NormalForm, schema: JsonObject) -> Problem:
    valid = tuple(node_at(schema, path[:-1]).get("properties", {}))
    nearest = _nearest(snake_case(str(path[-1])), valid)
    fix = f"Did you mean {nearest}?" if nearest else ""
    allowed = () if nearest else _told(valid)
    return Problem(form.spelled(path), "is not a field here", allowed, fix)


def _told(valid: tuple[str, ...]) -> tuple[str, ...]:
    """The first of many words, and how many there are beside."""
    if len(valid) <= MOST_ALLOWED:
        return valid
    return (*valid[:MOST_ALLOWED], f"and {len(valid) - MOST_ALLOWED} more")


def _nearest(given: object, valid: tuple[str, ...]) -> str | None:
    """The valid word that was probably meant; a value itself is never passed on."""
    if not isinstance(given, str) or len(given) > 100:
        return None
    by_folded = {word.casefold(): word for word in valid}
    close = difflib.get_close_matches(given.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None


def _value_at(value: object, path: FieldPath) -> object:
    for step in path:
        if isinstance(step, int) and isinstance(value, list) and step < len(value):
            value = value[step]
        elif isinstance(step, str) and isinstance(value, Mapping):
            value = value.get(step)
        else:
            return None
    return value
