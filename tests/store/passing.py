"""Time that passes for a replica and for its store alike."""

from datetime import UTC, datetime

from clickpipes_mcp.clock import ManualClock
from tests.checks.postgres_server import PostgresServer


def in_step_with(_: PostgresServer) -> ManualClock:
    """A clock that tells the time as the store does, until it is advanced."""
    clock = ManualClock()
    clock.advance((datetime.now(UTC) - clock.now()).total_seconds())
    return clock


def pass_by(clock: ManualClock, server: PostgresServer, seconds: float) -> None:
    """Let so much time pass for both."""
    clock.advance(seconds)
    for table in ("pages", "asked_secrets"):
        server.execute(
            f"UPDATE clickpipes_mcp.{table} "
            f"SET expires_at = expires_at - make_interval(secs => {seconds})"
        )
