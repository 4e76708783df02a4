"""Which pipes need a person, and why.

The documentation names no thresholds of lag: those here are inferred, as those of diagnosis are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from clickpipes_mcp.diagnosis import DATABASE_BEHIND_MS, ERRORS_RISING, STREAM_BEHIND
from clickpipes_mcp.pipe_series import Sample, rates
from clickpipes_mcp.pipe_states import Health, Stage, state_named

BROKEN: Final = 3
TROUBLED: Final = 2
BEHIND: Final = 1


@dataclass(frozen=True)
class Reason:
    """Why a pipe needs a look; a higher rank is more urgent."""

    rank: int
    words: str


def reason_of(state: str, samples: Sequence[Sample]) -> Reason | None:
    """The most urgent reason that state and last sample give; None where nothing needs a person."""
    known = state_named(state)
    if known.health is Health.UNHEALTHY:
        return Reason(TROUBLED if known.is_troubled else BROKEN, known.meaning)
    if not samples:
        return None
    now, errors = samples[-1], rates(samples[-2:], "errors")
    if errors and errors[-1] >= ERRORS_RISING.at_least:
        return Reason(TROUBLED, "errors are rising")
    limit_ms = DATABASE_BEHIND_MS if now.of_database else STREAM_BEHIND.at_least
    if known.stage is not Stage.WORKING or now.lag_ms is None or now.lag_ms < limit_ms:
        return None
    lag_s, limit_s = now.lag_ms / 1000, limit_ms / 1000
    return Reason(BEHIND, f"lag is {lag_s:,.0f} s (inferred threshold: at least {limit_s:.0f} s)")
