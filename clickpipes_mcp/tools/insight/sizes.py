"""Numbers that a step proposes, begun from those in force."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from pydantic import BaseModel, JsonValue
from pydantic.alias_generators import to_camel

from clickpipes_mcp.diagnosis import Facts, Step
from clickpipes_mcp.scaling import MEMORY_GB_PER_CORE

CPU: Final = "replica_cpu_millicores"
MEMORY: Final = "replica_memory_gb"
REPLICAS: Final = "replicas"
_MOST: Final[Mapping[str, int]] = {"scale_clickpipe": 2_000, "update_cdc_scaling": 32_000}
"""Millicores. Source: OpenAPI contract, ClickPipeScaling and ClickPipesCdcScaling."""

_MOST_REPLICAS: Final = 40
_MOST_OF: Final[Mapping[str, int]] = {
    "pull_batch_size": 10_000_000,
    "sync_interval_seconds": 86_400,
}
"""Source: ClickPipes documentation, controlling the sync; a day is ours."""

_TIMES: Final = 2


def sized(step: Step, facts: Facts, model: type[BaseModel] | None) -> Step | None:
    """The step with numbers beyond those in force, within the bounds of `model`.

    None where nothing is left to raise or to lower.
    """
    if step.code in _MOST:
        return _sized_compute(step, facts)
    arguments = dict(_beyond(step.arguments, facts, model, step))
    return replace(step, arguments=arguments) if arguments or not step.arguments else None


def _sized_compute(step: Step, facts: Facts) -> Step | None:
    held = _number(facts.scaling.get(to_camel(CPU)))
    if CPU not in step.arguments or held is None or held <= 0:
        return step
    most = _MOST[step.code]
    if held < most:
        cpu = min(int(held) * _TIMES, most)
        size: dict[str, JsonValue] = {CPU: cpu, MEMORY: cpu / 1000 * MEMORY_GB_PER_CORE}
        return replace(step, arguments=size)
    replicas = _number(facts.scaling.get(REPLICAS))
    if step.code != "scale_clickpipe" or replicas is None or replicas >= _MOST_REPLICAS:
        return None
    return replace(step, arguments={REPLICAS: int(replicas) + 1})


def _beyond(
    proposed: Mapping[str, JsonValue], facts: Facts, model: type[BaseModel] | None, step: Step
) -> Iterator[tuple[str, JsonValue]]:
    fields = model.model_fields if model else {}
    for name, value in proposed.items():
        if isinstance(value, dict):
            inner = next(_models_of(fields[name].annotation), None) if name in fields else model
            nested = dict(_beyond(value, facts, inner, step))
            if nested:
                yield name, nested
            continue
        held = _in_force(name, facts)
        if held is None or isinstance(value, bool) or not isinstance(value, int | float):
            yield name, value
            continue
        low, high = _bounds(fields[name].metadata if name in fields else ())
        if step.lowers:
            better = value if held > value else max(int(held) // _TIMES, low)
        else:
            better = value if held < value else min(int(held) * _TIMES, _MOST_OF.get(name, high))
        if better != held:
            yield name, int(better)


def _in_force(name: str, facts: Facts) -> float | None:
    of_source = facts.source.get("settings")
    places: Sequence[object] = (facts.settings, of_source, facts.source)
    for place in places:
        if isinstance(place, Mapping):
            found = _number(place.get(name)) or _number(place.get(to_camel(name)))
            if found is not None:
                return found
    return None


def _bounds(metadata: Sequence[object]) -> tuple[float, float]:
    low = max((bound for one in metadata if (bound := getattr(one, "ge", None))), default=1)
    high = min((bound for one in metadata if (bound := getattr(one, "le", None))), default=2**31)
    return low, high


def _models_of(annotation: object) -> Iterator[type[BaseModel]]:
    for one in (annotation, *getattr(annotation, "__args__", ())):
        if isinstance(one, type) and issubclass(one, BaseModel):
            yield one


def _number(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and isinstance(value, int | float) else None
