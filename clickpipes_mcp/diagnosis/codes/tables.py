"""The tables of codes: one JSON file a system, kept beside this module."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

TABLES: Final = (
    "postgres",
    "mysql",
    "mongodb",
    "kafka",
    "clickhouse",
    "aws",
    "azure",
    "google",
    "tls",
    "system",
    "http",
)


_AROUND_NAMES = re.compile(r"^(ER|CR|WARN|HA_ERR|WSA?E?)_|(Exception|Error)$")
_BETWEEN_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_.]+")


@dataclass(frozen=True)
class Code:
    """An error code of a system: as it was written, its name, and what its makers say of it."""

    table: str
    code: str
    name: str
    meaning: str = ""

    @property
    def shown(self) -> str:
        """Code and name, once where they are the same."""
        return self.code if self.name in ("", self.code) else f"{self.code} ({self.name})"

    @property
    def words(self) -> str:
        """The name as words: "disk full" for DISK_FULL and for DiskFull."""
        name = _AROUND_NAMES.sub("", self.name or self.code)
        return _BETWEEN_WORDS.sub(" ", name).strip().lower()


@cache
def _table(name: str) -> Mapping[str, object]:
    """Read on first use, so that start-up does not grow with the tables."""
    path = Path(__file__).with_name(f"{name}.json")
    document: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return document


@cache
def _codes(name: str) -> Mapping[str, Code]:
    """By code, and by name where a code has one."""
    listed = _table(name)["codes"]
    assert isinstance(listed, dict)  # noqa: S101 # our own file
    found: dict[str, Code] = {}
    for code, (first, *meaning) in listed.items():
        is_named = not first.lstrip("-").isdecimal()
        entry = Code(name, code, first if is_named else code, " ".join(meaning))
        found[code] = entry
        for alias in first.replace("(MariaDB: ", "").replace(")", "").split():
            found.setdefault(alias, entry)
            found.setdefault(alias.lower(), entry)
    return found


def code_named(table: str, token: str) -> Code | None:
    """The code a text names, by number or by name."""
    return _codes(table).get(token)


def is_code(table: str, token: str) -> bool:
    """Whether the table has it."""
    return token in _codes(table)


def all_codes(table: str) -> tuple[Code, ...]:
    """Every code of a table, once."""
    return tuple(dict.fromkeys(_codes(table).values()))


def source_of(table: str) -> str:
    """Where the facts of a table come from."""
    return str(_table(table)["source"])
