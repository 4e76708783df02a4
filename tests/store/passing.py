"""One process, or two replicas that share a store; time passes for them and the store alike."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.store import Database, StoredPages
from tests.checks.postgres_server import PostgresServer
from tests.serving import SHARED_KEY

T = TypeVar("T")


@dataclass
class Places(Generic[T]):
    """Where a call asks, and where its page is shown: the same process, or two of them."""

    asking: T
    showing: T
    clock: ManualClock
    server: PostgresServer | None = None

    def pass_by(self, seconds: float) -> None:
        """Let so much time pass."""
        self.clock.advance(seconds)
        for table in ("pages", "asked_secrets") if self.server else ():
            self.server.execute(
                f"UPDATE clickpipes_mcp.{table} "
                f"SET expires_at = expires_at - make_interval(secs => {seconds})"
            )


def of_one_process(made: Callable[[ManualClock], T]) -> Places[T]:
    """Both places are one."""
    one = made(clock := ManualClock())
    return Places(one, one, clock)


def of_replicas(
    opened: Callable[[], Database],
    server: PostgresServer,
    made: Callable[[ManualClock, StoredPages], T],
) -> Places[T]:
    """Both have nothing in common but the store, whose time it is."""
    clock = ManualClock(datetime.now(UTC))
    asking, showing = (made(clock, StoredPages(opened(), SHARED_KEY)) for _ in range(2))
    return Places(asking, showing, clock, server)
