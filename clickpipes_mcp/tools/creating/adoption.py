"""Which pipe is the one that is to be created.

The API knows no idempotency key and lets names repeat, so a repeated create would be a second
pipe. What stands in for a key is the name, checked against the configuration.
"""

from dataclasses import dataclass
from typing import Any

from clickpipes_mcp.argument_form import snake_case
from clickpipes_mcp.cloud import Pipe, RequestBody, differences
from clickpipes_mcp.contract import SourceSpec
from clickpipes_mcp.errors import Conflict, NextAction
from clickpipes_mcp.journal import DONE
from clickpipes_mcp.tools.attempts import Attempt
from clickpipes_mcp.tools.record import Call

CREATION = "create"
"""What the journal calls it."""

_MOST_FIELDS = 12
_DELETION = "delete"
_DELETING_TAKES_S = 60.0


@dataclass(frozen=True)
class Wanted:
    """A pipe that is to exist: its service, its name and the body that would create it."""

    service_id: str
    name: str
    body: RequestBody
    spec: SourceSpec

    @property
    def attempt(self) -> Attempt:
        """The attempt at creating it."""
        return Attempt(
            self.service_id,
            CREATION,
            self.name,
            lambda entry: entry.is_about(self.name),
            noun="pipe",
            title="pipe",
            unlisted="No ClickPipe of that name",
            look_again=NextAction(
                "list_clickpipes",
                "look again in a minute, before creating it again",
                {"name_contains": self.name},
            ),
        )


async def find_existing(call: Call[Any], wanted: Wanted) -> Pipe | None:
    """The pipe, where it is there already.

    Raises:
        Conflict: The name belongs to a pipe that is set up differently, or is being deleted.
    """
    pipes = await call.app.client.pipes(wanted.service_id)
    named = [pipe for pipe in pipes if pipe.name == wanted.name]
    if not named:
        return None
    staying = [pipe for pipe in named if not _is_being_deleted(call, pipe)]
    if not staying:
        raise _leaving(named[0])
    compared = [(pipe, differences(wanted.body, pipe, wanted.spec)) for pipe in staying]
    for pipe, differing in compared:
        if not differing:
            return pipe
    raise _different(*compared[0], wanted)


def _is_being_deleted(call: Call[Any], pipe: Pipe) -> bool:
    """Whether this server had it deleted: the API goes on listing it for a while."""
    journal = call.app.journal
    return any(
        entry.operation == _DELETION
        and entry.clickpipe_id == pipe.id
        and (entry.outcome == DONE or (entry.is_open and journal.age_s(entry) < _DELETING_TAKES_S))
        for entry in journal.recent()
    )


def _leaving(pipe: Pipe) -> Conflict:
    target: dict[str, object] = {"clickpipe": pipe.id, "until": "deleted"}
    return Conflict(
        f"The ClickPipe of that name ({pipe.id}) is being deleted.",
        fix="Wait until it is gone, then repeat the call unchanged.",
        next_actions=[NextAction("wait_for_clickpipe", "until it is gone", target)],
    )


def _different(pipe: Pipe, differing: tuple[str, ...], wanted: Wanted) -> Conflict:
    fields = ", ".join(_as_written(path, wanted.spec.arm) for path in differing[:_MOST_FIELDS])
    rest = len(differing) - _MOST_FIELDS
    more = f" and {rest} more" if rest > 0 else ""
    target: dict[str, object] = {"clickpipe": pipe.id}
    return Conflict(
        f"A ClickPipe of that name exists already ({pipe.id}, {pipe.state}) and is set up "
        f"differently in: {fields}{more}.",
        fix="Use it, change it with update_clickpipe, or choose another name.",
        next_actions=[NextAction("get_clickpipe", "shows the existing pipe", target)],
    )


def _as_written(path: str, arm: str) -> str:
    """A path as the tool's arguments are written: `source.table_mappings`."""
    return ".".join(snake_case(step) for step in path.split(".") if step != arm)
