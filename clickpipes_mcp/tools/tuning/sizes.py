"""Sizes: what a call asks for, and what is in force."""

from collections.abc import Mapping
from typing import Any, TypeVar

from clickpipes_mcp.cdc_scaling import CdcScalingRequest
from clickpipes_mcp.cloud import CdcScaling, Scaling
from clickpipes_mcp.contract import Request, Rule
from clickpipes_mcp.scaling import MEMORY_GB_PER_CORE, ScalingRequest
from clickpipes_mcp.tools.arguments import check
from clickpipes_mcp.tools.record import Call

R = TypeVar("R", bound=Request)


def read_size(call: Call[Any], model: type[R], rules: tuple[Rule[Any], ...]) -> R:
    """The size in a call's arguments, as a request."""
    given = call.arguments.model_dump(include=set(model.model_fields), exclude_unset=True)
    request = model.model_validate(given)
    check(call, request, rules)
    return request


def tell_memory(
    held: Scaling | CdcScaling | None, wanted: ScalingRequest | CdcScalingRequest, *, follows: bool
) -> list[str]:
    """What becomes of the memory where only the CPU is given; `follows` where it moves along.

    Source: OpenAPI contract, ClickPipesCdcScaling (memory is four times the cores) and
    ClickPipeScalingPatchRequest (what is left out stays).
    """
    if wanted.replica_cpu_millicores is None or wanted.replica_memory_gb is not None:
        return []
    fitting = f"{wanted.replica_cpu_millicores * MEMORY_GB_PER_CORE / 1000:g}"
    if follows:
        return [f"replica_memory_gb becomes {fitting}, because it is always 4 for each core."]
    now = held.replica_memory_gb if held else None
    if now is not None and f"{now:g}" == fitting:
        return []
    stays = f"stays {now:g}" if now is not None else "stays as it is"
    told = (
        f"replica_memory_gb {stays}: it does not follow the CPU. Documented sizes have {fitting} "
        f"with {wanted.replica_cpu_millicores} millicores."
    )
    return [told]


def say(body: Mapping[str, object]) -> str:
    """A size as text: each field with its value."""
    return ", ".join(f"{key} {value}" for key, value in body.items())


def size_in_force(held: Scaling | CdcScaling | None) -> dict[str, object]:
    """A size under the API's keys; zero and absent are sizes that have not settled yet."""
    found = held.model_dump(by_alias=True, exclude={"request_id"}) if held else {}
    return {key: value for key, value in found.items() if value}
