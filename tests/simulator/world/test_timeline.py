from datetime import UTC, datetime

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.simulator.world.timeline import Timeline, timestamp

START = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_real_second_is_as_many_simulated_ones_as_the_speed_says():
    clock = ManualClock(START)
    timeline = Timeline(clock, speed=60)
    clock.advance(2)
    assert timestamp(timeline.now()) == "2026-01-01T00:02:00.000000Z"


def test_simulated_time_can_be_moved_without_waiting():
    timeline = Timeline(ManualClock(START), speed=1)
    timeline.advance(0.25)
    assert timestamp(timeline.now()) == "2026-01-01T00:00:00.250000Z"


def test_a_resumed_timeline_counts_the_time_it_was_away():
    clock = ManualClock(START)
    timeline = Timeline(clock, speed=10)
    timeline.resume(START.timestamp() - 6, START.timestamp())
    assert timestamp(timeline.now()) == "2026-01-01T00:01:00.000000Z"
