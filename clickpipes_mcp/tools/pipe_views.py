"""A pipe as an assistant needs to see it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from clickpipes_mcp.cloud import Pipe, PipeHead, PipeLine
from clickpipes_mcp.code.unseen import not_returned
from clickpipes_mcp.contract import SourceSpec
from clickpipes_mcp.errors import NextAction
from clickpipes_mcp.pipe_states import Stage, state_named
from clickpipes_mcp.redaction import shortened
from clickpipes_mcp.sources import source_of
from clickpipes_mcp.tools.views import View, actions, cut

Awaited: TypeAlias = Literal["ready", "completed", "stopped", "deleted"]
"""What a pipe can be waited for."""

MOST_ITEMS = 12
MOST_TEXT = 300


class PipeRow(BaseModel):
    """One line of a list."""

    model_config = ConfigDict(frozen=True)

    name: str
    state: str
    source: str
    id: str


class MappingRow(BaseModel):
    """A field mapping, as create and update take it."""

    model_config = ConfigDict(frozen=True)

    source_field: str
    destination_field: str


class PipeView(View):
    """One pipe.

    `not_returned` names what the API does not show of it, set or not; `field_mappings_left_out`
    counts those beyond the first.
    """

    id: str
    name: str
    state: str
    state_means: str
    source: str
    service_id: str
    configuration: dict[str, object]
    destination: dict[str, object]
    not_returned: list[str] | None = None
    field_mappings: list[MappingRow] | None = None
    field_mappings_left_out: int | None = None
    scaling: dict[str, object] | None = None
    created_at: str | None = None
    updated_at: str | None = None


def source_label(pipe: PipeHead) -> str:
    """The source in the words of the API, with its flavour where it has one."""
    flavour = pipe.source_type
    return f"{pipe.arm} ({flavour})" if flavour and flavour != pipe.arm else pipe.arm


def spec_of(pipe: PipeHead) -> SourceSpec | None:
    """What this package knows of the pipe's kind of source."""
    sent = pipe.sent
    return source_of(sent.arm, sent.source_type)


def moment(time: datetime | None) -> str | None:
    """A time in UTC to the second, as the API writes it."""
    return f"{time.replace(tzinfo=None).isoformat(timespec='seconds')}Z" if time else None


def row(pipe: PipeHead) -> PipeRow:
    """A pipe as one line."""
    return PipeRow(
        name=shortened(pipe.name, 80), state=pipe.state, source=source_label(pipe), id=pipe.id
    )


def states(pipes: Sequence[Pipe] | Sequence[PipeLine]) -> str:
    """`12 Running, 1 Failed`."""
    counted = Counter(pipe.state for pipe in pipes)
    return ", ".join(f"{count} {state}" for state, count in counted.most_common()) or "none"


def whole(pipe: Pipe) -> PipeView:
    """A pipe with everything that is known of it, and what usually comes next."""
    name = shortened(pipe.name, 255)
    scaling = pipe.scaling.model_dump(exclude_none=True) if pipe.scaling else {}
    return PipeView(
        summary=f"ClickPipe “{shortened(pipe.name, 80)}” is {pipe.state}.",
        id=pipe.id,
        name=name,
        state=pipe.state,
        state_means=state_named(pipe.state).meaning,
        source=source_label(pipe),
        service_id=pipe.service_id,
        configuration=compact(pipe.arm_body),
        destination=compact(pipe.destination),
        not_returned=list(not_returned(pipe)) or None,
        field_mappings=[_mapping(one) for one in pipe.field_mappings[:MOST_ITEMS]] or None,
        field_mappings_left_out=max(len(pipe.field_mappings) - MOST_ITEMS, 0) or None,
        scaling=scaling or None,
        created_at=moment(pipe.created_at),
        updated_at=moment(pipe.updated_at),
        next_actions=actions(*what_next(pipe)),
    )


def _mapping(mapping: Mapping[str, object]) -> MappingRow:
    return MappingRow(
        source_field=shortened(str(mapping.get("sourceField", "")), MOST_TEXT),
        destination_field=shortened(str(mapping.get("destinationField", "")), MOST_TEXT),
    )


def compact(configuration: Mapping[str, object]) -> dict[str, object]:
    """A configuration that is fit to show, without what is unset, long texts and lists cut."""
    return {key: _compact(value) for key, value in configuration.items() if not _is_unset(value)}


def _is_unset(value: object) -> bool:
    return value is None or (not value and isinstance(value, (str, list, dict)))


def _compact(value: object) -> object:
    if isinstance(value, str):
        return shortened(value, MOST_TEXT)
    if isinstance(value, dict):
        return compact(value)
    if isinstance(value, list):
        return [_compact(item) for item in cut(value, MOST_ITEMS)]
    return value


def wait_until(pipe: Pipe, until: Awaited, why: str) -> NextAction:
    """The call that waits for a pipe."""
    return NextAction("wait_for_clickpipe", why, {"clickpipe": pipe.id, "until": until})


def what_next(pipe: Pipe, *, has_run: bool = True) -> list[NextAction]:
    """What usually follows from a pipe's state."""
    target: dict[str, object] = {"clickpipe": pipe.id}
    stage = state_named(pipe.state).stage
    if stage is Stage.MOVING:
        return [NextAction("wait_for_clickpipe", "waits until it has settled", target)]
    if stage is Stage.RESTING:
        why = "goes on where it stopped" if has_run else "begins to read"
        return [NextAction("start_clickpipe", why, target)]
    if stage is Stage.BROKEN:
        return [look_into(pipe.id), tried_again(pipe)]
    return [look_into(pipe.id)] if state_named(pipe.state).is_troubled else []


def look_into(pipe_id: str) -> NextAction:
    """The call that shows why a pipe does not do well."""
    return NextAction("diagnose_clickpipe", "shows evidence and fix", {"clickpipe": pipe_id})


def tried_again(pipe: Pipe) -> NextAction:
    """The call that has a broken pipe try again."""
    why = "tries again once the cause is mended"
    return NextAction("start_clickpipe", why, {"clickpipe": pipe.id})
