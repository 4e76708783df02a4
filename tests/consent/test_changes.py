"""Every kind of loss has its words for the person who decides."""

from functools import reduce
from itertools import combinations

import pytest

from clickpipes_mcp.consent import (
    CHANGES,
    CONSEQUENCES,
    CREDENTIALS_REPLACED,
    LEFT_PAUSED,
    TABLES_ADDED,
    VALUES_SET,
    Consequences,
    Operation,
    paused_meanwhile,
)
from clickpipes_mcp.contract import Family
from clickpipes_mcp.source_facts import Loss, Traces


@pytest.mark.parametrize("loss", Loss)
def test_every_loss_is_told(loss) -> None:
    lost, kept, undo = CHANGES[loss].lines()

    assert lost.startswith("Lost: ")
    assert kept.startswith("Stays: ")
    assert "undo" in undo


TOGETHER = (
    *CHANGES.values(),
    CONSEQUENCES[Operation.REMOVE_TABLES][Family.DATABASE],
    paused_meanwhile(Traces()),
    TABLES_ADDED,
    VALUES_SET,
    LEFT_PAUSED,
    CREDENTIALS_REPLACED,
)
"""All that one update may come to."""


def test_whatever_comes_together_is_told_once() -> None:
    for count in range(1, len(TOGETHER) + 1):
        for parts in combinations(TOGETHER, count):
            joined = reduce(Consequences.joined_with, parts)

            assert len(set(joined.lost)) == len(joined.lost)
            assert len(set(joined.kept)) == len(joined.kept)
            assert joined.undo.count("To undo this, ") <= 1
            sentences = joined.undo.split(". ")
            assert len(set(sentences)) == len(sentences)
            assert all(one in joined.lost for part in parts for one in part.lost)


def test_no_loss_of_a_change_says_that_nothing_is_lost() -> None:
    assert not [one for part in TOGETHER for one in part.lost if "nothing" in one.split(",")[0]]
