import pytest

from clickpipes_mcp.simulator.fidelity import CASES
from tests.readme_blocks import shown_by_case


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_case_is_shown_by_a_test_or_left_out_for_a_reason(case):
    assert bool(shown_by_case().get(case.id)) is not bool(case.left_out)


def test_the_cases_are_all_there_once_and_in_order():
    assert [case.id for case in CASES] == [f"Q{number:02}" for number in range(1, 65)]


def test_every_named_test_belongs_to_a_case():
    assert set(shown_by_case()) <= {case.id for case in CASES}
