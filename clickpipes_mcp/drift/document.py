"""Reads an OpenAPI document: its operations, and what each takes and answers.

Understands versions 3.0 and 3.1 as far as the ClickHouse Cloud API uses them: local references,
`allOf`, `oneOf` and `anyOf`, nullable types, ranges.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from typing_extensions import override

from clickpipes_mcp.drift.schema_words import Json, as_list, is_null, stated
from clickpipes_mcp.drift.shape import ANYTHING, Shape, narrowed, widened
from clickpipes_mcp.errors import UnreadableDocument

MAX_BYTES: Final = 16 * 1024 * 1024
MOST_PLACES: Final = 200_000
"""How many places are looked at; a document that refers in circles could have endlessly many."""

_METHODS: Final = ("get", "post", "put", "patch", "delete")
_PARAMETER: Final = re.compile(r"\{[^{}]*\}")
_MOST_REFERENCES: Final = 8
_FIX: Final = "Give the API's own OpenAPI document in JSON, as GET /v1 of the API answers it."


@dataclass(frozen=True, order=True)
class Key:
    """An operation by its path, in which every parameter is written {}, and its method."""

    path: str
    method: str

    @property
    def is_of_clickpipes(self) -> bool:
        return any(part.lower().startswith("clickpipe") for part in self.path.split("/"))


@dataclass(frozen=True)
class Operation:
    """One operation: `query` are its parameters beside the path, None is no body."""

    name: str
    query: Shape
    request: Shape | None
    answer: Shape | None


class Document(Mapping[Key, Operation]):
    """The operations of an OpenAPI document; each is read when it is asked for.

    Reading one raises UnreadableDocument where it refers to what is not there, or goes too deep.
    """

    def __init__(self, content: Json) -> None:
        paths = content.get("paths")
        if "openapi" not in content or not isinstance(paths, dict):
            raise UnreadableDocument("This is not an OpenAPI document of version 3.", fix=_FIX)
        self._content = content
        self._places = 0
        self._written = {
            Key(_PARAMETER.sub("{}", path).rstrip("/"), method.upper()): (item, item[method])
            for path, item in paths.items()
            if isinstance(item, dict)
            for method in _METHODS
            if method in item
        }

    @override
    def __iter__(self) -> Iterator[Key]:
        return iter(self._written)

    @override
    def __len__(self) -> int:
        return len(self._written)

    @override
    def __contains__(self, key: object) -> bool:
        return key in self._written

    @override
    def __getitem__(self, key: Key) -> Operation:
        try:
            return self._operation(*self._written[key])
        except RecursionError:
            raise UnreadableDocument("The document goes too deep to be read.", fix=_FIX) from None

    def _operation(self, item: Json, written: object) -> Operation:
        said = self._object(written)
        return Operation(
            name=str(said.get("operationId", "")),
            query=self._query([*as_list(item.get("parameters")), *as_list(said.get("parameters"))]),
            request=self._json_of(said.get("requestBody")),
            answer=self._result(self._object(said.get("responses"))),
        )

    def _query(self, parameters: list[object]) -> Shape:
        found = [self._object(one) for one in parameters]
        beside = [one for one in found if one.get("in") == "query"]
        return Shape(
            kinds=frozenset({"object"}),
            fields={str(one.get("name")): self._shape(one.get("schema"), ()) for one in beside},
            required=frozenset(str(one.get("name")) for one in beside if one.get("required")),
            is_open=False,
        )

    def _json_of(self, part: object) -> Shape | None:
        """The JSON of a body or a response; None where it has none."""
        media = self._object(self._object(part).get("content")).get("application/json")
        return None if media is None else self._shape(self._object(media).get("schema"), ())

    def _result(self, responses: Json) -> Shape | None:
        """What stands in the envelope of a success."""
        success = next((code for code in sorted(responses) if code.startswith("2")), "")
        envelope = self._json_of(responses.get(success))
        return envelope.fields.get("result") if envelope else None

    def _shape(self, node: object, within: tuple[str, ...]) -> Shape:
        """What a schema allows; `within` are the references that led to it."""
        self._places += 1
        if self._places > MOST_PLACES:
            raise UnreadableDocument("The document has too many places to look at.", fix=_FIX)
        if not isinstance(node, dict):
            return ANYTHING
        parts = [stated(node, lambda inner: self._shape(inner, within))]
        reference = node.get("$ref")
        if isinstance(reference, str) and reference not in within:
            inner = self._shape(self._target(reference), (*within, reference))
            name = reference.rpartition("/")[2]
            parts.append(inner if inner.origins else replace(inner, origins=(name,)))
        parts += [self._shape(one, within) for one in as_list(node.get("allOf"))]
        for keyword in ("oneOf", "anyOf"):
            arms = [one for one in as_list(node.get(keyword)) if not is_null(one)]
            if arms:
                parts.append(widened([self._shape(one, within) for one in arms]))
        return narrowed(parts)

    def _object(self, node: object) -> Json:
        """A part of the document, behind its references; empty where there is none."""
        for _ in range(_MOST_REFERENCES):
            if not isinstance(node, dict):
                return {}
            reference = node.get("$ref")
            if not isinstance(reference, str):
                return node
            node = self._target(reference)
        raise UnreadableDocument("The document refers in circles.", fix=_FIX)

    def _target(self, reference: str) -> object:
        place: object = self._content
        for step in reference.removeprefix("#").split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            if not isinstance(place, dict) or name not in place:
                raise UnreadableDocument(
                    "The document refers to a part that it does not hold.", fix=_FIX
                )
            place = place[name]
        return place


def read_document(text: bytes | str) -> Document:
    """The document in this text.

    Raises:
        UnreadableDocument: It is too long, is not JSON, or is not an OpenAPI document.
    """
    if len(text) > MAX_BYTES:
        limit = f"{MAX_BYTES // 1024 // 1024} MiB"
        raise UnreadableDocument(f"The document is longer than {limit}.", fix=_FIX)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise UnreadableDocument("The document is not JSON.", fix=_FIX) from None
    return Document(content if isinstance(content, dict) else {})
