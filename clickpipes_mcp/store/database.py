"""The way to the store: a few connections, opened when they are first needed.

When it does not answer, whoever needs it is told at once for a moment instead of waiting, and the
next one after that tries anew. So work goes on by itself when it is back.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

import anyio

from clickpipes_mcp import telemetry
from clickpipes_mcp.clock import Clock
from clickpipes_mcp.errors import InvalidSettings
from clickpipes_mcp.settings import KeyUnavailable, Settings, is_loopback, key_from
from clickpipes_mcp.store_refusals import StoreUnavailable

if TYPE_CHECKING:
    from psycopg import AsyncConnection  # of an extra
    from psycopg_pool import AsyncConnectionPool  # of an extra

MOST_CONNECTIONS: Final = 8
"""Of one replica."""

PATIENCE_S: Final = 4.0
"""For one use of the store, a connection to it included."""

GIVEN_UP_FOR_S: Final = 1.0
"""After it did not answer."""

_LONGEST_STATEMENT_MS: Final = 3000
_SILENT: Final = "the store (CLICKPIPES_STORE) does not answer"
_BUSY: Final = "the store (CLICKPIPES_STORE) is too busy to answer in time"
_NOT_SET_UP: Final = "the store is not set up for this version: run `clickpipes-mcp store init`"
_logger = logging.getLogger(__name__)


class Database:
    """A PostgreSQL that several replicas share. Nothing is connected before it is used."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Of settings that name a store.

        Raises:
            InvalidSettings: The extra is not installed, or the password is not where it should be.
        """
        try:
            import psycopg  # of an extra
            import psycopg_pool
        except ImportError as error:
            raise InvalidSettings(
                "CLICKPIPES_STORE is set, and the extra `store` is not installed.",
                fix="The operator installs clickpipes-mcp[store], or unsets it.",
            ) from error
        try:
            _password(settings)
        except KeyUnavailable as error:
            raise InvalidSettings(
                f"CLICKPIPES_STORE_PASSWORD {error}.",
                fix="The operator corrects it and restarts this server.",
            ) from error
        self._psycopg, self._pools = psycopg, psycopg_pool
        self._settings = settings
        self._clock = clock
        self._pool: AsyncConnectionPool | None = None
        self._given_up_until = self._answered_at = float("-inf")
        self._in_use = 0
        # What a pool says of each try is said once here.
        logging.getLogger("psycopg.pool").setLevel(logging.ERROR)

    @asynccontextmanager
    async def connection(self) -> "AsyncIterator[AsyncConnection[Any]]":
        """A connection in a transaction, which is committed when the block ends.

        Raises:
            StoreUnavailable: Nothing can be known of the store; nothing was entered, or it is not
                known whether it was.
        """
        if self._given_up_until > self._clock.monotonic():
            raise StoreUnavailable(_SILENT, is_passing=True)
        errors = self._psycopg.errors
        began_s, outcome = self._clock.monotonic(), "unavailable"
        try:
            with anyio.fail_after(PATIENCE_S):
                pool = await self._opened()
                async with pool.connection() as connection:
                    self._in_use += 1
                    try:
                        yield connection
                    finally:
                        self._in_use -= 1
            outcome, self._answered_at = "ok", self._clock.monotonic()
        except (errors.UndefinedTable, errors.UndefinedFunction, errors.InvalidSchemaName) as error:
            raise StoreUnavailable(_NOT_SET_UP) from error
        except errors.InsufficientPrivilege as error:
            raise StoreUnavailable("the store's user may not use its tables") from error
        except (self._psycopg.Error, TimeoutError, OSError) as error:
            if isinstance(error, StoreUnavailable):
                raise
            _logger.warning("The store does not answer: %s", type(error).__name__)
            if self._is_busy(error):
                raise StoreUnavailable(_BUSY, is_passing=True) from error
            self._given_up_until = self._clock.monotonic() + GIVEN_UP_FOR_S
            if isinstance(error, self._pools.PoolTimeout):
                await self._let_go()
            raise StoreUnavailable(_SILENT, is_passing=True) from error
        finally:
            lasted_s = self._clock.monotonic() - began_s
            telemetry.record(telemetry.STORE_USES, lasted_s, outcome=outcome)

    def _is_busy(self, error: Exception) -> bool:
        """Whether others are answered meanwhile, so that nobody else has to give up for it."""
        errors = self._psycopg.errors
        if isinstance(error, errors.DeadlockDetected | errors.QueryCanceled):
            return True
        if isinstance(error, self._pools.PoolTimeout):
            return self._in_use == MOST_CONNECTIONS
        is_recent = self._clock.monotonic() - self._answered_at < PATIENCE_S
        return isinstance(error, TimeoutError) and is_recent

    async def _let_go(self) -> None:
        """Have the next use try at once: a pool waits longer each time it could not connect."""
        pool, self._pool = self._pool, None
        if pool is not None:
            with anyio.CancelScope(shield=True):
                await pool.close(timeout=0)

    async def aclose(self) -> None:
        """Close the connections, if there are any; using it opens them again."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.close()

    async def _opened(self) -> "AsyncConnectionPool":
        if self._pool is None:
            self._pool = self._pools.AsyncConnectionPool(
                kwargs=self._how,
                min_size=1,
                max_size=MOST_CONNECTIONS,
                open=False,
                check=self._pools.AsyncConnectionPool.check_connection,
                timeout=PATIENCE_S / 2,
                reconnect_timeout=2 * PATIENCE_S,
            )
            await self._pool.open()  # does not wait for connections
        return self._pool

    async def _how(self) -> dict[str, Any]:
        """What a connection is opened with; the password is read anew, as it may have changed."""
        chosen = self._settings
        parts = urlsplit(chosen.store or "")
        host = parts.hostname or ""
        return {
            "host": host,
            "port": parts.port or 5432,
            "user": unquote(parts.username or "") or None,
            "dbname": unquote(parts.path.removeprefix("/")),
            "password": _password(chosen),
            "application_name": "clickpipes-mcp",
            "client_encoding": "utf-8",
            "connect_timeout": int(PATIENCE_S / 2),
            "tcp_user_timeout": int(PATIENCE_S * 1000),
            "options": f"-c statement_timeout={_LONGEST_STATEMENT_MS} "
            f"-c idle_in_transaction_session_timeout={_LONGEST_STATEMENT_MS}",
            **_protection(host, chosen.ca_file),
        }


def _password(settings: Settings) -> str | None:
    place = settings.store_password
    return (
        None
        if place is None
        else key_from(place, settings.secrets_dir, sealed_with=settings.http_key)
    )


def _protection(host: str, ca_file: Path | None) -> dict[str, str]:
    """TLS with the host's own certificate, wherever the way leaves this machine."""
    if is_loopback(host):
        return {"sslmode": "prefer"}
    import certifi  # start-up time

    return {"sslmode": "verify-full", "sslrootcert": str(ca_file or certifi.where())}
