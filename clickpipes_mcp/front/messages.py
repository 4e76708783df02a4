"""Which lines can be answered before the server is there: those known to the last field.

Whatever is not is left to the server, which takes time and nothing else. So what is accepted here
is less than what the SDK accepts, and everything that it accepts the SDK does too.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from clickpipes_mcp.panels import shows_panels

Shape = Callable[[object], bool]

HANDSHAKE_VERSIONS: Final = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
MODERN_VERSION: Final = "2026-07-28"

INITIALIZE: Final = "initialize"
INITIALIZED: Final = "notifications/initialized"
DISCOVER: Final = "server/discover"
PING: Final = "ping"
LISTS: Final = ("tools/list", "prompts/list", "resources/list", "resources/templates/list")

_LONGEST_LINE: Final = 65_536
_DEEPEST: Final = 100
_LARGEST_ID: Final = 2**53
_PLAIN_ID: Final = re.compile(r"[A-Za-z0-9_.:-]{1,100}")
_META: Final = "io.modelcontextprotocol/"


@dataclass(frozen=True)
class Message:
    """A message that can be answered: `id` is None where it wants no answer.

    `version` is the protocol's that it speaks, or offers to speak; None where it does not say.
    `shows_panels` is whether it says that the client does.
    """

    method: str
    id: int | str | None
    version: str | None
    shows_panels: bool = False


def understood(line: bytes) -> Message | None:
    """What a line says; None where it is left to the server."""
    if len(line) > _LONGEST_LINE or b"\\u" in line or b"\r" in line.removesuffix(b"\r"):
        return None
    if line.count(b"{") + line.count(b"[") > _DEEPEST:
        return None
    try:
        said = json.loads(
            line.decode("utf-8"),
            object_pairs_hook=_once,
            parse_constant=_refused,
            parse_float=_refused,
            parse_int=_whole,
        )
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or said.get("jsonrpc") != "2.0":
        return None
    if not said.keys() <= {"jsonrpc", "id", "method", "params"}:
        return None
    method, params = said.get("method"), said.get("params", {})
    if not isinstance(method, str) or not isinstance(params, dict):
        return None
    if method == INITIALIZED:
        return Message(method, None, None) if "id" not in said and params == {} else None
    if not _is_id(said.get("id")):
        return None
    return _asked(method, said["id"], params)


def _asked(method: str, number: int | str, params: Mapping[str, Any]) -> Message | None:
    if method == INITIALIZE:
        if not _INITIALIZE(params):
            return None
        return Message(method, number, params["protocolVersion"], _shows(params["capabilities"]))
    if method not in (DISCOVER, PING, *LISTS) or not params.keys() <= {"_meta"}:
        return None
    meta = params.get("_meta", {})
    if method != PING and _ENVELOPE(meta):
        return Message(method, number, MODERN_VERSION, _shows(meta[f"{_META}clientCapabilities"]))
    if method != DISCOVER and _LEGACY_META(meta):
        return Message(method, number, None)
    return None


def _shows(capabilities: Mapping[str, Any]) -> bool:
    return shows_panels(capabilities.get("extensions"))


def _is_id(number: object) -> bool:
    if isinstance(number, str):
        return _PLAIN_ID.fullmatch(number) is not None
    return type(number) is int and abs(number) < _LARGEST_ID


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a field stands there twice")
    return found


def _refused(number: str) -> object:
    raise ValueError(f"{number} stands in no message that is answered here")


def _whole(digits: str) -> int:
    if len(digits) > len(str(_LARGEST_ID)):
        raise ValueError("a number is too long")
    return int(digits)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _one_of(*words: str) -> Shape:
    return lambda value: value in words


def _objects(value: object) -> bool:
    """Objects by name."""
    return isinstance(value, dict) and all(isinstance(one, dict) for one in value.values())


def _all(shape: Shape) -> Shape:
    return lambda value: isinstance(value, list) and all(map(shape, value))


def _object(required: Mapping[str, Shape] | None = None, **optional: Shape) -> Shape:
    needed = required or {}
    shapes = {**needed, **optional}

    def fits(value: object) -> bool:
        return (
            isinstance(value, dict)
            and needed.keys() <= value.keys() <= shapes.keys()
            and all(shapes[name](one) for name, one in value.items())
        )

    return fits


_EMPTY = _object()
_CAPABILITIES = _object(
    roots=_object(listChanged=_is_flag),
    sampling=_object(context=_EMPTY, tools=_EMPTY),
    elicitation=_object(form=_EMPTY, url=_EMPTY),
    experimental=_objects,
    extensions=_objects,
)
_IMPLEMENTATION = _object(
    {"name": _is_text, "version": _is_text},
    title=_is_text,
    description=_is_text,
    websiteUrl=_is_text,
    icons=_all(_object({"src": _is_text}, mimeType=_is_text, sizes=_all(_is_text))),
)
_PROGRESS_TOKEN: Shape = lambda value: type(value) in (int, str)  # noqa: E731
_LEGACY_META = _object(progressToken=_PROGRESS_TOKEN)
_INITIALIZE = _object(
    {
        "protocolVersion": _one_of(*HANDSHAKE_VERSIONS),
        "capabilities": _CAPABILITIES,
        "clientInfo": _IMPLEMENTATION,
    },
    _meta=_LEGACY_META,
)
_ENVELOPE = _object(
    {
        f"{_META}protocolVersion": _one_of(MODERN_VERSION),
        f"{_META}clientCapabilities": _CAPABILITIES,
        f"{_META}clientInfo": _IMPLEMENTATION,
    },
    progressToken=_PROGRESS_TOKEN,
)
