"""What a tool may reach."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.cloud import CloudClient, store_key
from clickpipes_mcp.consent import Desk
from clickpipes_mcp.errors import InvalidArguments, Problem
from clickpipes_mcp.journal import Journal
from clickpipes_mcp.offering import CONNECTION
from clickpipes_mcp.secret_bindings import SecretBindings
from clickpipes_mcp.settings import LEVELS, Level, Settings


@dataclass(frozen=True)
class App:
    """The open resources of one server. Without a desk nobody is asked on a page.

    `is_held` says that the caller's token, not the operator, is why it reaches no further.
    """

    settings: Settings
    client: CloudClient
    clock: Clock
    journal: Journal
    bindings: SecretBindings = field(default_factory=SecretBindings)
    desk: Desk | None = None
    is_held: bool = False

    @property
    def store_key(self) -> bytes:
        """The key of the digests that stand for true values."""
        return store_key(self.settings)

    def limited_to(self, level: Level) -> "App":
        """The same, reaching no further than a level of the operator's."""
        if LEVELS.index(level) >= LEVELS.index(self.settings.level):
            return self
        return replace(self, settings=self.settings.model_copy(update={"allow": level}))

    def held_to(self, level: Level | None) -> "App":
        """The same, reaching no further than the caller's token does; None is no limit."""
        limited = self if level is None else self.limited_to(level)
        return self if limited is self else replace(limited, is_held=True)


@dataclass(frozen=True)
class Apps:
    """What the tools of one server may reach, by connection; without names there is only one."""

    default: App
    named: Mapping[str, App] = field(default_factory=dict)

    @property
    def all(self) -> tuple[App, ...]:
        """Every one, the default among them."""
        return tuple(self.named.values()) or (self.default,)

    def seen(self, connections: Sequence[str], level: Level) -> "Apps":
        """Those of these names alone, the first as the default, none beyond a level.

        Where there are no names the one without a name is all there is.
        """
        named = {name: self.named[name].limited_to(level) for name in connections}
        return Apps(next(iter(named.values()), self.default.limited_to(level)), named)

    def of(self, connection: object) -> App:
        """The one a call means; None is the default.

        Raises:
            InvalidArguments: There is no connection of that name.
        """
        if connection is None:
            return self.default
        found = self.named.get(connection) if isinstance(connection, str) else None
        if found is None:
            problem = Problem(CONNECTION, "is no connection of this server", tuple(self.named))
            raise InvalidArguments([problem])
        return found
