"""JSON as assistants write it, with comments and trailing commas, edited in place.

Everything that is not the one member stays as it is, to the byte.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from clickpipes_mcp.connecting.text import NotEditable, indentation, is_same, line_break, merged

_BLANK: Final = re.compile(r"(?:\s|//[^\n]*+|/\*(?:[^*]|\*(?!/))*+\*/)*+")
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_PLAIN: Final = re.compile(r"[^\s,\]}/]+")
_DEEPEST: Final = 100


@dataclass(frozen=True)
class _Member:
    key: str
    start: int
    value: int
    end: int


@dataclass(frozen=True)
class _Object:
    """An object in a text: where it opens and closes, and its members."""

    open: int
    close: int
    members: tuple[_Member, ...]

    def member(self, key: str) -> _Member | None:
        found = [one for one in self.members if one.key == key]
        if len(found) > 1:
            raise NotEditable(f"has {key} twice.")
        return found[0] if found else None


def having(text: str, at: tuple[str, ...], entry: Mapping[str, object]) -> str:
    """The text with an entry at a path.

    Raises:
        NotEditable: It is no JSON, or something else than an object stands on the way.
    """
    if not text.strip():
        text = f"{{}}{line_break(text)}"
    found, rest = _follow(text, at)
    member = None if rest else found.member(at[-1])
    if member is not None:
        held = _value(text, member.value, member.end)
        if is_same(held, entry):
            return text
        wanted: object = merged(held, entry)
        shown = _laid_out(text, wanted, _margin(text, member.start))
        return text[: member.value] + shown + text[member.end :]
    inner: object = dict(entry)
    for key in reversed(rest[1:]):
        inner = {key: inner}
    return _added(text, found, rest[0], inner)


def entry_at(text: str, at: tuple[str, ...]) -> object:
    """What stands at a path; None where nothing does. Raises as `having` does."""
    if not text.strip():
        return None
    found, rest = _follow(text, at)
    member = None if rest else found.member(at[-1])
    return None if member is None else _value(text, member.value, member.end)


def without(text: str, at: tuple[str, ...]) -> str:
    """The text without what stands at a path; raises as `having` does."""
    if not text.strip():
        return text
    found, rest = _follow(text, at)
    member = None if rest else found.member(at[-1])
    if member is None:
        return text
    place = found.members.index(member)
    start = found.members[place - 1].end if place else found.open + 1
    comma = _after_comma(text, member.end)
    if place + 1 < len(found.members) and comma:
        kept = text[start : member.start].rstrip(" \t\r\n") if place else ""
        head = text[:start] + (kept if place else "")
        return head + text[comma:]
    end = comma or member.end
    if not place and not text[end : found.close].strip():
        return text[: found.open + 1] + text[found.close :]
    between = text[start : member.start]
    kept = between.replace(",", "", 1).rstrip(" \t\r\n") if place else between.rstrip()
    return text[:start] + kept + text[end:]


def _after_comma(text: str, at: int) -> int | None:
    """Where a comma ends that comes next, behind blanks and comments; None where there is none."""
    found = _BLANK.match(text, at)
    end = found.end() if found else at
    return end + 1 if text[end : end + 1] == "," else None


def _follow(text: str, at: tuple[str, ...]) -> tuple[_Object, tuple[str, ...]]:
    """The last object on the way that is there, and what of the path is not."""
    _check(text)
    found = _object(text, _skip(text, 0))
    for depth, key in enumerate(at):
        member = found.member(key)
        if member is None:
            return found, at[depth:]
        if depth == len(at) - 1:
            return found, ()
        found = _object(text, member.value)
    return found, ()


def _check(text: str) -> None:
    """Whether the whole is JSON, comments and trailing commas aside."""
    try:
        end = _end_of_value(text, _skip(text, 0), 0)
    except IndexError:
        raise NotEditable("ends in the middle; it is no JSON.") from None
    if text[_skip(text, end) :]:
        raise NotEditable("goes on after its end; it is no JSON.")


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _object(text: str, at: int) -> _Object:
    if text[at : at + 1] != "{":
        raise NotEditable("holds something else than an object where servers are listed.")
    members, here = [], _skip(text, at + 1)
    while text[here] != "}":
        key = _STRING.match(text, here)
        if key is None:
            raise NotEditable("has a member without a name; it is no JSON.")
        colon = _skip(text, key.end())
        if text[colon] != ":":
            raise NotEditable("has a member without a value; it is no JSON.")
        value = _skip(text, colon + 1)
        end = _end_of_value(text, value, 0)
        members.append(_Member(str(json.loads(key[0])), here, value, end))
        here = _skip(text, end)
        if text[here] == ",":
            here = _skip(text, here + 1)
        elif text[here] != "}":
            raise NotEditable("lacks a comma; it is no JSON.")
    return _Object(at, here, tuple(members))


def _end_of_value(text: str, at: int, depth: int) -> int:
    if depth > _DEEPEST:
        raise NotEditable("is nested too deep.")
    opening = text[at]
    if opening == "{":
        here = _skip(text, at + 1)
        while text[here] != "}":
            here = _end_of_value(text, here, depth + 1)
            here = _skip(text, here)
            if text[here] != ":":
                raise NotEditable("has a member without a value; it is no JSON.")
            here = _after_item(text, _end_of_value(text, _skip(text, here + 1), depth + 1), "}")
        return here + 1
    if opening == "[":
        here = _skip(text, at + 1)
        while text[here] != "]":
            here = _after_item(text, _end_of_value(text, here, depth + 1), "]")
        return here + 1
    found = (_STRING if opening == '"' else _PLAIN).match(text, at)
    try:
        json.loads(found[0] if found else "", strict=False)
    except ValueError:
        raise NotEditable("holds what is no value of JSON.") from None
    return found.end() if found else at


def _after_item(text: str, end: int, closing: str) -> int:
    here = _skip(text, end)
    if text[here] == ",":
        return _skip(text, here + 1)
    if text[here] != closing:
        raise NotEditable("lacks a comma; it is no JSON.")
    return here


def _value(text: str, start: int, end: int) -> object:
    """A value as Python has it: comments and trailing commas are left out."""
    parts, here = [], start
    while here < end:
        string = _STRING.match(text, here)
        blank = _BLANK.match(text, here)
        if string:
            parts.append(string[0])
            here = string.end()
        elif blank and blank.end() > here:
            parts.append(" ")
            here = blank.end()
        elif text[here] == "," and text[_skip(text, here + 1)] in "}]":
            here += 1
        else:
            parts.append(text[here])
            here += 1
    return json.loads("".join(parts), strict=False)


def _added(text: str, found: _Object, key: str, value: object) -> str:
    """A member more, after all others."""
    end_of_line = line_break(text)
    outer = _margin(text, found.open)
    inner = _margin(text, found.members[-1].start) if found.members else outer + indentation(text)
    member = f"{json.dumps(key, ensure_ascii=False)}: {_laid_out(text, value, inner)}"
    if not found.members:
        inside = text[found.open + 1 : found.close].rstrip()
        return (
            f"{text[: found.open + 1]}{inside}{end_of_line}{inner}{member}{end_of_line}{outer}"
            f"{text[found.close :]}"
        )
    last = found.members[-1].end
    tail = text[last : found.close]
    comma = "" if _after_comma(text, last) else ","
    return (
        f"{text[:last]}{comma}{tail.rstrip()}{end_of_line}{inner}{member}{end_of_line}{outer}"
        f"{text[found.close :]}"
    )


def _margin(text: str, at: int) -> str:
    """What the line of a place begins with."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _laid_out(text: str, value: object, margin: str) -> str:
    unit = indentation(text)
    shown = json.dumps(value, indent=unit, ensure_ascii=False)
    return shown.replace("\n", f"{line_break(text)}{margin}")
