"""Lag, errors and throughput of pipes."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from clickpipes_mcp.counting import counted
from clickpipes_mcp.diagnosis import Metric
from clickpipes_mcp.errors import NextAction, UnreadableAnswer
from clickpipes_mcp.pipe_attention import reason_of
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.tools.addressing import (
    PipeArguments,
    ServiceArguments,
    find_pipe,
    find_service_id,
)
from clickpipes_mcp.tools.evidence.prometheus import PipeReadings
from clickpipes_mcp.tools.evidence.scrapes import read_scrape, shown_name
from clickpipes_mcp.tools.insight.metric_labels import OF_A_LIST, label_of, rank_of
from clickpipes_mcp.tools.record import Call, Effect, ToolSpec
from clickpipes_mcp.tools.views import View, actions, rows_shown

PAGE = 25
BETWEEN_SAMPLES_S = 10.0


class MetricsArguments(ServiceArguments):
    """Whose metrics."""

    clickpipe: str | None = Field(
        default=None, min_length=1, description="Id or name of one ClickPipe; all by default."
    )
    rates: bool | None = Field(
        default=None,
        description=f"Also take a second sample after {BETWEEN_SAMPLES_S:.0f} s, for rates.",
    )
    limit: Annotated[int, Field(ge=1, le=50)] | None = Field(
        default=None, description=f"ClickPipes on a page, 1 to 50; {PAGE} by default."
    )
    offset: Annotated[int, Field(ge=0)] | None = Field(
        default=None, description="How many ClickPipes to skip."
    )


class Reading(BaseModel):
    """A metric of one pipe."""

    model_config = ConfigDict(frozen=True)

    metric: str
    value: str
    unit: str
    per_s: str | None = None


class PipeLine(BaseModel):
    """The readings of one pipe among many; with rates, records and errors are per second.

    `id` is there where several go by the name.
    """

    model_config = ConfigDict(frozen=True)

    clickpipe: str
    state: str
    latency_ms: str
    errors: str
    records_read: str
    records_written: str
    id: str | None = None


_WHY_NONE = "An idle or stopped service answers no metrics of its pipes."


class MetricsView(View):
    """Readings of one pipe, or a line for each."""

    readings: list[Reading] = Field(default_factory=list)
    clickpipes: list[PipeLine] = Field(default_factory=list)


async def get_metrics(call: Call[MetricsArguments]) -> MetricsView:
    """Read the metrics once, or twice for rates."""
    arguments = call.arguments
    if arguments.clickpipe is None:
        return _of_all(
            await _read(call, await find_service_id(call.app, arguments, as_known=True)), call
        )
    wanted = PipeArguments(clickpipe=arguments.clickpipe, service=arguments.service)
    pipe = await find_pipe(call.app, wanted, as_known=True)
    found = (await _read(call, pipe.service_id)).get(pipe.id)
    name = shown_name(pipe.name)
    if found is None:
        return MetricsView(
            summary=f"No readings of “{name}”, which is {pipe.state}.",
            warnings=[_WHY_NONE],
        )
    return MetricsView(
        summary=f"“{name}” is {found.state or pipe.state}. Lag, errors and throughput come first.",
        readings=[_reading(*item) for item in sorted(found.metrics.items(), key=_rank)],
        next_actions=actions(
            NextAction("diagnose_clickpipe", "judges them", {"clickpipe": pipe.id})
        ),
    )


async def _read(call: Call[MetricsArguments], service: str) -> dict[str, PipeReadings]:
    earlier = None
    try:
        if call.arguments.rates:
            earlier = await read_scrape(call.app, service)
            await call.report(0, BETWEEN_SAMPLES_S, "waiting for the second sample")
            await call.app.clock.sleep(BETWEEN_SAMPLES_S)
        return dict((await read_scrape(call.app, service, earlier)).pipes)
    except ValueError as error:
        raise UnreadableAnswer(
            "The metrics are not in the Prometheus format.", fix="Repeat the call later."
        ) from error


def _of_all(found: dict[str, PipeReadings], call: Call[MetricsArguments]) -> MetricsView:
    arguments, worst = call.arguments, sorted(found.values(), key=_trouble, reverse=True)
    start, rates = arguments.offset or 0, bool(arguments.rates)
    page = worst[start : start + (arguments.limit or PAGE)]
    often = Counter(shown_name(pipe.name) for pipe in found.values())
    following = list(_look_at_worst(found.values(), call))
    if page and start + len(page) < len(worst):
        asked = arguments.model_dump(exclude_none=True) | {"offset": start + len(page)}
        following.append(NextAction("get_clickpipe_metrics", "shows the next page", asked))
    return MetricsView(
        summary=f"Readings of {counted(len(found), 'ClickPipe')}"
        + rows_shown(start, len(page), len(worst))
        + ", most errors first. "
        + ("Errors and records are per second." if rates else "Counts are since each began."),
        clickpipes=[_line(pipe, often, rates=rates) for pipe in page],
        warnings=[] if found else [_WHY_NONE],
        next_actions=actions(*following),
    )


def _look_at_worst(
    found: Iterable[PipeReadings], call: Call[MetricsArguments]
) -> Iterator[NextAction]:
    """The look at the pipe that needs a person most, where one does."""
    history = call.app.client.history
    reasons = [(reason_of(pipe.state, history.readings_of(pipe.id)), pipe) for pipe in found]
    urgent = [(reason, pipe) for reason, pipe in reasons if reason]
    if urgent:
        reason, pipe = max(urgent, key=lambda one: (one[0].rank, *_trouble(one[1])))
        more = f"; {len(urgent) - 1} more need a look" if len(urgent) > 1 else ""
        why = f"tells why “{shown_name(pipe.name)}” needs a look: {reason.words}{more}"
        yield NextAction("diagnose_clickpipe", why, {"clickpipe": pipe.id})


def _trouble(pipe: PipeReadings) -> tuple[float, float]:
    errors = pipe.metrics.get("ClickPipes_Errors_Total", Metric(0.0))
    latency = pipe.metrics.get("ClickPipes_Latency", Metric(0.0))
    return (errors.value if errors.per_s is None else errors.per_s, latency.value)


def _line(pipe: PipeReadings, often: Counter[str], *, rates: bool) -> PipeLine:
    shown = {
        column: _cell(pipe.metrics.get(metric), rates=rates and metric.endswith("_Total"))
        for column, metric in OF_A_LIST.items()
    }
    name = shown_name(pipe.name)
    named = pipe.id if often[name] > 1 else None
    return PipeLine(clickpipe=name, state=clean(pipe.state), **shown, id=named)


def _cell(metric: Metric | None, *, rates: bool) -> str:
    if metric is None:
        return ""
    if not rates:
        return number(metric.value)
    return "" if metric.per_s is None else number(metric.per_s)


def _rank(item: tuple[str, Metric]) -> int:
    return rank_of(item[0])


def _reading(name: str, metric: Metric) -> Reading:
    label = label_of(name)
    per_s = None if metric.per_s is None else number(metric.per_s)
    return Reading(metric=label.name, value=number(metric.value), unit=label.unit, per_s=per_s)


def number(value: float) -> str:
    """A number in full where it is whole or large, else to three digits."""
    return f"{value:.0f}" if value == int(value) or abs(value) >= 1000 else f"{value:.3g}"


GET_METRICS = ToolSpec(
    name="get_clickpipe_metrics",
    title="Get ClickPipe metrics",
    description="Show lag, errors and throughput of ClickPipes.",
    toolset="insight",
    effect=Effect.READ,
    arguments=MetricsArguments,
    view=MetricsView,
    run=get_metrics,
)
TOOLS = (GET_METRICS,)
