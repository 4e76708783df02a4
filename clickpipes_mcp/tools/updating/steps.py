"""An update as its writes, in their order: a dry run shows them, a call walks through them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from clickpipes_mcp.cloud import Requests, telling_facts
from clickpipes_mcp.tools.updating.course import Course
from clickpipes_mcp.tools.updating.edits import Edit
from clickpipes_mcp.tools.writes import Write, write_to

_CHANGED = "changed"
"""Stands for what no read shows, once an update has changed it: no create asks for that."""


@dataclass(frozen=True)
class Step:
    """One write, and what the answer calls it."""

    name: str
    write: Write[Any]


@dataclass(frozen=True)
class Steps:
    """The writes of an update.

    `pause` and `pause_again` are None where the course needs none. `run_again` is the way back:
    it is sent only where the API does not resume the pipe by itself, and is shown with that note.
    """

    pause: Step | None
    changes: tuple[Step, ...]
    pause_again: Step | None
    run_again: Step

    @property
    def writes(self) -> tuple[Write[Any], ...]:
        """All that is sent, in its order."""
        before = (self.pause,) if self.pause else ()
        after = (self.pause_again,) if self.pause_again else ()
        return tuple(step.write for step in (*before, *self.changes, *after))


def steps_of(requests: Requests, edit: Edit, course: Course) -> Steps:
    """The writes that an edit comes to on its course."""
    pipe = edit.pipe
    stop = write_to(pipe, "stop", requests.set_pipe_state(pipe.service_id, pipe.id, "stop"))
    start = write_to(pipe, "start", requests.set_pipe_state(pipe.service_id, pipe.id, "start"))
    return Steps(
        pause=Step("pause", stop) if course.stops else None,
        changes=tuple(_changes(requests, edit)),
        pause_again=Step("pause again", stop) if course.runs is False else None,
        run_again=Step("run again", start),
    )


def _changes(requests: Requests, edit: Edit) -> Iterator[Step]:
    pipe = edit.pipe
    if edit.body:
        request = requests.update_pipe(pipe.service_id, pipe.id, edit.body)
        write = write_to(pipe, "update", request)
        changes_hidden = telling_facts(edit.body, edit.spec.read_back)
        yield Step("update", replace(write, digest=_CHANGED) if changes_hidden else write)
    if edit.settings:
        put = requests.put_pipe_settings(pipe.service_id, pipe.id, edit.settings)
        yield Step("settings", write_to(pipe, "update settings", put))
