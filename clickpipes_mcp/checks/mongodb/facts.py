"""What was read of a MongoDB cluster."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from pydantic import JsonValue

from clickpipes_mcp.checks.checklist import part_of, text_of

Place = tuple[str, str]
"""A database and a collection in it."""


@dataclass(frozen=True)
class Wish:
    """What a configuration asks for; `mapped` are the collections, none where they are open."""

    uri: str
    copies_once: bool
    mapped: tuple[Place, ...]

    @classmethod
    def of(cls, configuration: Mapping[str, JsonValue]) -> Self:
        """Reads it from a configuration under the API's keys."""
        given = configuration.get("tableMappings")
        mappings = (
            [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
        )
        mode = text_of(part_of(configuration, "settings"), "replicationMode")
        return cls(
            text_of(configuration, "uri"),
            mode == "snapshot",
            tuple(
                (text_of(one, "sourceDatabaseName"), text_of(one, "sourceCollection"))
                for one in mappings
            ),
        )


@dataclass
class Facts:
    """What a look has come by so far; what was not answered is None or empty.

    `no_connection`, `no_tls` and `no_login` are why there was none. `collections` are the kinds of
    what is in a database, by its name. `roles` are those of the login. `members` are the hosts of
    the set with why each was not reached.
    """

    wish: Wish
    is_documentdb: bool = False
    no_connection: str = ""
    no_tls: str = ""
    no_login: str = ""
    was_let_in: bool = False
    hello: Mapping[str, Any] = field(default_factory=dict)
    version: tuple[int, ...] = ()
    engine: str = ""
    oplog_hours: float | None = None
    kept_hours: float | None = None
    roles: frozenset[str] | None = None
    members: Mapping[str, str] = field(default_factory=dict)
    collections: dict[str, Mapping[str, str]] = field(default_factory=dict)
    counts: dict[Place, int] = field(default_factory=dict)

    @property
    def is_set(self) -> bool:
        """Whether it is a replica set."""
        return bool(self.hello.get("setName"))

    @property
    def is_sharded(self) -> bool:
        return self.hello.get("msg") == "isdbgrid"
