"""YAML, edited in place by a library that keeps comments and order."""

from collections.abc import Mapping, MutableMapping
from io import StringIO
from typing import TYPE_CHECKING, Any

from clickpipes_mcp.connecting.text import NotEditable, is_same, line_break, merged

if TYPE_CHECKING:
    from ruamel.yaml import YAML


def having(text: str, at: tuple[str, ...], entry: Mapping[str, object]) -> str:
    """The text with an entry at a path.

    Raises:
        NotEditable: It is no YAML, or something else than a mapping stands on the way.
    """
    document = _parsed(text)
    holder = document
    for key in at[:-1]:
        if holder.get(key) is None:
            holder[key] = {}
        holder = _mapping(holder[key])
    held = holder.get(at[-1])
    if is_same(held, entry):
        return text
    if isinstance(held, MutableMapping):
        held.update(entry)
    else:
        holder[at[-1]] = merged(held, entry)
    return _written(document, text)


def entry_at(text: str, at: tuple[str, ...]) -> object:
    """What stands at a path; None where nothing does. Raises as `having` does."""
    holder: MutableMapping[str, Any] = _parsed(text)
    for key in at[:-1]:
        if holder.get(key) is None:
            return None
        holder = _mapping(holder[key])
    return holder.get(at[-1])


def without(text: str, at: tuple[str, ...]) -> str:
    """The text without what stands at a path; raises as `having` does."""
    document = _parsed(text)
    holder = document
    for key in at[:-1]:
        if holder.get(key) is None:
            return text
        holder = _mapping(holder[key])
    if at[-1] not in holder:
        return text
    del holder[at[-1]]
    return _written(document, text)


def _yaml() -> "YAML":
    from ruamel.yaml import YAML  # only where a client writes YAML

    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 4096
    return yaml


def _parsed(text: str) -> MutableMapping[str, Any]:
    from ruamel.yaml.error import YAMLError

    try:
        found = _yaml().load(text)
    except YAMLError as error:
        raise NotEditable("is no YAML.") from error
    return {} if found is None else _mapping(found)


def _written(document: MutableMapping[str, Any], text: str) -> str:
    shown = StringIO()
    _yaml().dump(document, shown)
    written = shown.getvalue()
    return written.replace("\n", "\r\n") if line_break(text) == "\r\n" else written


def _mapping(found: object) -> MutableMapping[str, Any]:
    if not isinstance(found, MutableMapping):
        raise NotEditable("holds something else than a mapping where servers are listed.")
    return found
