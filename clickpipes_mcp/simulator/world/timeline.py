"""Simulated time: the injected clock, compressed, and able to be moved forward."""

from datetime import UTC, datetime

from clickpipes_mcp.clock import Clock


class Timeline:
    """Simulated seconds since the Unix epoch."""

    def __init__(self, clock: Clock, speed: float) -> None:
        self._clock = clock
        self._speed = speed
        self.wall_origin = clock.now().timestamp()
        self.simulated_origin = self.wall_origin

    def now(self) -> float:
        """The simulated time in seconds."""
        passed = self._clock.now().timestamp() - self.wall_origin
        return self.simulated_origin + passed * self._speed

    def advance(self, seconds: float) -> None:
        """Move simulated time forward without waiting."""
        self.simulated_origin += seconds

    def origins(self) -> tuple[float, float]:
        """The present moment in real and in simulated seconds, for `resume`.

        Whoever goes on from here at another speed finds nothing later than now.
        """
        return self._clock.now().timestamp(), self.now()

    def resume(self, wall_origin: float, simulated_origin: float) -> None:
        """Go on from the origins a saved world had."""
        self.wall_origin = wall_origin
        self.simulated_origin = simulated_origin


def timestamp(seconds: float) -> str:
    """RFC 3339 with microseconds and Z, as the service writes times."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
