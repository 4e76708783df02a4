"""What counts as a step that ended as it should."""

import pytest

from clickpipes_mcp.demo.steps import ANY_ERROR, Answer, Expected, Reply, Step, shortfalls

GOOD = Answer("It is Running.", {"state": "Running", "scaling": {"replicas": 2}}, is_error=False)
BAD = Answer("consent_denied: no", {"code": "consent_denied"}, is_error=True, questions=1)
ASKED = Reply("declines", "decline")


def step(reply: Reply | None = None, **expected: object) -> Step:
    return Step("some_tool", expected=Expected(**expected), reply=reply)


@pytest.mark.parametrize(
    "expecting",
    [
        step(),
        step(facts={"state": "Running", "scaling.replicas": 2}),
        step(facts={"state": frozenset({"Running", "Completed"})}),
        step(mentions=("Running",)),
    ],
)
def test_a_good_answer_that_is_expected_falls_short_of_nothing(expecting):
    assert list(shortfalls(expecting, GOOD)) == []


@pytest.mark.parametrize(
    ("expecting", "told"),
    [
        (step(error="conflict"), "it should have failed with conflict"),
        (step(facts={"state": "Paused"}), "state should be 'Paused', not 'Running'"),
        (step(facts={"scaling.size": 1}), "scaling.size should be 1, not absent"),
        (step(facts={"state": frozenset({"Failed"})}), "state should be Failed, not 'Running'"),
        (step(mentions=("Paused",)), "the answer should mention “Paused”"),
        (step(ASKED), "a person should be asked 1 times, not 0"),
    ],
)
def test_a_good_answer_that_is_not_expected_is_told(expecting, told):
    assert told in list(shortfalls(expecting, GOOD))


@pytest.mark.parametrize("code", ["consent_denied", ANY_ERROR])
def test_a_failure_that_is_expected_falls_short_of_nothing(code):
    assert list(shortfalls(step(ASKED, error=code), BAD)) == []


def test_a_failure_that_is_not_expected_is_told():
    assert "it failed" in list(shortfalls(step(ASKED), BAD))


def test_another_failure_than_the_expected_is_told():
    told = list(shortfalls(step(ASKED, error="conflict"), BAD))
    assert told == ["the failure should be conflict, not consent_denied"]


def test_a_question_nobody_expected_is_told():
    told = list(shortfalls(step(error="consent_denied"), BAD))
    assert told == ["a person should be asked 0 times, not 1"]
