"""Everything that can be had about a pipe, at once and within a bound."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, TypeAlias

import anyio
from pydantic import JsonValue
from pydantic.alias_generators import to_camel

from clickpipes_mcp.app import App
from clickpipes_mcp.cloud import Patience, Pipe, PrivateEndpoint, Service, StateChange, listening
from clickpipes_mcp.contract import Answer, Family
from clickpipes_mcp.diagnosis import EndpointFacts, Facts, ServiceFacts, TunnelFacts
from clickpipes_mcp.errors import ClickPipesError, ServiceNotRunning
from clickpipes_mcp.pipe_series import Sample
from clickpipes_mcp.pipe_states import Stage, state_named
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.ssh_keys import PIPE_FIELD
from clickpipes_mcp.tools.evidence.error_tables import (
    MOST_TEXTS,
    ColumnsNotRecognised,
    log_rows,
    record_rows,
)
from clickpipes_mcp.tools.evidence.history import with_history
from clickpipes_mcp.tools.evidence.scrapes import Scrape, read_scrape
from clickpipes_mcp.tools.pipe_views import spec_of

PATIENCE_S = 20.0
"""How long looking may take; what has not answered by then is reported as not seen."""

BETWEEN_SAMPLES_S = 5.0
SETTINGS: Final = "settings"
ENDPOINTS: Final = "private endpoints"

_WORTH_TELLING_S = 1.0
_SSH_KEY = to_camel(PIPE_FIELD)
_QUERY_ACCESS = (
    "Bind a key to the service's query endpoint in the console (Settings, Query API endpoints), "
    "and set it as CLICKPIPES_QUERY_KEY_ID and CLICKPIPES_QUERY_KEY_SECRET if it is not the API key"
)
_CONSOLE_LOGS = (
    "Only the console shows the errors of database pipes: copy them from the pipe's Logs tab into "
    "error_text."
)
Found: TypeAlias = Callable[[Facts], Facts]


@dataclass(frozen=True)
class _Look:
    """One thing to look at: for which pipes, how, and how to allow it where it is refused.

    What `is_closer` is looked at only where something was found that it tells more of.
    """

    what: str
    see: "Callable[[App, Pipe, Sight], Awaitable[Found]]"
    concerns: Callable[[Pipe], bool]
    allow: str = ""
    is_closer: bool = False


@dataclass
class Sight:
    """What was seen of a pipe, what was looked at, and what could not be seen and why.

    `scrape` is what was read of the metrics. `change` is how the pipe came to its state, if that
    was seen, and `past` what was read of its metrics, the oldest first.
    """

    facts: Facts
    scrape: Scrape | None = None
    looked_at: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    change: StateChange | None = None
    past: Sequence[Sample] = ()


async def gather(app: App, pipe: Pipe, patience_s: float = PATIENCE_S) -> Sight:
    """Look at all that tells of any trouble, concurrently."""
    sight = Sight(_plain(pipe, app.clock.now()), looked_at=["state", "configuration"])
    sight.change = app.client.history.change_of(pipe.sent.id)
    _remember(sight, app, pipe)
    looks = [look for look in _LOOKS if not look.is_closer and look.concerns(pipe)]
    await _look(app, pipe, sight, looks, patience_s)
    if _is_database(pipe):
        sight.unseen.append(_CONSOLE_LOGS)
    sight.unseen += sight.facts.unknown
    sight.facts = replace(sight.facts, unknown=tuple(sight.unseen))
    return sight


async def look_closer(app: App, pipe: Pipe, sight: Sight, what: Collection[str]) -> None:
    """Look at these things too, where they concern the pipe and were not looked at."""
    seen = {*sight.looked_at, *(one.partition(":")[0] for one in sight.unseen)}
    looks = [
        one
        for one in _LOOKS
        if one.what in what and one.what not in seen and (one.concerns(pipe) or not one.is_closer)
    ]
    before = len(sight.unseen)
    await _look(app, pipe, sight, looks, PATIENCE_S)
    unknown = (*sight.facts.unknown, *sight.unseen[before:])
    sight.facts = replace(sight.facts, unknown=unknown)


async def _look(
    app: App, pipe: Pipe, sight: Sight, looks: Iterable[_Look], patience_s: float
) -> None:
    open_looks = {look.what: look for look in looks}

    async def look_at(look: _Look) -> None:
        reason, allow = "", look.allow
        try:
            found = await look.see(app, pipe, sight)
            sight.facts = found(sight.facts)
            sight.looked_at.append(look.what)
        except ServiceNotRunning as error:
            reason, allow = error.message, "let the service run"
        except ClickPipesError as error:
            reason = error.message
        except ColumnsNotRecognised as error:
            reason = str(error)
        except ValueError:
            reason = "the answer could not be read"
        del open_looks[look.what]
        if reason:
            sight.unseen.append(_unseen(look.what, reason, allow))

    with listening(Patience(gives_way=True)) as waiting, anyio.move_on_after(patience_s):
        async with anyio.create_task_group() as looking:
            for look in tuple(open_looks.values()):
                looking.start_soon(look_at, look)
    sight.unseen += [
        _unseen(look.what, f"no answer within {patience_s:.0f} s", look.allow)
        for look in open_looks.values()
    ]
    if waiting.limited_s >= _WORTH_TELLING_S:
        sight.unseen.append(_limited(waiting.limited_s))


async def add_rates(app: App, pipe: Pipe, sight: Sight) -> None:
    """Scrape the metrics once more; where that fails, the readings stay as they were."""
    if sight.scrape is None:
        return
    due_s = sight.scrape.at_s + BETWEEN_SAMPLES_S
    try:
        with anyio.move_on_after(PATIENCE_S):
            await app.clock.sleep(max(0.0, due_s - app.clock.monotonic()))
            later = await read_scrape(app, pipe.service_id, sight.scrape)
            found = later.pipes.get(pipe.id)
            if found is not None:
                sight.facts = replace(sight.facts, metrics=found.metrics)
                passed_s = later.at_s - sight.scrape.at_s
                sight.looked_at.append(f"rates over {passed_s:.0f} s")
    except (ClickPipesError, ValueError) as error:
        sight.unseen.append(f"rates: {error}")


def _unseen(what: str, reason: str, allow: str) -> str:
    way = f" To allow it: {allow}." if allow else ""
    return f"{what}: {reason.rstrip('.')}.{way}"


def _remember(sight: Sight, app: App, pipe: Pipe) -> None:
    try:
        sight.facts = with_history(sight.facts, pipe, app.journal.recent())
    except ClickPipesError as error:
        sight.unseen.append(f"journal: {error.message}")


def _limited(seconds: float) -> str:
    """What the limit of the key did to the looking. Source: documented limit, 10 in 10 s."""
    return (
        f"request limit: looking waited {seconds:.0f} s for the limit of this API key, 10 requests "
        "in 10 s for everything that uses it (access.rate-limited); the pipe is not at fault."
    )


def _plain(pipe: Pipe, now: datetime) -> Facts:
    """What a pipe tells of itself."""
    spec = spec_of(pipe)
    changed = max(filter(None, (pipe.updated_at, pipe.created_at)), default=None)
    return Facts(
        pipe_id=pipe.id,
        family=spec.family if spec else None,
        arm=pipe.arm,
        source_type=pipe.source_type or "",
        state=pipe.state,
        # The API keeps no time of the last change of state. Of a pipe that moves or rests the last
        # change of its configuration is close to it; of one that works it says nothing.
        state_age_s=(now - changed).total_seconds() if changed and _is_dated(pipe) else None,
        pipe_age_s=(now - pipe.created_at).total_seconds() if pipe.created_at else None,
        seen_at=now,
        source=pipe.arm_body,
        destination=pipe.destination,
        settings=pipe.settings,
        scaling=_wire(pipe.scaling) if pipe.scaling else {},
    )


def _is_dated(pipe: Pipe) -> bool:
    return state_named(pipe.state).stage in (Stage.MOVING, Stage.RESTING)


def _wire(answer: Answer) -> dict[str, JsonValue]:
    return answer.model_dump(mode="json", by_alias=True, exclude_none=True)


def service_facts(service: Service) -> ServiceFacts:
    """A service as rules know it."""
    return ServiceFacts(service.state, service.provider, service.region, service.created_at)


async def _service(app: App, pipe: Pipe, _sight: Sight) -> Found:
    service = service_facts(await app.client.service(pipe.service_id))
    return lambda facts: replace(facts, service=service)


async def _settings(app: App, pipe: Pipe, _sight: Sight) -> Found:
    values = (await app.client.pipe_settings(pipe.service_id, pipe.id)).values
    return lambda facts: replace(facts, settings={**facts.settings, **values})


async def _metrics(app: App, pipe: Pipe, sight: Sight) -> Found:
    sight.scrape = await read_scrape(app, pipe.service_id)
    found = sight.scrape.pipes.get(pipe.id)
    if found is None:
        raise ValueError("no reading of this pipe")
    return lambda facts: replace(facts, metrics=found.metrics)


async def _cdc_scaling(app: App, pipe: Pipe, _sight: Sight) -> Found:
    scaling = _wire(await app.client.cdc_scaling(pipe.service_id))
    return lambda facts: replace(facts, scaling={**facts.scaling, **scaling})


async def _endpoints(app: App, pipe: Pipe, _sight: Sight) -> Found:
    known = await app.client.private_endpoints(pipe.service_id)
    used = tuple(
        EndpointFacts(endpoint.id, endpoint.status, endpoint.type)
        for endpoint in known
        if _is_used(endpoint, pipe)
    )
    return lambda facts: replace(facts, endpoints=used)


def _is_used(endpoint: PrivateEndpoint, pipe: Pipe) -> bool:
    named = " ".join(_texts(pipe.truth.arm_body.values()))
    names = [name.removeprefix("*.") for name in endpoint.truth.names]
    return endpoint.truth.id in named or any(name and name in named for name in names)


def _texts(values: Iterable[object]) -> Iterable[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, Mapping):
            yield from _texts(value.values())
        elif isinstance(value, list):
            yield from _texts(value)


async def _tunnel(app: App, pipe: Pipe, _sight: Sight) -> Found:
    key = next(
        (
            one
            for one in await app.client.ssh_keys(pipe.service_id)
            if one.truth.id == pipe.truth.arm_body.get(_SSH_KEY)
        ),
        None,
    )
    if key is None:
        raise ValueError("the key is not among those of the service")
    tunnel = TunnelFacts(key.bastion, key.status, clean(key.status_message, limit=200))
    return lambda facts: replace(facts, tunnel=tunnel)


def _has_tunnel(pipe: Pipe) -> bool:
    return bool(pipe.arm_body.get(_SSH_KEY))


async def _log(app: App, pipe: Pipe, _sight: Sight) -> Found:
    rows = await log_rows(app, pipe, is_at_rest=is_at_rest(pipe.state))
    return lambda facts: _capped(replace(facts, log_rows=rows), len(rows), "error log")


async def _records(app: App, pipe: Pipe, _sight: Sight) -> Found:
    rows = await record_rows(app, pipe, is_at_rest=is_at_rest(pipe.state))
    return lambda facts: _capped(replace(facts, record_errors=rows), len(rows), "record errors")


def _capped(facts: Facts, count: int, what: str) -> Facts:
    """The facts, with a word on errors beyond those that were read."""
    if count < MOST_TEXTS:
        return facts
    said = f"{what}: only the {MOST_TEXTS} newest different texts were read; there may be more."
    return replace(facts, unknown=(*facts.unknown, said))


def is_at_rest(state: str) -> bool:
    """Whether a pipe in that state writes no more errors, so that older ones count."""
    return state_named(state).stage not in (Stage.WORKING, Stage.MOVING)


def _is_database(pipe: Pipe) -> bool:
    spec = spec_of(pipe)
    return spec is not None and spec.family is Family.DATABASE


def _is_not_at_work(pipe: Pipe) -> bool:
    return state_named(pipe.state).stage is not Stage.WORKING


def _ingests(pipe: Pipe) -> bool:
    return not _is_database(pipe)


def _always(_: Pipe) -> bool:
    return True


_LOOKS = (
    _Look("service", _service, _always),
    _Look("metrics", _metrics, _always, "let the service run: metrics do not wake it"),
    _Look(SETTINGS, _settings, _ingests, is_closer=True),
    _Look("error log", _log, _ingests, _QUERY_ACCESS),
    _Look("record errors", _records, _ingests, _QUERY_ACCESS),
    _Look("shared compute", _cdc_scaling, _is_database),
    _Look(ENDPOINTS, _endpoints, _is_not_at_work),
    _Look("SSH key", _tunnel, _has_tunnel),
)
