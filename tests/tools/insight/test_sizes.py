"""Numbers that a step proposes, begun from those in force."""

from dataclasses import replace

import pytest

from clickpipes_mcp.contract import Family
from clickpipes_mcp.diagnosis import RULES, Facts, StepKind
from clickpipes_mcp.sources import source_named
from clickpipes_mcp.tools.insight.sizes import sized

KAFKA = Facts(arm="kafka", family=Family.STREAMING)
POSTGRES = Facts(arm="postgres", family=Family.DATABASE)


def step_of(rule_id, tool, **own):
    (step,) = (
        step
        for rule in RULES
        if rule.id == rule_id
        for step in rule.fix
        if step.kind is StepKind.TOOL_CALL and step.code == tool
    )
    return replace(step, **own)


def scaled(cpu, replicas=1):
    size = {"replicas": replicas, "replicaCpuMillicores": cpu, "replicaMemoryGb": cpu / 250}
    step = step_of("stream.undersized", "scale_clickpipe")
    return sized(step, replace(KAFKA, scaling=size), None)


@pytest.mark.parametrize(("held", "next_size"), [(125, 250), (500, 1000), (1000, 2000)])
def test_the_next_size_is_the_one_after_the_present(held, next_size):
    assert scaled(held).arguments == {
        "replica_cpu_millicores": next_size,
        "replica_memory_gb": next_size / 250,
    }


def test_after_the_largest_size_come_more_replicas():
    assert scaled(2000, replicas=3).arguments == {"replicas": 4}
    assert scaled(2000, replicas=40) is None


def test_a_size_that_has_not_settled_is_no_beginning():
    step = step_of("stream.undersized", "scale_clickpipe")
    unsettled = replace(KAFKA, scaling={"replicas": 0, "replicaCpuMillicores": 0})
    assert sized(step, unsettled, None) == step


def test_the_shared_compute_is_doubled_up_to_its_most():
    step = step_of("workload.cdc-undersized", "update_cdc_scaling")
    for held, wanted in ((8000, 16_000), (24_000, 32_000)):
        found = sized(step, replace(POSTGRES, scaling={"replicaCpuMillicores": held}), None)
        assert found.arguments["replica_cpu_millicores"] == wanted
    assert sized(step, replace(POSTGRES, scaling={"replicaCpuMillicores": 32_000}), None) is None


def batch(interval):
    step = step_of("postgres.slot-growing", "update_clickpipe")
    held = {"settings": {"syncIntervalSeconds": interval, "pullBatchSize": 10_000_000}}
    return sized(step, replace(POSTGRES, source=held), source_named("postgres").update)


def test_a_setting_that_is_larger_already_is_doubled_and_one_at_its_most_left_out():
    assert batch(60).arguments == {"source": {"settings": {"sync_interval_seconds": 300}}}
    assert batch(900).arguments == {"source": {"settings": {"sync_interval_seconds": 1800}}}


def test_what_is_to_be_lowered_is_halved_where_it_is_lower_already():
    step = step_of("object-storage.throttled", "update_clickpipe_settings")
    model = source_named("s3").settings
    for held, wanted in ((20, 4), (4, 2)):
        facts = Facts(arm="objectStorage", settings={"object_storage_concurrency": held})
        found = sized(step, facts, model).arguments["settings"]
        assert found == {"object_storage_concurrency": wanted}
    least = Facts(arm="objectStorage", settings={"object_storage_concurrency": 1})
    assert sized(step, least, model) is None
