"""What was read of one pipe before, as panels and pages draw it."""

from datetime import timedelta
from typing import Final

from clickpipes_mcp.app import App
from clickpipes_mcp.field_types import is_uuid
from clickpipes_mcp.panels.figures import Past
from clickpipes_mcp.pipe_attention import reason_of

_FRESH: Final = timedelta(seconds=60)
"""So old a reading may be, for it to say what needs a person now."""


def past_of(app: App, pipe: str, state: str) -> Past:
    """The past of a pipe that is in this state, by its id; or by its name, if no other has it."""
    history = app.client.history
    pipe_id = pipe if is_uuid(pipe) else history.only_one_named(pipe) or pipe
    samples, change = history.readings_of(pipe_id), history.change_of(pipe_id)
    is_fresh = bool(samples) and app.clock.now() - samples[-1].at <= _FRESH
    reason = reason_of(state, samples if is_fresh else ())
    return Past(
        samples,
        history.since_of(pipe_id),
        change.before if change else "",
        change.until if change else None,
        reason.rank if reason else 0,
        reason.words if reason else "",
    )
