"""What operations cost: the documented list prices, and nothing that is not known."""

import pytest

from clickpipes_mcp.cloud import CdcScaling, Scaling
from clickpipes_mcp.contract import Family
from clickpipes_mcp.operations import REPLICA_SIZES, CdcScalingRequest, ScalingRequest
from clickpipes_mcp.tools import costs as _costs

DOCUMENTED_HOURS = {"XS": 0.0125, "S": 0.025, "M": 0.05, "L": 0.10, "XL": 0.20}


@pytest.mark.parametrize("size", DOCUMENTED_HOURS)
def test_a_replica_of_every_documented_size_costs_what_is_documented(size) -> None:
    millicores, _ = REPLICA_SIZES[size]

    assert _costs.compute_usd(1, millicores) == pytest.approx(DOCUMENTED_HOURS[size])


@pytest.mark.parametrize("family", Family)
def test_every_answer_names_the_page_of_the_prices(family) -> None:
    assert _costs.of_ingesting(family, "any")[-1] == f"List prices: {_costs.PRICES}"


def test_replicas_multiply() -> None:
    costs = _costs.of_ingesting(Family.STREAMING, "kafka", (3, 500))

    assert costs[0].startswith("compute: $0.15 an hour")


def test_files_cost_no_data() -> None:
    assert not any("GB" in cost for cost in _costs.of_ingesting(Family.OBJECT_STORAGE, "any"))


@pytest.mark.parametrize("arm", sorted(_costs.NOT_METERED_YET))
def test_what_is_free_for_now_is_not_priced(arm) -> None:
    costs = [*_costs.of_ingesting(Family.DATABASE, arm), *_costs.of_loading(arm, "a load")]

    assert not any("$" in cost for cost in costs)


def test_replication_without_a_load_costs_no_load() -> None:
    costs = _costs.of_ingesting(Family.DATABASE, "postgres", loads=False)

    assert not any("initial load" in cost for cost in costs)


@pytest.mark.parametrize("before", [None, Scaling(), Scaling(replicas=0)], ids=str)
def test_a_size_that_is_not_shown_is_not_priced(before) -> None:
    wanted = ScalingRequest(replicas=2, replica_cpu_millicores=1000)

    costs = _costs.of_scaling(before, wanted)

    assert costs[0] == "compute: $0.20 an hour; begun hours are charged whole"


def test_the_same_size_costs_the_same() -> None:
    before = CdcScaling(replica_cpu_millicores=4000)

    costs = _costs.of_cdc_scaling(before, CdcScalingRequest(replica_cpu_millicores=4000))

    assert costs[0] == "compute: $0.40 an hour, as now"
