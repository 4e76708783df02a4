"""Values and blocks in the language of Terraform, laid out as `terraform fmt` would."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final

_INDENT: Final = "  "
_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*", re.ASCII)
_LAST_OF_FOUR_DIGITS: Final = 0xFFFF
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


class Expression(str):
    """Text that is written as it is, such as a reference."""

    __slots__ = ()


def block(header: str, attributes: Mapping[str, object]) -> Iterator[str]:
    """The lines of a block."""
    if not attributes:
        yield f"{header} {{}}"
        return
    yield f"{header} {{"
    yield from _attributes(attributes, _INDENT)
    yield "}"


def quoted(text: str) -> str:
    """A text as a literal: nothing in it is a template."""
    escaped = "".join(
        _ESCAPES.get(character) or (character if character.isprintable() else _coded(character))
        for character in text
    )
    return '"' + escaped.replace("${", "$${").replace("%{", "%%{") + '"'


def _coded(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= _LAST_OF_FOUR_DIGITS else f"\\U{code:08x}"


def _attributes(attributes: Mapping[str, object], indent: str) -> Iterator[str]:
    """The equals signs of attributes of one line that follow each other stand in one column."""
    named = [(_key(name), value) for name, value in attributes.items()]
    for is_long, group in groupby(named, lambda pair: _is_long(pair[1])):
        members = list(group)
        width = 0 if is_long else max(len(name) for name, _ in members)
        for name, value in members:
            first, *more = _value(value, indent)
            yield f"{indent}{name.ljust(width)} = {first}"
            yield from more


def _key(name: str) -> str:
    return name if _IDENTIFIER.fullmatch(name) else quoted(name)


def _is_long(value: object) -> bool:
    if isinstance(value, Mapping):
        return bool(value)
    return isinstance(value, list | tuple) and any(isinstance(item, Mapping) for item in value)


def _value(value: object, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from _object(value, indent)
    elif _is_long(value) and isinstance(value, Sequence):
        yield "["
        for item in value:
            first, *more = _object(item, indent + _INDENT)
            lines = [f"{indent}{_INDENT}{first}", *more]
            yield from lines[:-1]
            yield f"{lines[-1]},"
        yield f"{indent}]"
    else:
        yield _scalar(value)


def _object(value: Mapping[str, object], indent: str) -> Iterator[str]:
    if not value:
        yield "{}"
        return
    yield "{"
    yield from _attributes(value, indent + _INDENT)
    yield f"{indent}}}"


def _scalar(value: object) -> str:
    if isinstance(value, Expression):
        return str(value)
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(_scalar(item) for item in value)}]"
    return f"{value:g}" if isinstance(value, float) else str(value)
