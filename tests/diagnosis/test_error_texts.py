"""Texts that people paste: the first finding names the cause, and blames nobody else."""

import pytest

from clickpipes_mcp.diagnosis import explain
from tests.diagnosed_table import TEXTS
from tests.diagnosis.error_texts import SETS, error_texts, said_by

ALLOWED_MISSES = {"first": 5, "second": 12, "third": 10}
ENTRIES = {name: error_texts(name) for name in SETS}


@pytest.mark.parametrize("name", SETS)
def test_no_text_is_without_an_answer_and_the_first_finding_blames_nobody_else(
    name, record_property
) -> None:
    rows: dict[str, list[int]] = {}
    missed, blamed, unanswered = {"alone": [], "with the pipe": []}, [], []
    for entry in ENTRIES[name]:
        counts = rows.setdefault(entry.system, [0, 0, 0, 0])
        counts[0] += 1
        for column, facts in enumerate((None, entry.facts()), 1):
            findings = explain(entry.text, facts)
            first = findings[0] if findings else None
            if facts is None and first is None:
                unanswered.append(entry.id)
            if first and entry.is_answered_by(said_by(first)):
                counts[column] += 1
            else:
                missed["alone" if facts is None else "with the pipe"].append(entry.id)
            if first and entry.is_blamed_wrongly(first.rule.id):
                blamed.append((entry.id, first.rule.id))
                counts[3] += 1
    total = [sum(column) for column in zip(*rows.values(), strict=True)]
    for system, counts in (*sorted(rows.items()), ("all", total)):
        record_property(TEXTS, (name, system, *counts))

    assert unanswered == []
    assert blamed == []
    assert {way: ids for way, ids in missed.items() if len(ids) > ALLOWED_MISSES[name]} == {}
