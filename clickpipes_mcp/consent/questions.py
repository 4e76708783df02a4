"""The forms in which a person is asked, and what counts as a yes.

A bare accept is never consent: some clients accept every form by themselves. Deleting,
resyncing and removing tables take the name, typed; stopping takes a choice that has no
default.
"""

from typing import Literal

from mcp.server.mcpserver.resolve import Elicit
from pydantic import BaseModel, Field

from clickpipes_mcp.consent.impact import Impact, Operation
from clickpipes_mcp.quotation import unmarked


class TypedName(BaseModel):
    """The person types the name of what it is about."""

    name: str = Field(description="Type the exact name to go ahead.")


class StopOrLeave(BaseModel):
    """The person picks one of two outcomes."""

    choice: Literal["stop it", "leave it running"] = Field(
        description="What should happen to the ClickPipe?"
    )


def question(impact: Impact) -> Elicit[TypedName] | Elicit[StopOrLeave]:
    """What a person is shown and asked; a pure function of the impact."""
    message = f"{impact.headline}\n{impact.facts()}"
    if impact.operation is Operation.STOP:
        return Elicit(message, StopOrLeave)
    name = unmarked(impact.subject_name)
    return Elicit(f"{message}\nTo go ahead, type the name: {name}", TypedName)


def is_yes(answer: object, impact: Impact) -> bool:
    """Whether an accepted form says yes to exactly this."""
    if impact.operation is Operation.STOP:
        return isinstance(answer, StopOrLeave) and answer.choice == "stop it"
    return isinstance(answer, TypedName) and _typed(answer.name) == _typed(impact.subject_name)


def _typed(name: str) -> str:
    """A name as it is compared: with its own quotation marks or as it is shown."""
    return unmarked(name.strip())
