import math
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clickpipes_mcp.cloud.retry import (
    MAX_ATTEMPTS,
    Failure,
    asked_wait_s,
    delay_s,
    is_repeatable,
    may_have_taken_effect,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("status", [429, 502, 503, 504, None])
def test_what_passes_is_repeated_when_nothing_can_have_happened(status):
    assert is_repeatable(Failure(status, may_have_happened=False))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 424, 500, 501])
def test_what_does_not_pass_is_not_repeated(status):
    assert not is_repeatable(Failure(status, may_have_happened=False))


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, None])
def test_what_may_have_happened_is_never_repeated(status):
    assert not is_repeatable(Failure(status, may_have_happened=True))


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_write_that_ends_in_a_server_error_may_have_happened(status):
    assert may_have_taken_effect(is_read=False, status=status, asked_to_wait=False)
    assert not may_have_taken_effect(is_read=True, status=status, asked_to_wait=False)


def test_a_write_that_the_api_puts_off_has_not_happened():
    assert not may_have_taken_effect(is_read=False, status=503, asked_to_wait=True)
    assert may_have_taken_effect(is_read=False, status=500, asked_to_wait=True)


@pytest.mark.parametrize("status", [400, 404, 424, 429])
def test_a_write_that_is_refused_has_not_happened(status):
    assert not may_have_taken_effect(is_read=False, status=status, asked_to_wait=False)


def test_the_delay_doubles():
    failure = Failure(503, may_have_happened=False)
    delays = [delay_s(failure, attempt=n, remaining_s=99, jitter=1.0) for n in (1, 2, 3)]
    assert delays == [0.5, 1.0, 2.0]


def test_the_number_of_attempts_is_bounded():
    failure = Failure(503, may_have_happened=False)
    assert delay_s(failure, attempt=MAX_ATTEMPTS, remaining_s=99, jitter=0) is None


def test_nothing_is_repeated_after_the_deadline():
    failure = Failure(429, may_have_happened=False, wait_s=10)
    assert delay_s(failure, attempt=1, remaining_s=10, jitter=0) is None
    assert delay_s(failure, attempt=1, remaining_s=10.1, jitter=0) == 10


@settings(database=None)
@given(
    wait_s=st.floats(0, 20) | st.none(),
    jitter=st.floats(0, 1),
    attempt=st.integers(1, MAX_ATTEMPTS - 1),
)
def test_the_api_is_never_asked_again_earlier_than_it_asked_for(wait_s, jitter, attempt):
    failure = Failure(429, may_have_happened=False, wait_s=wait_s)
    delay = delay_s(failure, attempt=attempt, remaining_s=math.inf, jitter=jitter)
    assert delay is not None
    assert delay >= (wait_s or 0)
    assert delay <= (8 if wait_s is None else wait_s + 1)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"x-ratelimit-reset": "2.5"}, 2.5),
        ({"retry-after": "3"}, 3),
        ({"x-ratelimit-reset": "2", "retry-after": "7"}, 7),
        ({"retry-after": "Thu, 01 Jan 2026 00:00:30 GMT"}, 30),
        ({"retry-after": "Wed, 31 Dec 2025 00:00:00 GMT"}, 0),
        ({"retry-after": "Thu, 01 Jan 2026 00:00:30 -0000"}, 30),
        ({"x-ratelimit-reset": str(NOW.timestamp() + 5)}, 5),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({"x-ratelimit-reset": "nan"}, None),
        ({"x-ratelimit-reset": "inf"}, None),
        ({"x-ratelimit-reset": "0"}, 0),
    ],
)
def test_what_the_api_asks_to_wait_is_read_in_every_form(headers, expected):
    assert asked_wait_s(headers, NOW) == expected
