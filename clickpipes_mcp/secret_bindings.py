"""Where the operator lets secrets go: a file of references, with hosts or kinds of sources."""

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from stat import S_IWGRP, S_IWOTH
from typing import Final

from clickpipes_mcp.errors import InvalidSettings
from clickpipes_mcp.host_names import host_name, is_host_pattern, matches_host

_KIND: Final = "kind:"
_NOWHERE: Final = "nowhere"


@dataclass(frozen=True)
class Binding:
    """One line: the references it is about, and where they may go.

    Where both hosts and kinds of sources are named, both have to fit.
    """

    references: str
    hosts: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    def allows(self, host: str, kind: str) -> bool:
        """Whether a secret may go to this host for a source of this kind."""
        if not (self.hosts or self.kinds):
            return False
        is_host = not self.hosts or any(matches_host(one, host) for one in self.hosts)
        return is_host and (not self.kinds or kind in self.kinds)


@dataclass(frozen=True)
class SecretBindings:
    """The lines of the file; the first that is about a reference decides."""

    lines: tuple[Binding, ...] = ()

    def of(self, reference: str) -> Binding | None:
        """What binds a reference, such as `env:CLICKPIPES_SECRET_NAME`; None where nothing does."""
        return next((one for one in self.lines if fnmatchcase(reference, one.references)), None)


def read_bindings(file: Path | None, kinds: Collection[str]) -> SecretBindings:
    """The bindings that the operator wrote down, for these kinds of sources.

    Raises:
        InvalidSettings: The file cannot be read, others can change it, or it says something else.
    """
    if file is None:
        return SecretBindings()
    try:
        with file.open(encoding="utf-8-sig") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            lines = opened.read().splitlines()
    except (OSError, ValueError):
        raise _unusable(file, "cannot be read") from None
    if os.name != "nt" and mode & (S_IWGRP | S_IWOTH):
        raise InvalidSettings(
            f"The file of secret bindings, {file}: other users of this machine can change it.",
            fix=f"chmod 600 {file}; then look whether it still says what you wrote.",
        )
    return SecretBindings(tuple(_parse(file, lines, kinds)))


def _parse(file: Path, lines: list[str], kinds: Collection[str]) -> Iterator[Binding]:
    for number, line in enumerate(lines, start=1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        reference, *places = words
        hosts = tuple(host_name(place) for place in places if _is_host(place))
        named = tuple(p.removeprefix(_KIND) for p in places if p.startswith(_KIND))
        is_nowhere = places == [_NOWHERE]
        if not is_nowhere and (not places or len(hosts) + len(named) != len(places)):
            raise _unusable(file, f"line {number} is not a reference with hosts or kinds")
        if not reference.startswith(("ask:", "env:", "file:", "keyring:", "*")):
            raise _unusable(file, f"line {number} does not begin with a reference")
        unknown = [kind for kind in named if kind not in kinds]
        if unknown:
            raise _unusable(file, f"line {number} names a kind that there is not: {unknown[0]}")
        yield Binding(reference, hosts, named)


def _is_host(place: str) -> bool:
    return place != _NOWHERE and is_host_pattern(host_name(place))


def _unusable(file: Path, problem: str) -> InvalidSettings:
    return InvalidSettings(
        f"The file of secret bindings, {file}: {problem}.",
        fix="A line each: a reference such as env:CLICKPIPES_SECRET_PG, then the hosts it may go "
        "to (db.example.com, *.example.com), kinds of sources (kind:postgres), or nowhere.",
    )
