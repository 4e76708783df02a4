"""How far the clock of this machine is from the store's.

The API's ten requests are counted by the store's clock alone. How long a question stays open,
whether a code is still good, and when an attempt at creating is over, is told by each one's own.
"""

from dataclasses import dataclass
from typing import Final

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.store.database import Database

NOTICED_S: Final = 1.0
MOST_S: Final = 30.0
"""From here on an attempt at creating that another replica began passes for over while it is under
way, and a code that it handed out may be good for nothing."""


@dataclass(frozen=True)
class Deviation:
    """By how many seconds, at least, this machine's clock is ahead; less than zero is behind."""

    ahead_s: float

    @property
    def is_noticed(self) -> bool:
        """Whether whoever looks after the machine should know."""
        return abs(self.ahead_s) > NOTICED_S

    @property
    def is_too_much(self) -> bool:
        """Whether replicas no longer agree on what is over."""
        return abs(self.ahead_s) > MOST_S

    def __str__(self) -> str:
        way = "ahead of" if self.ahead_s > 0 else "behind"
        return f"This machine's clock is {abs(self.ahead_s):.1f} s {way} the store's."


async def compare_clocks(database: Database, clock: Clock) -> Deviation:
    """Ask the store for its time once.

    Raises:
        StoreUnavailable: It does not answer.
    """
    async with database.connection() as connection:
        before_s = clock.now().timestamp()
        cursor = await connection.execute(
            "SELECT extract(epoch FROM clock_timestamp())::double precision"
        )
        (theirs_s,) = await cursor.fetchone() or (before_s,)
        after_s = clock.now().timestamp()
    # The store answered at some moment between the two.
    return Deviation(max(before_s - theirs_s, 0.0) or min(after_s - theirs_s, 0.0))
