import pytest
from pydantic import ValidationError

from clickpipes_mcp.scaling import FIRST_SIZE_RULES, SCALING_RULES, ScalingRequest, is_balanced


def broken(rules, request) -> list[str]:
    return [rule.id for rule in rules if list(rule.check(request))]


@pytest.mark.parametrize("rule", FIRST_SIZE_RULES, ids=lambda rule: rule.id)
def test_the_examples_of_a_rule_show_it(rule):
    examples = (rule.broken, rule.kept)
    found = [
        broken(FIRST_SIZE_RULES, ScalingRequest.model_validate(example)) for example in examples
    ]
    assert found == [[rule.id], []]


def test_half_of_a_size_may_be_given_to_a_pipe_that_exists():
    assert broken(SCALING_RULES, ScalingRequest(replicas=2)) == []
    assert broken(FIRST_SIZE_RULES, ScalingRequest(replicas=2)) == ["scaling.all-three"]


def test_an_empty_request_names_what_could_be_given():
    (found,) = SCALING_RULES[0].check(ScalingRequest())
    assert found.path == ()
    assert found.fix.startswith("Give at least one, such as replicas, ")


def test_sizes_are_camel_case_on_the_wire():
    body = ScalingRequest(replicas=2, replica_cpu_millicores=250, replica_memory_gb=1).body()
    assert body == {"replicas": 2, "replicaCpuMillicores": 250, "replicaMemoryGb": 1.0}


@pytest.mark.parametrize(
    ("millicores", "memory_gb"), [(125, 0.5), (250, 1), (500, 2), (1000, 4), (2000, 8)]
)
def test_every_documented_size_is_balanced(millicores, memory_gb):
    assert is_balanced(millicores, memory_gb)


@pytest.mark.parametrize(
    "outside",
    [
        {"replicas": 0},
        {"replicas": 41},
        {"replica_cpu_millicores": 124},
        {"replica_cpu_millicores": 2001},
        {"replica_memory_gb": 0.25},
        {"replica_memory_gb": 8.5},
        {"concurrency": 35},
    ],
    ids=str,
)
def test_what_is_out_of_range_is_refused(outside):
    with pytest.raises(ValidationError):
        ScalingRequest.model_validate(outside)
