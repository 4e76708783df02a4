"""Whether and when to try again: decisions without waiting, clocks or randomness of their own.

A read may be repeated after any passing failure. A write may be repeated only when it certainly
did not take effect: creating a pipe has no idempotency key, so a second one would be a duplicate.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MAX_ATTEMPTS = 4
TOO_MANY_REQUESTS = 429
_FIRST_DELAY_S = 0.5
_LONGEST_DELAY_S = 8.0
_PASSING_STATUSES = frozenset({TOO_MANY_REQUESTS, 502, 503, 504})
_EPOCH_FROM_S = 1e9
"""A reset beyond this is a point in time rather than a number of seconds to wait."""


@dataclass(frozen=True)
class Failure:
    """How one attempt ended.

    `status` is None when no answer arrived. `wait_s` is what the API asked for, if it did.
    """

    status: int | None
    may_have_happened: bool
    wait_s: float | None = None


def may_have_taken_effect(*, is_read: bool, status: int, asked_to_wait: bool) -> bool:
    """Whether a request that ended in this status may have been acted on.

    A 503 counts as refused beforehand only when the API says when to come back; one from a
    proxy in between says nothing about what happened behind it.
    """
    if is_read or status < 500:
        return False
    return not (status == 503 and asked_to_wait)


def is_repeatable(failure: Failure) -> bool:
    """Whether trying again can help and cannot do anything twice."""
    if failure.may_have_happened:
        return False
    return failure.status is None or failure.status in _PASSING_STATUSES


def delay_s(failure: Failure, *, attempt: int, remaining_s: float, jitter: float) -> float | None:
    """Seconds until the next attempt, or None when there shall be none.

    `attempt` counts from 1, `jitter` is a random number from 0 to 1.
    """
    if attempt >= MAX_ATTEMPTS or not is_repeatable(failure):
        return None
    backoff = min(_FIRST_DELAY_S * 2 ** (attempt - 1), _LONGEST_DELAY_S)
    if failure.wait_s is None:
        delay = backoff * (0.5 + jitter / 2)
    else:
        # Later than asked rather than earlier, and not all waiting callers at once.
        delay = failure.wait_s + jitter * min(backoff, 1.0)
    return delay if delay < remaining_s else None


def asked_wait_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """What the API asked to wait, from `X-RateLimit-Reset` or either form of `Retry-After`.

    Source: the Terraform provider reads X-RateLimit-Reset as seconds to wait; RFC 9110 §10.2.3.
    """
    waits = [
        wait
        for wait in (
            _reset_s(headers.get("x-ratelimit-reset", ""), now),
            _retry_after_s(headers.get("retry-after", ""), now),
        )
        if wait is not None
    ]
    return max(waits) if waits else None


def _reset_s(text: str, now: datetime) -> float | None:
    number = _number(text)
    if number is not None and number >= _EPOCH_FROM_S:
        return max(number - now.timestamp(), 0.0)
    return number


def _retry_after_s(text: str, now: datetime) -> float | None:
    number = _number(text)
    if number is not None or not text:
        return number
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max((moment - now).total_seconds(), 0.0)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None
