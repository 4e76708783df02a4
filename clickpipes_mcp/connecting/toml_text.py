"""TOML, edited in place by a library that keeps comments and order."""

from collections.abc import Mapping, MutableMapping
from typing import Any

from clickpipes_mcp.connecting.text import NotEditable, is_same, line_break, merged


def having(text: str, at: tuple[str, ...], entry: Mapping[str, object]) -> str:
    """The text with an entry at a path.

    Raises:
        NotEditable: It is no TOML, or something else than a table stands on the way.
    """
    import tomlkit  # only where a client writes TOML

    document = _parsed(text)
    holder: MutableMapping[str, Any] = document
    for key in at[:-1]:
        if key not in holder:
            holder[key] = tomlkit.table(is_super_table=True)
        holder = _table(holder[key])
    held = holder.get(at[-1])
    if is_same(held, entry):
        return text
    if held is None:
        table = tomlkit.table()
        table.update(entry)
        holder[at[-1]] = table
    else:
        _table(held).update(merged({}, entry))
    return _written(document, text)


def entry_at(text: str, at: tuple[str, ...]) -> object:
    """What stands at a path; None where nothing does. Raises as `having` does."""
    holder: MutableMapping[str, Any] = _parsed(text)
    for key in at[:-1]:
        if holder.get(key) is None:
            return None
        holder = _table(holder[key])
    return holder.get(at[-1])


def without(text: str, at: tuple[str, ...]) -> str:
    """The text without what stands at a path; raises as `having` does."""
    document = _parsed(text)
    holder: MutableMapping[str, Any] = document
    for key in at[:-1]:
        if key not in holder:
            return text
        holder = _table(holder[key])
    if at[-1] not in holder:
        return text
    del holder[at[-1]]
    return _written(document, text)


def _parsed(text: str) -> MutableMapping[str, Any]:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise NotEditable("is no TOML.") from error


def _written(document: MutableMapping[str, Any], text: str) -> str:
    import tomlkit

    shown = tomlkit.dumps(document)
    if line_break(text) == "\r\n":
        shown = shown.replace("\r\n", "\n").replace("\n", "\r\n")
    return shown


def _table(found: object) -> MutableMapping[str, Any]:
    if not isinstance(found, MutableMapping):
        raise NotEditable("holds something else than a table where servers are listed.")
    return found
