"""Names that stand in quote marks, which the API would take for a part of them."""

import re
from collections.abc import Iterator
from typing import Final

from clickpipes_mcp.argument_form import NormalForm
from clickpipes_mcp.contract import FieldPath
from clickpipes_mcp.errors import Problem
from clickpipes_mcp.misplaced_references import texts_in
from clickpipes_mcp.schema_shape import REFERENCE, JsonObject, node_at

HOLDERS: Final = frozenset({"source", "destination", "field_mappings"})
"""The arguments that say what is read and what is filled."""

NO_NAMES: Final = frozenset(
    {
        "delimiter",
        "filter",
        "partition_by",
        "partition_by_expr",
        "path",
        "primary_key",
        "protobuf_schema",
        "sorting_key",
        "start_after",
        "ttl",
        "type",
    }
)
"""Texts in which a quote mark may be meant: expressions, keys of files and schemas."""

_PART: Final = re.compile(r"[.,]")
_MARK: Final = re.compile("[\"'`“”\u2018\u2019]")
_MARKS: Final = ('""', "''", "``", "“”", "\u2018\u2019")


def find_quoted_names(form: NormalForm, schema: JsonObject, within: FieldPath) -> Iterator[Problem]:
    """Every name, or part of one, that a call writes in quote marks."""
    for place, text in texts_in(form):
        if not is_quoted(text):
            continue
        named = next((step for step in reversed(place) if isinstance(step, str)), "")
        if place[0] not in HOLDERS or place[: len(within)] != within or named in NO_NAMES:
            continue
        if REFERENCE not in node_at(schema, place):
            yield Problem(
                form.spelled(place),
                "stands in quote marks, which would be read as a part of the name",
                fix="Write the name alone.",
            )


def is_quoted(text: str) -> bool:
    """Whether a text, or a part of it between dots and commas, stands in quote marks."""
    return _MARK.search(text) is not None and any(
        len(part) > 1 and part[0] + part[-1] in _MARKS
        for part in (text.strip(), *map(str.strip, _PART.split(text)))
    )
