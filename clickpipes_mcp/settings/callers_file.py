"""Which callers over HTTP see which connections, and how far each may go.

It stands in a TOML file, a table each: `[token.NAME]` for the holder of a bearer token,
`[subject."…"]` for whoever the issuer's tokens name so. What is changed there counts from the next
call on; whoever does not stand there sees nothing.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias, get_args

from clickpipes_mcp.errors import InvalidSettings
from clickpipes_mcp.file_changes import signature
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.settings.choices import LEVELS, Level

Kind: TypeAlias = Literal["token", "subject"]
"""What a caller is known by: the name beside a bearer token, or the subject of a JWT."""

_KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_MAX_BYTES: Final = 256 * 1024


@dataclass(frozen=True)
class Grant:
    """What a caller may see and do; the first of the connections is the one a call means.

    Without connections by name there are none here, and the one key is meant.
    """

    connections: tuple[str, ...] = ()
    level: Level = "destroy"


class CallersFile:
    """The grants of all callers, as the file says now."""

    def __init__(self, path: Path, connections: Collection[str]) -> None:
        self._path = path
        self._connections = connections
        self._read: tuple[object, Mapping[tuple[Kind, str], Grant]] = (None, {})

    def grants(self) -> Mapping[tuple[Kind, str], Grant]:
        """Every caller's.

        Raises:
            InvalidSettings: The file cannot be read, or says something else; nobody is let in then.
        """
        try:
            seen = signature(self._path)
            if seen is None or seen != self._read[0]:
                self._read = (None, {})
                with self._path.open("rb") as opened:
                    content = opened.read(_MAX_BYTES + 1)
                self._read = (seen, _grants(content, self._connections, self._path))
        except OSError as error:
            raise _unusable(self._path, [f"It cannot be read: {error.strerror}."]) from error
        return self._read[1]


def _grants(
    content: bytes, connections: Collection[str], path: Path
) -> Mapping[tuple[Kind, str], Grant]:
    import tomllib  # start-up time

    try:
        if len(content) > _MAX_BYTES:
            raise _unusable(path, ["It is larger than 256 KiB."])
        tables = tomllib.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError):
        raise _unusable(path, ["It is no TOML."]) from None
    problems = [
        f"{clean(name, limit=40)} is neither token nor subject."
        for name in tables
        if name not in _KINDS
    ]
    grants: dict[tuple[Kind, str], Grant] = {}
    for kind in _KINDS:
        named = tables.get(kind, {})
        for name, table in named.items() if isinstance(named, dict) else [("", None)]:
            told = f"[{kind}.{clean(name, limit=40)}]"
            flaws = list(_flaws(table, connections))
            problems += [f"{told} {flaw}" for flaw in flaws]
            if not flaws and isinstance(table, dict):
                grants[kind, name] = Grant(
                    tuple(table.get("connections", ())), table.get("allow", "destroy")
                )
    if problems:
        raise _unusable(path, problems)
    return grants


def _flaws(table: object, connections: Collection[str]) -> Iterator[str]:
    """What is wrong with the table of one caller."""
    if not isinstance(table, dict):
        yield "is no table."
        return
    unknown = set(table) - {"connections", "allow"}
    if unknown:
        yield f"holds {clean(min(unknown), limit=40)}; it may say connections and allow."
    if table.get("allow", "destroy") not in LEVELS:
        yield f"allows none of {', '.join(LEVELS)}."
    seen = table.get("connections", [])
    if not isinstance(seen, list) or not all(isinstance(one, str) for one in seen):
        yield 'lists connections as text, such as ["dev"].'
        return
    strange = [clean(one, limit=40) for one in seen if one not in connections]
    if strange:
        yield f"names {', '.join(strange)}, which the file of connections does not."
    if connections and not seen:
        yield "names no connection."


def _unusable(path: Path, problems: list[str]) -> InvalidSettings:
    return InvalidSettings(
        f"The file of callers, {path}, cannot be used. {' '.join(problems)}",
        fix="The operator corrects it. A table each, such as [token.alice] with connections = "
        '["dev"] and allow = "write"; it counts from the next call on.',
    )
