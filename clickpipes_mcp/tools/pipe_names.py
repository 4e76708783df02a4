"""The name of a pipe, which no two of a service shall have."""

from collections.abc import Sequence
from typing import Final

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.errors import NextAction
from clickpipes_mcp.journal import Journal
from clickpipes_mcp.tools.adoption import Present, Words, refuse_leaving, refuse_taken
from clickpipes_mcp.tools.deletions import is_leaving

PIPE_WORDS: Final = Words(
    noun="pipe",
    title="pipe",
    called="ClickPipe of that name",
    instead="Use it, change it with update_clickpipe, or choose another name.",
)


def describe_present(pipe: Pipe) -> Present:
    """The words about an existing pipe in an error of conflict."""
    named: dict[str, object] = {"clickpipe": pipe.id}
    return Present(
        pipe.id,
        pipe.state,
        look=NextAction("get_clickpipe", "shows the existing pipe", named),
        wait=NextAction(
            "wait_for_clickpipe", "waits until it is gone", named | {"until": "deleted"}
        ),
    )


def check_new_name(journal: Journal, pipe: Pipe, name: str, beside: Sequence[Pipe]) -> None:
    """Whether a pipe may be given a name; one that it has already is no new one.

    Raises:
        Conflict: Another pipe of the service has it.
    """
    if name == pipe.truth.name:
        return
    holders = [other for other in beside if other.truth.name == name]
    staying = [other for other in holders if not is_leaving(journal, other)]
    if staying:
        raise refuse_taken(PIPE_WORDS, describe_present(staying[0]), "Choose another name.")
    if holders:
        raise refuse_leaving(PIPE_WORDS, describe_present(holders[0]))
