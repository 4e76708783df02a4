"""A pipe in the place of one that cannot be changed: a whole call, or how a person makes it one.

A create that would make the broken pipe a second time is never offered.
"""

from collections.abc import Iterable, Mapping

from pydantic import JsonValue

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.diagnosis import LOGIN, Step, position_of
from clickpipes_mcp.errors import NextAction
from clickpipes_mcp.pipe_states import Stage, state_named
from clickpipes_mcp.tools.insight.names import is_open
from clickpipes_mcp.tools.insight.recreation import Recreation, recreation, tell_open
from clickpipes_mcp.tools.insight.steps import Case, changed_fields, is_recreation


def stop_first(pipe: Pipe) -> NextAction:
    """The call that brings the old pipe to rest before another takes its place."""
    why = "comes first if the pipe is recreated, so that the new one goes on from there"
    return NextAction("stop_clickpipe", why, {"clickpipe": pipe.id})


def needs_stop(steps: Iterable[Step], pipe: Pipe, case: Case) -> bool:
    """Whether one of the steps makes a pipe anew that still reads."""
    stage = state_named(pipe.state).stage
    return stage is Stage.WORKING and any(
        is_recreation(step, case) and position_of(case.facts, _wanted(step)).stops_first
        for step in steps
    )


def _wanted(step: Step) -> Mapping[str, JsonValue]:
    """What a step wants of the source of a new pipe, where nothing of it is left open."""
    source = step.arguments.get("source")
    return source if isinstance(source, dict) and not is_open(source) else {}


def successor(step: Step, pipe: Pipe, case: Case) -> Recreation | None:
    """The whole call of a step that makes the pipe anew; never of one that is like the old."""
    if case.spec is None or not is_recreation(step, case):
        return None
    made = recreation(pipe, case.spec, case.facts, _wanted(step))
    is_ready = made and (made.differs or step.is_anew or step.changes == LOGIN)
    return made if is_ready else None


def tell(step: Step, pipe: Pipe, case: Case) -> str:
    """The text of a step, with how to make a pipe anew where no whole call can be given."""
    if not is_recreation(step, case) or successor(step, pipe, case):
        return step.text
    spec = case.spec
    known = spec.source_fields if spec else ()
    fields = [name for name in changed_fields(step) if name in known]
    return f"{step.text} {tell_open(pipe, case.facts, fields)}"
