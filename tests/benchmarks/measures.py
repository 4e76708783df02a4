"""What is measured, and what each of it is meant to be."""

from dataclasses import dataclass, field
from statistics import median

from tests.benchmarks.contenders import FLOOR, GENERATED, OURS, PASS_THROUGH
from tests.benchmarks.http_load import AT_ONCE

TIMES = "\N{MULTIPLICATION SIGN}"


@dataclass(frozen=True)
class Goal:
    """A bound on our figure: on its ratio to that of another, or on itself where `of` is None."""

    bound: float
    of: str | None = None
    is_least: bool = False

    def __str__(self) -> str:
        sign = "≥" if self.is_least else "≤"
        return f"{sign} {self.bound:,g}" + (f" {TIMES} {self.of}" if self.of else "")

    def is_reached(self, figure: float) -> bool:
        """Whether this figure is as good."""
        return figure >= self.bound if self.is_least else figure <= self.bound


@dataclass(frozen=True)
class Measure:
    """A row of the table."""

    key: str
    title: str
    unit: str
    goal: Goal
    digits: int = 0


LISTED = Measure("listed", "start → `tools/list`", "ms", Goal(0.35, FLOOR))
DISCOVERED = Measure("discovered", "the same after `server/discover`", "ms", Goal(0.35, FLOOR))
ANSWERED = Measure("answered", "start → first answered read call", "ms", Goal(1.15, PASS_THROUGH))
PEAK = Measure("peak", "peak memory after `tools/list`", "MB", Goal(1.10, FLOOR), 1)
PEAK_ANSWERED = Measure(
    "peak_answered", "peak memory after that call", "MB", Goal(1.10, PASS_THROUGH), 1
)
GET = Measure("get", "get one pipe", "ms", Goal(0.8, GENERATED), 2)
LIST_OF_FEW = Measure("list_of_few", "list of 3", "ms", Goal(0.8, GENERATED), 2)
LIST_OF_MANY = Measure("list_of_many", "list of 500", "ms", Goal(1.0, PASS_THROUGH), 2)
AT_ONCE_PER_S = Measure(
    "at_once",
    f"{AT_ONCE} concurrent reads over HTTP",
    "calls/s",
    Goal(0.85, PASS_THROUGH, is_least=True),
)
VALIDATION = Measure("validation", "validating the largest create", "ms", Goal(0.5), 3)
GROWTH = Measure("growth", "memory after all calls of the long run", "%", Goal(5.0), 1)
TOKENS = Measure("tokens", "tokens of the default tool list", "tokens", Goal(14_500))

MEASURES = (
    LISTED,
    DISCOVERED,
    ANSWERED,
    PEAK,
    PEAK_ANSWERED,
    GET,
    LIST_OF_FEW,
    LIST_OF_MANY,
    VALIDATION,
    AT_ONCE_PER_S,
    GROWTH,
    TOKENS,
)


@dataclass
class Figures:
    """What was measured: a figure a round for each measure and contender."""

    _rounds: dict[tuple[str, str], list[float]] = field(default_factory=dict)

    def add(self, measure: Measure, contender: str, figure: float) -> None:
        """One round's figure."""
        self._rounds.setdefault((measure.key, contender), []).append(figure)

    def of(self, measure: Measure, contender: str) -> list[float]:
        """All rounds' figures; empty where nothing was measured."""
        return self._rounds.get((measure.key, contender), [])

    def compared(self, measure: Measure) -> float | None:
        """What the goal is about: our median, or the median of the ratios of each round."""
        ours = self.of(measure, OURS)
        if measure.goal.of is None:
            return median(ours) if ours else None
        theirs = self.of(measure, measure.goal.of)
        ratios = [our / their for our, their in zip(ours, theirs, strict=False)]
        return median(ratios) if ratios else None
