"""What operations cost, as far as it can be told beforehand, in list prices.

Source: ClickHouse Cloud documentation on the billing of ClickPipes. Prices differ by
organization; what an answer shows is the list price, with the page it stands on. What a kind of
source is charged for, the source says; of one that is not known only the page is told.
"""

from collections.abc import Iterator

from clickpipes_mcp.cdc_scaling import CdcScalingRequest
from clickpipes_mcp.cloud import CdcScaling, Scaling
from clickpipes_mcp.contract import SourceSpec
from clickpipes_mcp.scaling import ScalingRequest
from clickpipes_mcp.source_facts import Charges, Compute
from clickpipes_mcp.tools.extent import Extent

PRICES = "clickhouse.com/docs/cloud/reference/billing/clickpipes"
UNIT_HOUR_USD = 0.20
MILLICORES_PER_UNIT = 2000
"""One compute unit is 2 cores with 8 GiB, for streams as for databases."""

SMALLEST_REPLICA = (1, 125)
"""Replicas and millicores of a pipe that nobody sized."""

LIST_PRICES = f"List prices: {PRICES}"

_COMPUTE = f"${UNIT_HOUR_USD:.2f} an hour for each {MILLICORES_PER_UNIT} millicores"
_BEGUN = "begun hours are charged whole"
_FREE = "not metered until general availability"


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
    return [*costs, LIST_PRICES]


def of_ingesting(
    spec: SourceSpec | None, extent: Extent, size: tuple[int, int] = SMALLEST_REPLICA
) -> list[str]:
    """What a pipe costs while it runs, for what it reads."""
    if spec is None:
        return _listed()
    if spec.charges is None:
        return _listed(_FREE)
    return _listed(_compute(spec.charges, size), *_data(spec.charges, extent))


def _compute(charges: Charges, size: tuple[int, int]) -> str:
    if charges.compute is Compute.SHARED:
        return f"compute shared by the service's database pipes: {_COMPUTE}, paused or not"
    if charges.compute is Compute.SIZED_ONCE:
        return f"compute: {_COMPUTE}; {_BEGUN}"
    return f"compute: {_usd(compute_usd(*size))} an hour; {_BEGUN}"


def _data(charges: Charges, extent: Extent) -> Iterator[str]:
    if charges.ingested_gb_usd:
        yield f"data: ${charges.ingested_gb_usd:.2f}/GB ingested"
    if charges.loaded_gb_usd and extent.loads:
        yield f"initial load: ${charges.loaded_gb_usd:.2f}/GB"
    if charges.replicated_gb_usd and extent.follows:
        yield f"changes: ${charges.replicated_gb_usd:.2f}/GB, uncompressed"


def of_loading(spec: SourceSpec | None, what: str) -> list[str]:
    """What it costs to copy tables whole."""
    if spec is None:
        return _listed()
    if spec.charges is None:
        return _listed(f"{what}: {_FREE}")
    price = spec.charges.loaded_gb_usd
    return _listed(*([f"{what}: ${price:.2f}/GB"] if price else []))


def of_stopping(spec: SourceSpec | None) -> list[str]:
    """What a pipe goes on to cost when it is stopped."""
    if not _shares_compute(spec):
        return []
    return ["the compute shared by the service's database pipes is charged while paused too"]


def of_deleting(spec: SourceSpec | None) -> list[str]:
    """What goes on to cost when a pipe is deleted."""
    if not _shares_compute(spec):
        return []
    return ["the shared compute is charged until the last database pipe is deleted"]


def _shares_compute(spec: SourceSpec | None) -> bool:
    return spec is not None and spec.charges is not None and spec.charges.compute is Compute.SHARED


def of_scaling(before: Scaling | None, wanted: ScalingRequest) -> list[str]:
    """What the compute of a pipe costs an hour, then and, where its size is shown, now."""
    return _listed(_now_and_then(*_scaled(before, wanted)))


def of_cdc_scaling(before: CdcScaling, wanted: CdcScalingRequest) -> list[str]:
    """What the compute that a service's database pipes share costs an hour, then and now."""
    return _listed(_now_and_then(*_resized(before, wanted)))


def of_cdc_size(wanted: CdcScalingRequest) -> list[str]:
    """What shared compute of that size costs, whatever it costs now."""
    if wanted.replica_cpu_millicores is None:
        return []
    usd = compute_usd(1, wanted.replica_cpu_millicores)
    return _listed(f"compute: {_usd(usd)} an hour from then on; {_BEGUN}")


def raised_by_scaling(before: Scaling | None, wanted: ScalingRequest) -> str | None:
    """What a larger pipe costs; None where it costs no more. An unknown size counts as smaller."""
    return _raised(*_scaled(before, wanted))


def raised_by_cdc_scaling(before: CdcScaling, wanted: CdcScalingRequest) -> str | None:
    """What larger shared compute costs; None where it costs no more."""
    return _raised(*_resized(before, wanted))


def _raised(now: float | None, then: float) -> str | None:
    if now is None:
        return f"{_usd(then)} an hour (the size now is not shown)"
    return f"{_usd(then)} an hour instead of {_usd(now)}" if then > now else None


def _scaled(before: Scaling | None, wanted: ScalingRequest) -> tuple[float | None, float]:
    replicas, millicores = size_of(before)
    then = (wanted.replicas or replicas, wanted.replica_cpu_millicores or millicores)
    is_shown = before and before.replicas and before.replica_cpu_millicores
    now = compute_usd(replicas, millicores) if is_shown else None
    return now, compute_usd(*then)


def _resized(before: CdcScaling, wanted: CdcScalingRequest) -> tuple[float | None, float]:
    held = before.replica_cpu_millicores
    then = wanted.replica_cpu_millicores or held or MILLICORES_PER_UNIT
    return compute_usd(1, held) if held else None, compute_usd(1, then)


def _now_and_then(now: float | None, then: float) -> str:
    if now == then:
        return f"compute: {_usd(then)} an hour, as now"
    instead = f" instead of {_usd(now)}" if now is not None else " (the size now is not shown)"
    return f"compute: {_usd(then)} an hour{instead}; {_BEGUN}"
