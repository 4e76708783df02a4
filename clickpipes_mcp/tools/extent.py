"""How much a pipe reads: what is there, what comes later, or both."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.contract import Family, SourceSpec
from clickpipes_mcp.sources import source_of

CDC_ONLY: Final = "cdc_only"
_FOLLOWING: Final = frozenset({"cdc", CDC_ONLY})


@dataclass(frozen=True)
class Extent:
    """`loads` where tables are copied whole first, `follows` where the reading never ends."""

    loads: bool = False
    follows: bool = False


def extent_of(spec: SourceSpec | None, configuration: Mapping[str, object]) -> Extent:
    """What a source is set up for, from its configuration under the API's keys."""
    if spec is None:
        return Extent()
    if spec.family is Family.STREAMING:
        return Extent(follows=True)
    if spec.family is Family.OBJECT_STORAGE:
        return Extent(follows=configuration.get("isContinuous") is True)
    settings = configuration.get("settings")
    mode = settings.get("replicationMode") if isinstance(settings, Mapping) else None
    return Extent(loads=mode != CDC_ONLY, follows=mode in _FOLLOWING)


def extent_of_pipe(pipe: Pipe) -> Extent:
    """The same of a pipe that is there."""
    sent = pipe.truth
    return extent_of(source_of(sent.arm, sent.source_type), sent.arm_body)
