"""The forms in which a person is asked, and what counts as a yes.

A bare accept is never consent: some clients accept every form by themselves. Deleting,
resyncing and removing tables take the name, typed; stopping, and a change for which a pipe is
paused, take a choice that has no default. Where the operator asks for a PIN, every form has a
field for it.
"""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from mcp.server.mcpserver.resolve import Elicit
from pydantic import BaseModel, Field

from clickpipes_mcp.consent.impact import Impact, Operation
from clickpipes_mcp.consent.typed_names import flaw_in
from clickpipes_mcp.quotation import unmarked


class TypedName(BaseModel):
    """The person types the name of what it is about."""

    name: str = Field(description="Type the exact name to go ahead.")


class StopOrLeave(BaseModel):
    """The person picks one of two outcomes."""

    choice: Literal["stop it", "leave it running"] = Field(
        description="What should happen to the ClickPipe?"
    )


class ChangeOrLeave(BaseModel):
    """The person picks one of two outcomes."""

    choice: Literal["make the change", "leave it as it is"] = Field(
        description="What should happen to the ClickPipe?"
    )


class WithPin(BaseModel):
    """The person proves that they are the one who set the PIN."""

    pin: str = Field(description="Your approval PIN. Leave it empty to refuse.", max_length=128)


class TypedNameAndPin(TypedName, WithPin):
    """The person types the name and the PIN."""


class StopOrLeaveAndPin(StopOrLeave, WithPin):
    """The person picks one of two outcomes and types the PIN."""


class ChangeOrLeaveAndPin(ChangeOrLeave, WithPin):
    """The person picks one of two outcomes and types the PIN."""


Choice: TypeAlias = StopOrLeave | ChangeOrLeave
_CHOICES: Final[Mapping[Operation, tuple[type[Choice], type[Choice], Choice]]] = {
    Operation.STOP: (StopOrLeave, StopOrLeaveAndPin, StopOrLeave(choice="stop it")),
    Operation.PAUSE_AND_CHANGE: (
        ChangeOrLeave,
        ChangeOrLeaveAndPin,
        ChangeOrLeave(choice="make the change"),
    ),
}
"""The form, the one with a PIN, and the answer that agrees."""


def question(impact: Impact, *, takes_pin: bool = False) -> Elicit[TypedName] | Elicit[Choice]:
    """What a person is shown and asked; a pure function of the impact."""
    message = f"{impact.headline}\n{impact.facts()}"
    if not impact.operation.takes_name:
        plain, with_pin, _ = _CHOICES[impact.operation]
        return Elicit(message, with_pin if takes_pin else plain)
    message = f"{message}\nTo go ahead, type the name: {unmarked(impact.subject_name)}"
    return Elicit(message, TypedNameAndPin if takes_pin else TypedName)


def is_yes(answer: object, impact: Impact) -> bool:
    """Whether an accepted form says yes to exactly this."""
    if not impact.operation.takes_name:
        form, _, agreeing = _CHOICES[impact.operation]
        return isinstance(answer, form) and answer.choice == agreeing.choice
    return isinstance(answer, TypedName) and not flaw_in(answer.name, impact.subject_name)


def pin_in(answer: object) -> str | None:
    """The PIN that was typed into a form; None where the form has no field for it."""
    return answer.pin if isinstance(answer, WithPin) else None
