"""The metrics of a service, read from the API and kept in the history of its pipes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import anyio

from clickpipes_mcp.app import App
from clickpipes_mcp.diagnosis import Metric
from clickpipes_mcp.errors import ClickPipesError
from clickpipes_mcp.pipe_series import Sample
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.tools.evidence.prometheus import PipeReadings, readings, with_rates

LAG: Final = "ClickPipes_Latency"
_RECORDS: Final = ("ClickPipes_SentEvents_Total", "ClickPipes_FetchedEvents_PerTable")
"""The first that is there: database pipes count what they read, table by table."""

_ERRORS: Final = "ClickPipes_Errors_Total"
_OF_DATABASES: Final = "ClickPipes_CDC_SourceLatency"
_SOON_S: Final = 5.0


@dataclass(frozen=True)
class Scrape:
    """What one request told, by the id of the pipe; `at_s` is on the clock for waiting."""

    pipes: Mapping[str, PipeReadings]
    at_s: float


async def read_scrape(app: App, service_id: str, earlier: Scrape | None = None) -> Scrape:
    """The readings of now, with rates where an earlier scrape is given.

    Raises:
        ClickPipesError: They could not be had.
        ValueError: The answer is not in the Prometheus format.
    """
    text = await app.client.prometheus(service_id)
    now, at_s = app.clock.now(), app.clock.monotonic()
    pipes = await readings(text)
    for pipe in pipes.values():
        sample = Sample(
            now,
            pipe.state,
            _value(pipe.metrics, LAG),
            _value(pipe.metrics, *_RECORDS),
            _value(pipe.metrics, _ERRORS),
            of_database=_OF_DATABASES in pipe.metrics,
            name=shown_name(pipe.name),
        )
        app.client.history.note_reading(pipe.id, sample)
    if earlier is None:
        return Scrape(pipes, at_s)
    return Scrape(with_rates(pipes, earlier.pipes, at_s - earlier.at_s), at_s)


async def read_soon(app: App, service_id: str) -> Mapping[str, PipeReadings] | None:
    """The readings of now, where they can be had at once; None where they cannot.

    For answers that are whole without them: nobody waits long for those, and nothing fails.
    """
    with anyio.move_on_after(_SOON_S):
        try:
            return (await read_scrape(app, service_id)).pipes
        except (ClickPipesError, ValueError):
            return None
    return None


def shown_name(name: str) -> str:
    """The name of a pipe as lists of readings have it."""
    return clean(name, limit=80)


def _value(metrics: Mapping[str, Metric], *names: str) -> float | None:
    """The first of these that is there."""
    return next((metrics[name].value for name in names if name in metrics), None)
