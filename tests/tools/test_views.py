"""What a tool answers, as text and as structured content: the same, short, without absences."""

import pytest
from pydantic import BaseModel, Field

from clickpipes_mcp import errors
from clickpipes_mcp.errors import (
    ApiFailure,
    ClickPipesError,
    InvalidArguments,
    NextAction,
    Problem,
    RateLimited,
    UnknownPipe,
)
from clickpipes_mcp.tools.views import (
    MOST_PROBLEMS,
    View,
    actions,
    error_content,
    error_text,
    make_encodable,
    structured_content,
    text,
)
from tests.hostile import HALF


class Row(BaseModel):
    name: str
    note: str | None = None


class Part(BaseModel):
    size: int
    unit: str | None = None


class Sample(View):
    rows: list[Row] = Field(default_factory=list)
    part: Part | None = None
    facts: dict[str, object] = Field(default_factory=dict)
    count: int | None = None


def sample(**facts: object) -> Sample:
    return Sample(summary="A summary.", environment="simulator", **facts)


def test_rows_become_a_table() -> None:
    rows = [Row(name="a", note="one"), Row(name="b")]

    assert text(sample(rows=rows)).splitlines() == [
        "A summary. [simulator]",
        "rows:",
        "name | note",
        "a | one",
        "b | ",
    ]


def test_a_cell_cannot_break_out_of_its_row() -> None:
    shown = text(sample(rows=[Row(name="a | b\nc", note="d")])).splitlines()

    assert shown[-1] == "a / b c | d"


def test_parts_and_facts_become_lines() -> None:
    view = sample(part=Part(size=3), facts={"a": [1, {"b": "ü"}]}, count=0)

    assert text(view).splitlines()[1:] == ["size: 3", 'facts: {"a":[1,{"b":"ü"}]}', "count: 0"]


def test_what_is_absent_is_left_out() -> None:
    assert structured_content(sample()) == {
        "summary": "A summary.",
        "environment": "simulator",
        "rows": [],
        "facts": {},
    }


def test_warnings_and_next_actions_come_last() -> None:
    view = sample(
        warnings=["careful"],
        next_actions=actions(NextAction("get_clickpipe", "shows it", {"clickpipe": "orders"})),
        count=1,
    )

    assert text(view).splitlines()[-4:] == [
        "Warnings:",
        "- careful",
        "Next:",
        '- get_clickpipe {"clickpipe":"orders"}: shows it',
    ]


def test_more_than_three_next_actions_are_a_mistake_of_ours() -> None:
    four = actions(*(NextAction("get_clickpipe", "why") for _ in range(4)))

    with pytest.raises(ValueError, match="next_actions"):
        sample(next_actions=four)


def test_a_failure_says_the_same_twice() -> None:
    problem = Problem("source.type", "is not allowed", ("a", "b"), "Did you mean a?", "kafka.rule")

    error = InvalidArguments([problem], fix="Correct it.")

    assert error_content(error, "cloud") == {
        "ok": False,
        "environment": "cloud",
        "code": "invalid_arguments",
        "problem": "Invalid arguments (1 problem); nothing was sent.",
        "retryable": False,
        "problems": [
            {
                "field": "source.type",
                "problem": "is not allowed",
                "allowed": ["a", "b"],
                "fix": "Did you mean a?",
                "rule": "kafka.rule",
            }
        ],
        "fix": "Correct it.",
    }
    assert error_text(error, "cloud").splitlines() == [
        "invalid_arguments: Invalid arguments (1 problem); nothing was sent. [cloud]",
        "- source.type: is not allowed. Allowed: a, b. Did you mean a? (kafka.rule)",
        "What to do: Correct it.",
    ]


def test_very_many_problems_are_cut_and_counted() -> None:
    error = InvalidArguments([Problem(f"field_{n}", "is wrong") for n in range(MOST_PROBLEMS + 5)])

    assert len(error_content(error, "cloud")["problems"]) == MOST_PROBLEMS
    assert error_text(error, "cloud").splitlines()[-1] == "- and 5 more"
    assert "25 problems" in error_content(error, "cloud")["problem"]


def test_a_failure_tells_candidates_waits_and_request_ids() -> None:
    unknown = UnknownPipe("No such pipe.", candidates=["orders (1)", "payments (2)"])
    limited = RateLimited("Too many.", wait_s=7.5, request_id="r-1")

    assert "Candidates: orders (1); payments (2)" in error_text(unknown, "cloud")
    assert error_content(unknown, "cloud")["candidates"] == ["orders (1)", "payments (2)"]
    assert (
        error_content(limited, "cloud")["wait_s"],
        error_content(limited, "cloud")["request_id"],
    ) == (7.5, "r-1")
    assert "Repeating the call may help." in error_text(limited, "cloud")
    assert "request id: r-1" in error_text(limited, "cloud")


EXTRA = {
    "InvalidArguments": {"problems": []},
    "RefusedByApi": {"message": "m", "status": 400, "text": "t"},
    "RateLimited": {"message": "m", "wait_s": 1},
    "Unreachable": {"message": "m", "may_have_happened": True},
    "ApiFailure": {"message": "m", "status": 500, "may_have_happened": True},
}
KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, ClickPipesError)
]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_failure_can_be_told(kind) -> None:
    error = kind(**EXTRA.get(kind.__name__, {"message": "m"}), fix="f")

    assert error_text(error, "cloud").startswith(f"{kind.code}: ")
    assert error_content(error, "cloud")["fix"] == "f"


def test_a_failure_suggests_next_actions() -> None:
    error = ApiFailure(
        "It failed.",
        status=500,
        may_have_happened=True,
        next_actions=[NextAction("list_clickpipes", "look first")],
    )

    assert error_content(error, "cloud")["next_actions"] == [
        {"tool": "list_clickpipes", "arguments": {}, "why": "look first"}
    ]
    assert "- list_clickpipes {}: look first" in error_text(error, "cloud")


def test_what_no_encoding_knows_is_replaced_wherever_it_stands():
    whole = {"caf\u00e9": ["\U0001f600", {"inner": 1}], "none": None}

    assert make_encodable(whole) == whole
    assert make_encodable({**whole, HALF: [{"a": f"b{HALF}"}]}) == {**whole, "?": [{"a": "b?"}]}
    assert make_encodable(f"{HALF}.") == "?."
