"""What operations cost, as far as it can be told beforehand: list prices as data.

Source: ClickHouse Cloud documentation on the billing of ClickPipes. Prices differ by
organization; what an answer shows is the list price, with the page it stands on.
"""

from collections.abc import Mapping

from clickpipes_mcp.cloud import CdcScaling, Scaling
from clickpipes_mcp.contract import Family
from clickpipes_mcp.operations import CdcScalingRequest, ScalingRequest

PRICES = "clickhouse.com/docs/cloud/reference/billing/clickpipes"
UNIT_HOUR_USD = 0.20
MILLICORES_PER_UNIT = 2000
"""One compute unit is 2 cores with 8 GiB, for streams as for databases."""

INGESTED_GB_USD = 0.04
LOADED_GB_USD = 0.10
REPLICATED_GB_USD = 0.20
SMALLEST_REPLICA = (1, 125)
"""Replicas and millicores of a pipe that nobody sized."""

NOT_METERED_YET = frozenset({"mysql", "mongodb"})
"""Free until general availability."""

_COMPUTE = f"${UNIT_HOUR_USD:.2f} an hour for each {MILLICORES_PER_UNIT} millicores"
_BEGUN = "begun hours are charged whole"


def compute_usd(replicas: int, millicores: int) -> float:
    """What replicas of that size cost in an hour."""
    return replicas * millicores / MILLICORES_PER_UNIT * UNIT_HOUR_USD


def size_of(scaling: Scaling | None) -> tuple[int, int]:
    """Replicas and millicores; the smallest where the API does not show them, or not yet."""
    replicas, millicores = SMALLEST_REPLICA
    if scaling is None:
        return replicas, millicores
    return scaling.replicas or replicas, scaling.replica_cpu_millicores or millicores


def _usd(amount: float) -> str:
    digits = f"{amount:.4f}".rstrip("0")
    return f"${digits}{'0' * (2 - len(digits.partition('.')[2]))}"


def _listed(*costs: str) -> list[str]:
    return [*costs, f"List prices: {PRICES}"]


def of_ingesting(
    family: Family, arm: str, size: tuple[int, int] = SMALLEST_REPLICA, *, loads: bool = True
) -> list[str]:
    """What a pipe costs while it runs; `loads` where a database is first copied whole."""
    if family is Family.DATABASE:
        if arm in NOT_METERED_YET:
            return _listed("not metered until general availability")
        load = [f"initial load: ${LOADED_GB_USD:.2f}/GB"] if loads else []
        return _listed(
            f"compute shared by the service's database pipes: {_COMPUTE}, paused or not",
            *load,
            f"changes: ${REPLICATED_GB_USD:.2f}/GB, uncompressed",
        )
    if family is Family.OBJECT_STORAGE:
        # The documentation sizes it by the service, once, at creation.
        return _listed(f"compute: {_COMPUTE}; {_BEGUN}")
    return _listed(
        f"compute: {_usd(compute_usd(*size))} an hour; {_BEGUN}",
        f"data: ${INGESTED_GB_USD:.2f}/GB ingested",
    )


def of_loading(arm: str, what: str) -> list[str]:
    """What it costs to copy tables of a database whole."""
    if arm in NOT_METERED_YET:
        return _listed(f"{what}: not metered until general availability")
    return _listed(f"{what}: ${LOADED_GB_USD:.2f}/GB")


def of_scaling(before: Scaling | None, wanted: ScalingRequest) -> list[str]:
    """What the compute of a pipe costs an hour, then and, where its size is shown, now."""
    replicas, millicores = size_of(before)
    then = (wanted.replicas or replicas, wanted.replica_cpu_millicores or millicores)
    is_shown = before and before.replicas and before.replica_cpu_millicores
    now = compute_usd(replicas, millicores) if is_shown else None
    return _listed(_now_and_then(now, compute_usd(*then)))


def of_cdc_scaling(before: CdcScaling, wanted: CdcScalingRequest) -> list[str]:
    """What the compute that a service's database pipes share costs an hour, then and now."""
    held = before.replica_cpu_millicores
    then = wanted.replica_cpu_millicores or held or MILLICORES_PER_UNIT
    now = compute_usd(1, held) if held else None
    return _listed(_now_and_then(now, compute_usd(1, then)))


def _now_and_then(now: float | None, then: float) -> str:
    if now == then:
        return f"compute: {_usd(then)} an hour, as now"
    instead = f" instead of {_usd(now)}" if now is not None else ""
    return f"compute: {_usd(then)} an hour{instead}; {_BEGUN}"


STOPPED_COSTS: Mapping[Family, tuple[str, ...]] = {
    Family.STREAMING: (),
    Family.OBJECT_STORAGE: (),
    Family.DATABASE: (
        "the compute shared by the service's database pipes is charged while paused too",
    ),
}
DELETED_COSTS: Mapping[Family, tuple[str, ...]] = {
    Family.STREAMING: (),
    Family.OBJECT_STORAGE: (),
    Family.DATABASE: ("the shared compute is charged until the last database pipe is deleted",),
}
