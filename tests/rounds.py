"""What a client sends with a call once the person has answered what the round before asked."""

from typing import Any

from mcp_types import ElicitResult, InputRequiredResult


def answers_to(asked: object, **content: str) -> dict[str, Any]:
    """The second round: this to everything that was asked in the first."""
    assert isinstance(asked, InputRequiredResult)
    accepted = ElicitResult(action="accept", content=dict(content))
    return {
        "input_responses": dict.fromkeys(asked.input_requests or {}, accepted),
        "request_state": asked.request_state,
        "allow_input_required": True,
    }
