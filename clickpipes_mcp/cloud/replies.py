"""What the API answered, read as what was asked for."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar, cast

from pydantic import JsonValue, ValidationError
from pydantic_core import from_json

from clickpipes_mcp.cloud.models import PipeSettings, Receipt
from clickpipes_mcp.contract import Answer
from clickpipes_mcp.errors import UnreadableAnswer
from clickpipes_mcp.settings import API_ADDRESS

A = TypeVar("A", bound=Answer)
T = TypeVar("T")


@dataclass(frozen=True)
class Reply:
    """What the API said: the `result` of the envelope, or the plain text that was expected.

    `glanced_at` is what the request's glance made of the octets; then nothing else was read.
    """

    result: JsonValue
    request_id: str | None = None
    glanced_at: object = None


Reader: TypeAlias = Callable[[Reply], T]
"""Makes of a reply what was asked for; raises UnreadableAnswer where that is not in it."""


def as_json(body: bytes) -> JsonValue:
    """What stands in octets; None where that is no JSON."""
    try:
        return cast("JsonValue", from_json(body))
    except ValueError:
        return _unusual(body)


def _unusual(body: bytes) -> JsonValue:
    """A document in another encoding, very deep, or with halves of characters in it."""
    try:
        return cast("JsonValue", json.loads(body))
    except (ValueError, RecursionError):
        return None


def one(kind: type[A]) -> Reader[A]:
    """Reads a single thing, with the id of the request where the kind keeps it."""

    def read(reply: Reply) -> A:
        result = reply.result
        if isinstance(result, dict) and reply.request_id:
            result = {**result, "requestId": reply.request_id}
        return parsed(kind, result)

    return read


def many(kind: type[A]) -> Reader[list[A]]:
    """Reads a list of things."""

    def read(reply: Reply) -> list[A]:
        return [parsed(kind, item) for item in items_of(reply, kind)]

    return read


def items_of(reply: Reply, kind: type[Answer]) -> list[JsonValue]:
    """What a list holds, unread.

    Raises:
        UnreadableAnswer: There is no list.
    """
    items = [] if reply.result is None else reply.result
    if not isinstance(items, list):
        raise refuse_to_read(kind)
    return items


def text(reply: Reply) -> str:
    """Reads plain text."""
    return str(reply.result)


def document(reply: Reply) -> dict[str, JsonValue]:
    """Reads a JSON document that stands in no envelope."""
    return reply.result if isinstance(reply.result, dict) else {}


def settings(reply: Reply) -> PipeSettings:
    """Reads the settings of a pipe, which are all that the answer holds."""
    return parsed(PipeSettings, {"values": reply.result, "requestId": reply.request_id})


def receipt(reply: Reply) -> Receipt:
    """Reads an answer that holds nothing."""
    return Receipt(request_id=reply.request_id)


def parsed(kind: type[A], result: JsonValue) -> A:
    """What a part of an answer describes.

    Raises:
        UnreadableAnswer: It does not describe that.
    """
    try:
        return kind.model_validate(result)
    except ValidationError as error:
        raise refuse_to_read(kind) from error


def refuse_to_read(kind: type[Answer]) -> UnreadableAnswer:
    """The error for an answer that is not what was asked for."""
    return UnreadableAnswer(
        f"The API's answer does not describe a {kind.__name__}.",
        fix="After a write, look at the list before repeating it. If it stays so, the operator "
        f"checks {API_ADDRESS} and whether a newer version of this server exists.",
    )
