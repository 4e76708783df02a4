"""What may be known of a pipe when somebody asks what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import JsonValue

from clickpipes_mcp.contract import Family


@dataclass(frozen=True)
class Metric:
    """A reading under its Prometheus name; `per_s` is there once two samples were taken."""

    value: float
    per_s: float | None = None


@dataclass(frozen=True)
class Row:
    """A line of a log or error table; `count` rows said the same, between `first` and `last`."""

    text: str
    count: int = 1
    first: datetime | None = None
    last: datetime | None = None


@dataclass(frozen=True)
class ServiceFacts:
    """The destination service; empty text is not known."""

    state: str = ""
    provider: str = ""
    region: str = ""
    created_at: datetime | None = None


@dataclass(frozen=True)
class EndpointFacts:
    """A reverse private endpoint the pipe relies on, or may rely on."""

    id: str
    status: str
    type: str = ""


@dataclass(frozen=True)
class TunnelFacts:
    """The SSH key that a pipe logs in to its bastion with, and what the last login was told."""

    bastion: str
    status: str
    told: str = ""


def _nothing() -> dict[str, JsonValue]:
    return {}


def _no_metrics() -> dict[str, Metric]:
    return {}


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything a rule may look at. Whatever could not be had is empty or None.

    `source` is the body under the arm, `destination`, `settings` and `scaling` stand beside it,
    all under the API's keys. `errors` are texts of failed calls and what a person quoted;
    `http_status` belongs to the last of them. `probes` are what reaching for the source from this
    machine told. `unknown` says in words what could not be seen.
    `seen_at` is when all of this was looked at, `changed_at` when the pipe was last changed or
    started, `start_failed_at` when a start of it, the last thing that was done, did not help.
    """

    pipe_id: str = ""
    family: Family | None = None
    arm: str = ""
    source_type: str = ""
    state: str = ""
    state_age_s: float | None = None
    pipe_age_s: float | None = None
    source: Mapping[str, JsonValue] = field(default_factory=_nothing)
    destination: Mapping[str, JsonValue] = field(default_factory=_nothing)
    settings: Mapping[str, JsonValue] = field(default_factory=_nothing)
    scaling: Mapping[str, JsonValue] = field(default_factory=_nothing)
    service: ServiceFacts = ServiceFacts()
    endpoints: tuple[EndpointFacts, ...] = ()
    tunnel: TunnelFacts | None = None
    metrics: Mapping[str, Metric] = field(default_factory=_no_metrics)
    errors: tuple[str, ...] = ()
    http_status: int | None = None
    log_rows: tuple[Row, ...] = ()
    record_errors: tuple[Row, ...] = ()
    probes: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    seen_at: datetime | None = None
    changed_at: datetime | None = None
    start_failed_at: datetime | None = None
