"""The rounds: in each, every contender is measured once, and another one comes first."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from tests.benchmarks.contenders import Contender
from tests.benchmarks.http_load import AT_ONCE, calls_per_s, serving_http
from tests.benchmarks.measures import (
    ANSWERED,
    AT_ONCE_PER_S,
    DISCOVERED,
    GET,
    LIST_OF_FEW,
    LIST_OF_MANY,
    LISTED,
    PEAK,
    PEAK_ANSWERED,
    TOKENS,
    Figures,
    Measure,
)
from tests.benchmarks.stdio import Call, Timed
from tests.benchmarks.upstream import SERVICE_OF_FEW, SERVICE_OF_MANY
from tests.context_costs import surface_tokens
from tests.ports import free_port

MS = 1000


@dataclass(frozen=True)
class Ground:
    """What all are measured on: the same API with the same pipes."""

    environment: Mapping[str, str]
    few: Sequence[str]
    many: Sequence[str]
    figures: Figures


@dataclass(frozen=True)
class Repeats:
    """How often calls are made in a round; the figure is their median."""

    quick: int

    @property
    def slow(self) -> int:
        """Of a call that takes some ten times as long."""
        return max(1, self.quick // 8)

    @property
    def at_once(self) -> int:
        """Of all that many clients make."""
        return max(AT_ONCE, self.quick * 6)


def measure(
    contenders: Sequence[Contender], ground: Ground, rounds: int, repeats: Repeats
) -> Iterator[int]:
    """Measure all, round by round; yields the number of each round that is done.

    Each is started once before, to compile its modules and to have its files in memory.
    """
    unkept = Ground(ground.environment, ground.few, ground.many, Figures())
    for contender in contenders:
        _start(contender, unkept, repeats)
    for number in range(1, rounds + 1):
        first = number % len(contenders)
        for phase in PHASES:
            for contender in (*contenders[first:], *contenders[:first]):
                phase(contender, ground, repeats)
        yield number


def _start(contender: Contender, ground: Ground, _: Repeats) -> None:
    add = ground.figures.add
    with Timed(contender.argv, ground.environment) as server:
        server.shake_hands()
        tools = server.tools()
        add(LISTED, contender.key, server.elapsed_s * MS)
        add(PEAK, contender.key, server.peak_mb())
        server.call(contender.first_call)
        add(ANSWERED, contender.key, server.elapsed_s * MS)
        add(PEAK_ANSWERED, contender.key, server.peak_mb())
    add(TOKENS, contender.key, surface_tokens(tools))


def _discover(contender: Contender, ground: Ground, _: Repeats) -> None:
    with Timed(contender.argv, ground.environment, is_modern=True) as server:
        server.shake_hands()
        server.tools()
        ground.figures.add(DISCOVERED, contender.key, server.elapsed_s * MS)


def _call(contender: Contender, ground: Ground, repeats: Repeats) -> None:
    if contender.get_of is None or contender.list_of is None:
        return
    calls: list[tuple[Measure, Call, int]] = [
        (GET, contender.get_of(SERVICE_OF_FEW, ground.few[0]), repeats.quick),
        (LIST_OF_FEW, contender.list_of(SERVICE_OF_FEW), repeats.quick),
        (LIST_OF_MANY, contender.list_of(SERVICE_OF_MANY), repeats.slow),
    ]
    with Timed(contender.busy_argv, ground.environment) as server:
        server.shake_hands()
        for measured, call, times in calls:
            for _ in range(times // 4 + 1):
                server.call(call)
            took_s = median(server.call_for_s(call) for _ in range(times))
            ground.figures.add(measured, contender.key, took_s * MS)


def _load(contender: Contender, ground: Ground, repeats: Repeats) -> None:
    if contender.http_option is None:
        return
    port = free_port()
    get = contender.get_of
    calls = [
        get(SERVICE_OF_MANY, ground.many[number % len(ground.many)])
        if get
        else contender.first_call
        for number in range(repeats.at_once)
    ]
    argv = (*contender.busy_argv, *contender.http_option, str(port))
    with serving_http(argv, port, ground.environment):
        calls_per_s(port, calls[:AT_ONCE])
        ground.figures.add(AT_ONCE_PER_S, contender.key, calls_per_s(port, calls))


PHASES: Sequence[Callable[[Contender, Ground, Repeats], None]] = (_start, _discover, _call, _load)
