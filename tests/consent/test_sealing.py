"""A sealed question says everything to who has the key, and nothing to anybody else."""

from dataclasses import replace
from hashlib import sha256

import pytest

from clickpipes_mcp.consent import PendingQuestion
from clickpipes_mcp.consent.impact import CONSEQUENCES, Impact, Operation
from clickpipes_mcp.consent.sealing import QuestionSeal
from clickpipes_mcp.contract import Family
from tests.serving import SHARED_KEY


def question(operation: Operation, family: Family = Family.DATABASE) -> PendingQuestion:
    impact = Impact(
        operation=operation,
        service_id="8b0dcb1e-0000-4000-8000-000000000000",
        subject_id="2a1d6f2c-0000-4000-8000-000000000000",
        subject_name="orders to clickhouse",
        kind="postgres",
        state="Running",
        version="1",
        last_changed="2026-01-01 00:00",
        consequences=CONSEQUENCES[operation][family],
    )
    return PendingQuestion.of(impact, sha256(b"any").hexdigest()[:32], "alice", 1_800_000_000)


@pytest.mark.parametrize("operation", CONSEQUENCES)
@pytest.mark.parametrize("family", Family)
def test_every_question_is_read_back_whole(operation, family) -> None:
    asked = question(operation, family)

    read = QuestionSeal(SHARED_KEY).open(QuestionSeal(SHARED_KEY).seal(asked))

    assert read == replace(asked, subject="")


def test_names_in_any_characters_are_read_back() -> None:
    asked = replace(
        question(Operation.DELETE), name="订单 \u202e\U0001f600", details=("é" * 5_000,)
    )

    read = QuestionSeal(SHARED_KEY).open(QuestionSeal(SHARED_KEY).seal(asked))

    assert read == replace(asked, subject="")


def test_a_link_stays_short_enough_to_be_shown() -> None:
    assert len(QuestionSeal(SHARED_KEY).seal(question(Operation.DELETE))) < 420


def test_the_same_question_is_sealed_differently_each_time_and_shows_nothing() -> None:
    asked = question(Operation.DELETE)
    seal = QuestionSeal(SHARED_KEY)

    assert seal.seal(asked) != seal.seal(asked)
    assert "orders" not in seal.seal(asked)


def test_what_was_not_sealed_with_the_key_is_not_read() -> None:
    token = QuestionSeal(SHARED_KEY).seal(question(Operation.DELETE))
    seal = QuestionSeal(SHARED_KEY)

    assert QuestionSeal("another invented key, as long as it must be").open(token) is None
    for at in range(0, len(token), 7):
        changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        assert seal.open(changed) is None
    for other in ("", "x", token[:-4], token + "AAAA", "\u00e9" * 40, "=" * 40):
        assert seal.open(other) is None
