"""The definition of a table that a pipe writes, as it is told to a person who makes it again."""

import pytest

from clickpipes_mcp.tools.insight.table_definition import definition_of

COLUMNS = [{"name": "id", "type": "UInt64"}, {"name": "at", "type": "DateTime64(3, 'UTC')"}]
TOLD = "(`id` UInt64, `at` DateTime64(3, 'UTC'))"


def defined(columns=COLUMNS, **definition):
    return definition_of({"columns": columns, "tableDefinition": definition})


@pytest.mark.parametrize(
    ("definition", "told"),
    [
        ({"engine": {"type": "MergeTree"}}, "ENGINE = MergeTree ORDER BY tuple()"),
        ({"engine": {"type": "Null"}}, "ENGINE = Null"),
        (
            {
                "engine": {"type": "MergeTree"},
                "sortingKey": ["id", "at"],
                "partitionBy": "toYYYYMM(at)",
                "primaryKey": "id",
            },
            "ENGINE = MergeTree PARTITION BY toYYYYMM(at) PRIMARY KEY (id) ORDER BY (id, at)",
        ),
        (
            {"engine": {"type": "ReplacingMergeTree"}, "sortingKey": ["id"]},
            "ENGINE = ReplacingMergeTree(<columns of the engine>) ORDER BY (id)",
        ),
    ],
)
def test_it_is_what_the_pipe_was_given(definition, told) -> None:
    assert defined(**definition) == f"{TOLD} {told}"


def test_of_a_table_that_was_there_only_the_columns_are_known() -> None:
    destination = {"columns": COLUMNS, "managedTable": False}
    assert definition_of(destination) == f"{TOLD} ENGINE = <engine> ORDER BY <sorting key>"


def test_without_columns_nothing_is_known() -> None:
    assert definition_of({"database": "default"}) == ""


@pytest.mark.parametrize(
    "odd",
    [
        {"name": "a` String) ENGINE = Memory; DROP TABLE x --", "type": "String"},
        {"name": "a", "type": "String) ENGINE = Memory; --"},
        {"name": "a", "type": "String) ENGINE = Memory ("},
        {"name": "a", "type": "String DEFAULT 'x"},
        {"name": "a", "type": "String -- x"},
        {"name": "a"} | {"type": "String\n"},
    ],
)
def test_what_could_be_more_than_a_name_or_a_type_is_left_open(odd) -> None:
    told = defined([*COLUMNS, odd], engine={"type": "MergeTree"})
    assert told == "(<columns>) ENGINE = MergeTree ORDER BY tuple()"


@pytest.mark.parametrize("field", ["partitionBy", "primaryKey", "sortingKey", "engine"])
def test_no_clause_ends_where_it_does_not_seem_to(field) -> None:
    odd = "x); DROP TABLE y; --"
    given = {"sortingKey": [odd], "engine": {"type": odd}}.get(field, odd)
    assert "DROP" not in defined(**{"engine": {"type": "MergeTree"}, field: given})


def test_a_table_of_many_columns_is_not_written_out() -> None:
    many = [{"name": f"column_{number}", "type": "String"} for number in range(50)]
    assert defined(many).startswith("(<columns>) ENGINE")
