"""Sizes: what a call asks for, and what is in force."""

from collections.abc import Mapping
from typing import Any, TypeVar

from clickpipes_mcp.cloud import CdcScaling, Scaling
from clickpipes_mcp.contract import Request, Rule
from clickpipes_mcp.tools.arguments import check
from clickpipes_mcp.tools.record import Call

R = TypeVar("R", bound=Request)


def read_size(call: Call[Any], model: type[R], rules: tuple[Rule[Any], ...]) -> R:
    """The fields of a call that make up a request of their own."""
    given = call.arguments.model_dump(include=set(model.model_fields), exclude_unset=True)
    request = model.model_validate(given)
    check(call, request, rules)
    return request


def say(body: Mapping[str, object]) -> str:
    """A size in few words."""
    return ", ".join(f"{key} {value}" for key, value in body.items())


def size_in_force(held: Scaling | CdcScaling | None) -> dict[str, object]:
    """A size under the API's keys; zero and absent are sizes that have not settled yet."""
    found = held.model_dump(by_alias=True, exclude={"request_id"}) if held else {}
    return {key: value for key, value in found.items() if value}
