"""What cannot be sent is refused at its place, before anything else looks at it."""

import json
from typing import Any

import pytest

from clickpipes_mcp.argument_bounds import MOST_CHARACTERS, MOST_DEPTH, MOST_VALUES, Bounds
from clickpipes_mcp.errors import InvalidArguments
from clickpipes_mcp.tools import TOOLS
from clickpipes_mcp.tools.arguments import valid_call
from tests.hostile import HEAVY, HOSTILE, nested

BY_NAME = {tool.name: tool for tool in TOOLS}


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("x\ud800", "half of a character"),
        ("x\udfffy", "half of a character"),
        ("x\0", "NUL"),
        (10**400, "too large a number"),
        (-(2**64), "too large a number"),
        (float("nan"), "finite"),
        (float("-inf"), "finite"),
        (nested(MOST_DEPTH), "deep"),
        (nested(900), "deep"),
        (nested(50_000), "deep"),
        ([[1]] * MOST_VALUES, "more than 20,000 values"),
        ("x" * (MOST_CHARACTERS + 1), "characters"),
        ({"x" * (MOST_CHARACTERS + 1): 1}, "characters"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 30 else None,
)
def test_what_cannot_be_sent_is_told_at_its_place(value, told) -> None:
    (path, message, fix), *_ = Bounds().find_flaws({"source": {"brokers": value}})
    assert told in message
    assert fix
    assert path in ((), ("source",), ("source", "brokers"))


def test_half_a_character_in_a_name_is_told_at_the_object_that_holds_it() -> None:
    assert [path for path, _, _ in Bounds().find_flaws({"source": {"\ud800": 1}})] == [("source",)]


@pytest.mark.parametrize(
    "value",
    ["", "ü😀", "tab\there", 2**63 - 1, -1.5, True, nested(MOST_DEPTH - 3), ["x"] * 10_000],
    ids=repr,
)
def test_whatever_may_be_meant_passes(value) -> None:
    assert Bounds().find_flaws({"source": {"brokers": value}}) == ()


def refusal(tool: str, arguments: dict[str, Any]) -> InvalidArguments:
    with pytest.raises(InvalidArguments) as caught:
        valid_call(BY_NAME[tool], arguments)
    return caught.value


def test_what_hides_in_json_text_is_found_too() -> None:
    refused = refusal("create_kafka_clickpipe", {"destination": json.dumps({"table": "\ud800"})})
    assert [problem.path for problem in refused.problems] == ["destination.table"]


def test_values_written_as_text_are_counted_together() -> None:
    item = json.dumps({"sourceField": ["x"] * 5_000})
    refused = refusal("create_kafka_clickpipe", {"field_mappings": [item] * 10})
    assert "20,000 values" in refused.problems[0].message


@pytest.mark.parametrize("hostile", sorted(set(HOSTILE) - HEAVY))
def test_a_hostile_value_leaves_no_argument_unreadable(hostile) -> None:
    for tool in TOOLS:
        for name in valid_names(tool.name):
            refused = refusal(tool.name, {name: HOSTILE[hostile], "unheard_of": 1})
            assert all(problem.path.isprintable() for problem in refused.problems)
            assert len(refused.problems) <= 80


def valid_names(tool: str) -> list[str]:
    return sorted(BY_NAME[tool].arguments.model_fields)


@pytest.mark.parametrize("count", [1_000, 15_000])
def test_thousands_of_wrong_names_are_counted_and_not_compared(count) -> None:
    refused = refusal("list_clickpipes", {f"wrong_name_{index}": 1 for index in range(count)})
    assert refused.count == count
    assert len(refused.problems) == 40


def test_thousands_of_spellings_of_one_name_are_counted() -> None:
    spellings = {format(index, "013b").translate({48: "n", 49: "N"}): 1 for index in range(8_000)}
    refused = refusal("list_clickpipes", {"nameContains": "x", "NameContains": "y", **spellings})
    assert refused.count >= 8_000
    assert len(refused.problems) <= 81


def test_a_validator_that_finds_thousands_of_problems_tells_a_few_dozen() -> None:
    tables = [{"target_table": index} for index in range(5_000)]
    refused = refusal("create_postgres_clickpipe", {"source": {"table_mappings": tables}})
    assert refused.count >= 5_000
    assert len(refused.problems) == 40
