"""What operations cost: the documented list prices, and nothing that is not known."""

import pytest

from clickpipes_mcp.cdc_scaling import CdcScalingRequest
from clickpipes_mcp.cloud import CdcScaling, Scaling
from clickpipes_mcp.scaling import ScalingRequest
from clickpipes_mcp.sources import SOURCES, source_named
from clickpipes_mcp.tools import costs as _costs
from clickpipes_mcp.tools.extent import Extent

DOCUMENTED_HOURS = {125: 0.0125, 250: 0.025, 500: 0.05, 1000: 0.10, 2000: 0.20}


@pytest.mark.parametrize("millicores", DOCUMENTED_HOURS)
def test_a_replica_of_every_documented_size_costs_what_is_documented(millicores) -> None:
    assert _costs.compute_usd(1, millicores) == pytest.approx(DOCUMENTED_HOURS[millicores])


@pytest.mark.parametrize("spec", [*SOURCES, None], ids=lambda spec: spec and spec.key)
def test_every_answer_names_the_page_of_the_prices(spec) -> None:
    for costs in (
        _costs.of_ingesting(spec, Extent(loads=True, follows=True)),
        _costs.of_loading(spec, "a load"),
    ):
        assert costs[-1] == f"List prices: {_costs.PRICES}"


def test_of_an_unknown_source_nothing_is_told_but_the_page() -> None:
    costs = (
        _costs.of_ingesting(None, Extent()),
        _costs.of_loading(None, "a load"),
        _costs.of_stopping(None),
        _costs.of_deleting(None),
    )

    assert costs == ([f"List prices: {_costs.PRICES}"], [f"List prices: {_costs.PRICES}"], [], [])


def test_replicas_multiply() -> None:
    costs = _costs.of_ingesting(source_named("kafka"), Extent(follows=True), (3, 500))

    assert costs[0].startswith("compute: $0.15 an hour")


def test_files_cost_no_data() -> None:
    assert not any(
        "GB" in cost for cost in _costs.of_ingesting(source_named("s3"), Extent(follows=True))
    )


@pytest.mark.parametrize("key", [spec.key for spec in SOURCES if spec.charges is None])
def test_what_is_free_for_now_is_not_priced(key) -> None:
    spec = source_named(key)
    costs = [
        *_costs.of_ingesting(spec, Extent(loads=True, follows=True)),
        *_costs.of_loading(spec, "a load"),
        *_costs.of_stopping(spec),
        *_costs.of_deleting(spec),
    ]

    assert not any("$" in cost or "charged" in cost for cost in costs)


def test_what_databases_share_is_charged_while_one_of_them_rests() -> None:
    (stopped,) = _costs.of_stopping(source_named("postgres"))

    assert "charged while paused too" in stopped
    assert _costs.of_stopping(source_named("kafka")) == []


def test_replication_without_a_load_costs_no_load() -> None:
    costs = _costs.of_ingesting(source_named("postgres"), Extent(follows=True))

    assert not any("initial load" in cost for cost in costs)


@pytest.mark.parametrize("before", [None, Scaling(), Scaling(replicas=0)], ids=str)
def test_a_size_that_is_not_shown_is_not_priced(before) -> None:
    wanted = ScalingRequest(replicas=2, replica_cpu_millicores=1000)

    costs = _costs.of_scaling(before, wanted)

    assert costs[0].startswith("compute: $0.20 an hour (the size now is not shown);")


def test_the_same_size_costs_the_same() -> None:
    before = CdcScaling(replica_cpu_millicores=4000)

    costs = _costs.of_cdc_scaling(before, CdcScalingRequest(replica_cpu_millicores=4000))

    assert costs[0] == "compute: $0.40 an hour, as now"


@pytest.mark.parametrize("spec", SOURCES, ids=lambda spec: spec.key)
@pytest.mark.parametrize("loads", [True, False], ids=["loads", "does not load"])
@pytest.mark.parametrize("follows", [True, False], ids=["follows", "copies once"])
def test_every_source_is_priced_for_what_it_reads_and_for_nothing_else(
    spec, loads, follows
) -> None:
    costs = _costs.of_ingesting(spec, Extent(loads=loads, follows=follows))

    charges = spec.charges
    priced = {
        "compute": charges is not None,
        "data": bool(charges and charges.ingested_gb_usd),
        "initial load": bool(charges and charges.loaded_gb_usd and loads),
        "changes": bool(charges and charges.replicated_gb_usd and follows),
    }
    assert {word: any(c.startswith(word) for c in costs) for word in priced} == priced
    assert ("not metered" in costs[0]) is (charges is None)
