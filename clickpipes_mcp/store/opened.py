"""All that one process holds of the store."""

from dataclasses import dataclass

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.settings import Settings
from clickpipes_mcp.store.database import Database
from clickpipes_mcp.store.lines import StoredLines


@dataclass(frozen=True)
class Store:
    """The way to it, and the copy of its journal."""

    database: Database
    lines: StoredLines

    @classmethod
    def of(cls, settings: Settings, clock: Clock) -> "Store | None":
        """The one that the settings name; None where each process is by itself.

        Raises:
            InvalidSettings: Its extra is missing, or its password is not where it should be.
        """
        if settings.store is None:
            return None
        database = Database(settings, clock)
        return cls(database, StoredLines(database))

    async def aclose(self) -> None:
        """Let go of all that is held; using it takes it again."""
        await self.database.aclose()
        self.lines.remove_copy()
