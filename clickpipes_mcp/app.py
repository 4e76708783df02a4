"""What a tool may reach."""

from dataclasses import dataclass, field

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.cloud import CloudClient, store_key
from clickpipes_mcp.consent import Desk
from clickpipes_mcp.journal import Journal
from clickpipes_mcp.secret_bindings import SecretBindings
from clickpipes_mcp.settings import Settings


@dataclass(frozen=True)
class App:
    """The open resources of one server. Without a desk nobody is asked on a page."""

    settings: Settings
    client: CloudClient
    clock: Clock
    journal: Journal
    bindings: SecretBindings = field(default_factory=SecretBindings)
    desk: Desk | None = None

    @property
    def store_key(self) -> bytes:
        """The key of the digests that stand for true values."""
        return store_key(self.settings)
