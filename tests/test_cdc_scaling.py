import pytest
from pydantic import ValidationError

from clickpipes_mcp.cdc_scaling import CDC_SCALING_RULES, CdcScalingRequest


def broken(request) -> list[str]:
    return [rule.id for rule in CDC_SCALING_RULES if list(rule.check(request))]


@pytest.mark.parametrize("rule", CDC_SCALING_RULES, ids=lambda rule: rule.id)
def test_the_examples_of_a_rule_show_it(rule):
    examples = (rule.broken, rule.kept)
    found = [broken(CdcScalingRequest.model_validate(example)) for example in examples]
    assert found == [[rule.id], []]


@pytest.mark.parametrize("millicores", [500, 1500, 33_000])
def test_cores_come_whole_between_1_and_32(millicores):
    with pytest.raises(ValidationError):
        CdcScalingRequest(replica_cpu_millicores=millicores)


@pytest.mark.parametrize("memory_gb", [2, 6, 132])
def test_memory_comes_in_fours_up_to_128(memory_gb):
    with pytest.raises(ValidationError):
        CdcScalingRequest(replica_memory_gb=memory_gb)


def test_half_of_a_size_may_be_given():
    assert broken(CdcScalingRequest(replica_memory_gb=8)) == []
