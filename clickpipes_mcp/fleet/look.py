"""One look at all pipes: a list and the metrics of each service, two requests for each."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clickpipes_mcp.app import App
from clickpipes_mcp.cloud import PipeLine
from clickpipes_mcp.errors import ClickPipesError
from clickpipes_mcp.pipe_attention import Reason, reason_of
from clickpipes_mcp.pipe_series import Counted, Sample, Since, rates
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.tools.addressing import ServiceArguments, find_service_id
from clickpipes_mcp.tools.evidence.scrapes import read_soon

_LONGEST_NAME = 255


@dataclass(frozen=True)
class PipeGlance:
    """One pipe; rates are per second, None where one look alone cannot tell them.

    `lag_ms` is from produced to written. `past_lags_ms` and `past_rates` (records a second) are
    series, the oldest first.
    """

    id: str
    name: str
    service: str
    state: str
    since: Since | None
    lag_ms: float | None
    records_per_s: float | None
    errors: float | None
    errors_per_s: float | None
    reason: Reason | None
    past_lags_ms: Sequence[float] = ()
    past_rates: Sequence[float] = ()


@dataclass(frozen=True)
class Fleet:
    """All pipes, those that need a person first; `unseen` says what could not be looked at.

    `requests` is the most that such a look takes of the API's ten in ten seconds.
    """

    pipes: Sequence[PipeGlance]
    requests: int
    services: int = 1
    unseen: Sequence[str] = ()
    notes: Sequence[str] = ()

    @property
    def urgent(self) -> Sequence[PipeGlance]:
        """Those that need a person."""
        return [pipe for pipe in self.pipes if pipe.reason]

    @property
    def states(self) -> Mapping[str, int]:
        """How many pipes are in each state, the most frequent first."""
        return dict(Counter(pipe.state for pipe in self.pipes).most_common())


async def look(app: App, service: str | None = None) -> Fleet:
    """All pipes of a service, or of all services, with what was read of them before.

    Raises:
        ClickPipesError: No pipe of any service could be listed.
    """
    services = await _services(app, service)
    pipes: list[PipeGlance] = []
    unseen: list[str] = []
    notes: list[str] = []
    failed: ClickPipesError | None = None
    for service_id, name in services.items():
        try:
            lines = await app.client.pipe_lines(service_id)
        except ClickPipesError as error:
            failed = error
            unseen.append(f"The ClickPipes of {name} could not be listed: {error.message}")
            continue
        seen, note = await _with_metrics(app, service_id, name, lines)
        pipes += seen
        notes += note
    if failed and len(unseen) == len(services):
        raise failed
    pipes.sort(key=_urgency)
    return Fleet(pipes, 1 + 2 * len(services), len(services), unseen, notes)


async def _services(app: App, service: str | None) -> Mapping[str, str]:
    """The services to look at, as names by id."""
    if service is None and app.settings.service_id is None:
        listed = await app.client.services(as_known=True)
        return {one.id: clean(one.name, limit=80) for one in listed}
    found = await find_service_id(app, ServiceArguments(service=service), as_known=True)
    return {found: service or found}


async def _with_metrics(
    app: App, service_id: str, service: str, lines: Sequence[PipeLine]
) -> tuple[list[PipeGlance], list[str]]:
    read = await read_soon(app, service_id) if lines else {}
    now = app.clock.now()
    seen = []
    for line in lines:
        readings = read.get(line.sent.id) if read else None
        samples = app.client.history.readings_of(line.sent.id)
        if readings is None or not samples:
            samples = (*samples, Sample(now, line.state))
        since = app.client.history.since_of(line.sent.id)
        seen.append(_glance(line, service, since, samples))
    is_without = read is None or (bool(lines) and not read)
    return seen, [f"{service} tells no metrics now."] if is_without else []


def _glance(
    line: PipeLine, service: str, since: Since | None, samples: Sequence[Sample]
) -> PipeGlance:
    def rate(counter: Counted) -> float | None:
        return next(iter(rates(samples[-2:], counter)), None)

    return PipeGlance(
        id=line.id,
        name=clean(line.name, limit=_LONGEST_NAME),
        service=service,
        state=line.state,
        since=since,
        lag_ms=samples[-1].lag_ms,
        records_per_s=rate("records"),
        errors=samples[-1].errors,
        errors_per_s=rate("errors"),
        reason=reason_of(line.state, samples),
        past_lags_ms=[one.lag_ms for one in samples if one.lag_ms is not None],
        past_rates=rates(samples, "records"),
    )


def _urgency(pipe: PipeGlance) -> tuple[int, float, str]:
    return -(pipe.reason.rank if pipe.reason else 0), -(pipe.lag_ms or 0.0), pipe.name.casefold()
