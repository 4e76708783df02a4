"""A walk over a table misses no case, and says which failed."""

import pytest

from tests.walking import walked


def test_every_case_is_walked_whatever_fails_and_failures_are_named() -> None:
    seen = []

    @walked([pytest.param(number, id=f"case {number}") for number in range(25)])
    def check(number) -> None:
        seen.append(number)
        assert number not in (3, 20)

    with pytest.raises(BaseExceptionGroup) as tenth:
        check("every tenth")
    with pytest.raises(BaseExceptionGroup) as others:
        check("the others")

    assert sorted(seen) == list(range(25))
    assert [one.__notes__ for one in tenth.value.exceptions] == [["case: case 20"]]
    assert [one.__notes__ for one in others.value.exceptions] == [["case: case 3"]]
