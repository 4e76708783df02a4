import pytest
from pydantic import ValidationError

from clickpipes_mcp.contract import Family
from clickpipes_mcp.operations import (
    CDC_SCALING_RULES,
    REPLICA_SIZES,
    SCALING_RULES,
    SETTING_FACTS,
    CdcScalingRequest,
    PipeSettings,
    ScalingRequest,
    is_balanced,
    settings_for,
    settings_rules,
)

KINDS = [
    (Family.STREAMING, "kafka"),
    (Family.STREAMING, "kinesis"),
    (Family.OBJECT_STORAGE, "objectStorage"),
    (Family.DATABASE, "postgres"),
]
RULES = [
    *((ScalingRequest, SCALING_RULES, rule) for rule in SCALING_RULES),
    *((CdcScalingRequest, CDC_SCALING_RULES, rule) for rule in CDC_SCALING_RULES),
]
SETTINGS_RULES = [
    (family, arm, rule) for family, arm in KINDS[:3] for rule in settings_rules(family, arm)
]


def broken(rules, request) -> list[str]:
    return [rule.id for rule in rules if list(rule.check(request))]


@pytest.mark.parametrize(("model", "rules", "rule"), RULES, ids=lambda it: getattr(it, "id", ""))
def test_the_examples_of_a_rule_show_it(model, rules, rule):
    found = [broken(rules, model.model_validate(example)) for example in (rule.broken, rule.kept)]
    assert found == [[rule.id], []]


@pytest.mark.parametrize(
    ("family", "arm", "rule"), SETTINGS_RULES, ids=lambda it: getattr(it, "id", str(it))
)
def test_the_examples_of_a_settings_rule_show_it(family, arm, rule):
    rules = settings_rules(family, arm)
    examples = (rule.broken, rule.kept)
    found = [broken(rules, PipeSettings.model_validate(example)) for example in examples]
    assert found == [[rule.id], []]


def test_database_pipes_have_no_settings():
    assert settings_for(Family.DATABASE, "postgres") == ()
    rules = settings_rules(Family.DATABASE, "postgres")
    request = PipeSettings(streaming_max_insert_wait_ms=5000)
    assert broken(rules, request) == ["settings.not-for-databases"]


def test_every_setting_has_its_facts():
    assert set(SETTING_FACTS) == set(PipeSettings.model_fields)


@pytest.mark.parametrize("name", [name for name, fact in SETTING_FACTS.items() if fact.high])
def test_a_setting_takes_its_range_and_no_more(name):
    fact = SETTING_FACTS[name]
    assert PipeSettings(**{name: fact.low}).body() == {name: fact.low}
    assert PipeSettings(**{name: fact.high}).body() == {name: fact.high}
    for outside in (fact.low - 1, fact.high + 1):
        with pytest.raises(ValidationError):
            PipeSettings(**{name: outside})


def test_settings_keep_their_own_spelling_on_the_wire():
    assert PipeSettings(kafka_read_committed=False).body() == {"kafka_read_committed": False}


def test_sizes_are_camel_case_on_the_wire():
    body = ScalingRequest(replicas=2, replica_cpu_millicores=250, replica_memory_gb=1).body()
    assert body == {"replicas": 2, "replicaCpuMillicores": 250, "replicaMemoryGb": 1.0}


@pytest.mark.parametrize("name", REPLICA_SIZES)
def test_every_documented_size_is_balanced(name):
    assert is_balanced(*REPLICA_SIZES[name])


@pytest.mark.parametrize("millicores", [500, 1500, 33_000])
def test_cdc_cores_come_whole_between_1_and_32(millicores):
    with pytest.raises(ValidationError):
        CdcScalingRequest(replica_cpu_millicores=millicores)


@pytest.mark.parametrize("memory_gb", [2, 6, 132])
def test_cdc_memory_comes_in_fours_up_to_128(memory_gb):
    with pytest.raises(ValidationError):
        CdcScalingRequest(replica_memory_gb=memory_gb)


def test_half_of_a_size_may_be_given():
    assert broken(CDC_SCALING_RULES, CdcScalingRequest(replica_memory_gb=8)) == []
