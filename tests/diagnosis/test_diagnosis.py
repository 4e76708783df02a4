"""Whole pipes: healthy ones are left alone, and each known trouble is named first."""

import pytest

from clickpipes_mcp.contract import Family
from clickpipes_mcp.diagnosis import (
    EndpointFacts,
    Facts,
    Metric,
    Row,
    ServiceFacts,
    Severity,
    diagnose,
)
from clickpipes_mcp.simulator.troubles import TROUBLES
from clickpipes_mcp.simulator.world.scenarios import SCENARIOS
from clickpipes_mcp.sources import SOURCES

FAMILIES = {source.arm: source.family for source in SOURCES}
TOLD_BY_A_PERSON = {"queue-shared": "some files never arrive"}
"""What leaves no trace anywhere and has to be told."""

TELLING_METRICS = {
    "undersized": {"Replica_CPUUsage": (121,)},
    "slot-growing": {"SourceReplicationLatency_MiB": (2000, 12.0)},
    "snapshot-stuck": {"FetchedBytesInitialLoad_Total": (0, 0.0)},
    "new-files-ignored": {"FetchedBytes_Total": (6e8, 0.0)},
}


def metrics(values) -> dict[str, Metric]:
    return {f"ClickPipes_{name}": Metric(*value) for name, value in values.items()}


def usual_metrics(family) -> dict[str, Metric]:
    if family is Family.DATABASE:
        return metrics(
            {
                "CDC_SourceLatency": (36_000,),
                "CDC_DestinationLatency": (6000,),
                "CDC_CPUUsage": (600,),
                "CDC_CPULimit": (2000,),
                "Errors_Total": (0, 0.0),
                "FetchedBytesInitialLoad_Total": (6e9, 0.0),
                "SourceReplicationLatency_MiB": (12, 0.0),
            }
        )
    return metrics(
        {
            "FetchedEvents_Total": (1e6, 500.0),
            "FetchedBytes_Total": (6e8, 3e5),
            "SentEvents_Total": (0.9998e6, 499.0),
            "Errors_Total": (0, 0.0),
            "Latency": (900,),
            "Replica_CPUUsage": (44,),
            "Replica_CPULimit": (125,),
            "Replica_MemoryUsage": (0.35,),
            "Replica_MemoryLimit": (1,),
        }
    )


def healthy(arm) -> Facts:
    family = FAMILIES[arm]
    files = {"isContinuous": True, "url": "https://bucket.s3.amazonaws.com/orders/*.json"}
    settings = {"settings": {"replicationMode": "cdc", "syncIntervalSeconds": 60}}
    return Facts(
        family=family,
        arm=arm,
        state="Running",
        state_age_s=1800,
        pipe_age_s=86_400,
        source=files if family is Family.OBJECT_STORAGE else settings,
        service=ServiceFacts("running", "aws", "us-east-1"),
        metrics=usual_metrics(family),
    )


def troubled(name) -> Facts:
    """What can be seen of a trouble; of a database pipe a person quotes the console."""
    trouble = TROUBLES[name]
    base = healthy(trouble.arms[0])
    told = TOLD_BY_A_PERSON.get(name, trouble.says if base.family is Family.DATABASE else "")
    logged = base.family is not Family.DATABASE and trouble.says
    record = trouble.record
    return Facts(
        family=base.family,
        arm=base.arm,
        state=trouble.steps[-1].state,
        state_age_s=1800,
        pipe_age_s=86_400,
        source={**base.source, **trouble.source},
        settings=trouble.settings,
        service=base.service,
        endpoints=(EndpointFacts("vpce-1", "PendingAcceptance"),) if trouble.endpoint else (),
        metrics={**base.metrics, **metrics(TELLING_METRICS.get(name, {}))},
        errors=(told,) if told else (),
        log_rows=(Row(trouble.says, 20),) if logged else (),
        record_errors=(Row(f"{record.code}: {record.text}", 20),) if record else (),
    )


@pytest.mark.parametrize("arm", FAMILIES)
def test_a_healthy_pipe_is_left_alone(arm):
    assert diagnose(healthy(arm)) == ()


@pytest.mark.parametrize("name", TROUBLES)
def test_a_planted_trouble_is_named_first(name):
    assert diagnose(troubled(name))[0].rule.id == SCENARIOS[name].cause


@pytest.mark.parametrize("service", ["idle", "stopped"])
def test_a_service_that_does_not_run_is_all_there_is_to_say(service):
    found = diagnose(Facts(state="Running", service=ServiceFacts(service)))
    assert [finding.rule.id for finding in found] == [SCENARIOS[f"{service}-service"].cause]


def test_being_throttled_is_named():
    (finding,) = diagnose(Facts(http_status=429))
    assert finding.rule.id == SCENARIOS["throttled"].cause


def test_a_finished_load_is_worth_a_note_only():
    (finding,) = diagnose(Facts(family=Family.DATABASE, arm="bigquery", state="Completed"))
    assert finding.rule.id == SCENARIOS["completed-snapshot"].cause
    assert finding.rule.severity is Severity.NOTE


def test_a_failed_pipe_without_any_trace_says_that_the_reason_is_not_visible():
    (finding,) = diagnose(Facts(family=Family.DATABASE, arm="mysql", state="Failed"))
    assert finding.rule.id == "pipe.failed"
    assert finding.evidence[0].text == "The pipe is Failed."


def test_nothing_known_finds_nothing():
    assert diagnose(Facts()) == ()
