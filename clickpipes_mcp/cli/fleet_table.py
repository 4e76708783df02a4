"""A fleet as a table in a terminal: what needs a person first, at any width and without colour."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from clickpipes_mcp.counting import counted
from clickpipes_mcp.fleet import Fleet, PipeGlance
from clickpipes_mcp.pipe_states import Health, Stage, state_named

_BARS: Final = "▁▂▃▄▅▆▇█"
_WIDE: Final = 100
_FOR_TRENDS: Final = 78
_MOST_REASONS: Final = 5
_ROUND_IT: Final = 10
"""Lines of a screen that are not pipes, beside the reasons."""

_STYLE: Final = {
    Health.HEALTHY: "green",
    Health.UNHEALTHY: "bold red",
    Health.CHANGING: "cyan",
    Health.STOPPED: "",
}
_NUMBERS: Final = (("for", 6), ("lag", 6), ("rec/s", 6), ("errors", 6))
_NARROWEST: Final = 12
_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "m"))


@dataclass(frozen=True)
class _Shape:
    """Which columns there are beside the name of the pipe; `service` is how wide that one is."""

    is_wide: bool
    service: int
    has_past: bool

    @property
    def bars(self) -> int:
        return 12 if self.is_wide else 8

    @property
    def columns(self) -> Iterator[tuple[str, int]]:
        yield "", 2
        if self.service:
            yield "service", self.service
        yield "state", 12
        yield from _NUMBERS
        if self.has_past:
            yield "trend", self.bars
        if self.has_past and self.is_wide:
            yield "lag trend", self.bars


def print_fleet(
    fleet: Fleet, console: Console, now: datetime, where: str, rows: int | None
) -> None:
    """Print what one look saw; `rows` is how many pipes are shown, None for all."""
    shown = fleet.pipes[:rows]
    console.print(_headline(fleet, now, where))
    if shown:
        console.print(_table(fleet, shown, console, now))
    for line in _below(fleet, len(shown)):
        console.print(line)
    if fleet.urgent:
        told = f"""'{{"clickpipe":"{fleet.urgent[0].id}"}}'"""
        why = Text(f"Why? clickpipes-mcp call diagnose_clickpipe {told}", style="dim")
        console.print(why, soft_wrap=True)  # in one piece, to be copied


def rows_of_a_screen(console: Console, fleet: Fleet) -> int:
    """How many pipes fit into the terminal with all that stands around them."""
    around = _ROUND_IT + min(len(fleet.urgent), _MOST_REASONS)
    around += len(fleet.unseen) + len(fleet.notes)
    return max(console.height - around, 5)


def _headline(fleet: Fleet, now: datetime, where: str) -> Text:
    states = ", ".join(f"{count} {state}" for state, count in fleet.states.items())
    total = f"{counted(len(fleet.pipes), 'ClickPipe')}: {states}. " if states else "No ClickPipes. "
    count = len(fleet.urgent)
    verdict = (
        f"{count} need{'s' if count == 1 else ''} attention" if count else "Nothing needs attention"
    )
    line = Text(total)
    line.append(f"{verdict}.", style="bold red" if count else "green")
    return line.append(f" {now.astimezone(UTC):%H:%M:%S} UTC, {where}.", style="dim")


def _table(fleet: Fleet, shown: Sequence[PipeGlance], console: Console, now: datetime) -> Table:
    has_past = console.width >= _FOR_TRENDS and any(len(one.past_lags_ms) > 1 for one in shown)
    shape = _Shape(console.width >= _WIDE, 0, has_past)
    room = console.width - _taken(shape) - 2
    if fleet.services > 1 and room >= _NARROWEST + shape.bars:
        left = room - max(cell_len(one.name) for one in shown)
        longest = max(cell_len(one.service) for one in shown)
        shape = replace(shape, service=min(longest, max(left, shape.bars)))
    columns, taken = list(shape.columns), _taken(shape)
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")
    columns.insert(1, ("pipe", max(console.width - taken - 1, _NARROWEST)))
    for name, width in columns:
        table.add_column(
            name,
            no_wrap=True,
            justify="right" if (name, width) in _NUMBERS else "left",
            width=None if name == "pipe" else width,
            max_width=width,
        )
    for pipe in shown:
        table.add_row(*_cells(pipe, now, shape))
    return table


def _taken(shape: _Shape) -> int:
    """The width of all columns but the name."""
    return sum(width + 1 for _, width in shape.columns)


def _cells(pipe: PipeGlance, now: datetime, shape: _Shape) -> Iterator[Text]:
    rank = pipe.reason.rank if pipe.reason else 0
    yield Text(
        "!!" if rank > 1 else "!" if rank else "", style="bold red" if rank > 1 else "yellow"
    )
    yield Text(pipe.name)
    if shape.service:
        yield Text(pipe.service)
    yield Text(pipe.state, style=_STYLE[state_named(pipe.state).health])
    yield Text(_age(pipe, now))
    is_at_work = state_named(pipe.state).stage in (Stage.WORKING, Stage.MOVING)
    yield Text(_lag(pipe.lag_ms) if is_at_work else "")  # of others the API tells 0
    yield Text("" if pipe.records_per_s is None else amount(pipe.records_per_s))
    yield Text("" if pipe.errors is None else amount(pipe.errors), style="red" * bool(pipe.errors))
    if shape.has_past:
        yield Text(sparkline(pipe.past_rates, shape.bars))
    if shape.has_past and shape.is_wide:
        yield Text(sparkline(pipe.past_lags_ms, shape.bars))


def _below(fleet: Fleet, shown: int) -> Iterator[Text]:
    if shown < len(fleet.pipes):
        yield Text(f"{len(fleet.pipes) - shown} more; --all shows them.", style="dim")
    urgent = fleet.urgent
    if urgent:
        yield Text("")
    for pipe in urgent[:_MOST_REASONS]:
        why = pipe.reason.words if pipe.reason else ""
        yield Text(f"{pipe.name}: {pipe.state}, {why}.", no_wrap=True, overflow="ellipsis")
    if len(urgent) > _MOST_REASONS:
        yield Text(f"{len(urgent) - _MOST_REASONS} more need attention.")
    for told in (*fleet.unseen, *fleet.notes):
        yield Text(told, style="yellow")


def sparkline(values: Sequence[float], width: int) -> str:
    """The last values as bars from 0 to the highest of them."""
    last = values[-width:]
    highest = max(last, default=0.0)
    if highest <= 0:
        return _BARS[0] * len(last)
    return "".join(_BARS[round(max(one, 0.0) / highest * (len(_BARS) - 1))] for one in last)


def amount(value: float) -> str:
    """A number in at most five characters: 0.25, 12, 4.2k, 1.3M."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"


def _lag(lag_ms: float | None) -> str:
    if lag_ms is None:
        return ""
    return f"{lag_ms:.0f}ms" if lag_ms < 1_000 else _span(lag_ms / 1_000)


def _age(pipe: PipeGlance, now: datetime) -> str:
    """For how long the state has been seen; nothing after the first look."""
    if pipe.since is None:
        return ""
    seen_s = (now - pipe.since.at).total_seconds()
    if seen_s < 1:
        return ""
    return f"{'' if pipe.since.is_exact else '≥'}{_span(seen_s)}"


def _span(seconds: float) -> str:
    size, unit = next((one for one in _UNITS if seconds >= one[0]), (1, "s"))
    return f"{seconds / size:.2g}{unit}" if seconds / size < 10 else f"{seconds / size:.0f}{unit}"
