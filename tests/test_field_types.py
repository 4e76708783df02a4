import pytest
from pydantic import BaseModel, ValidationError

from clickpipes_mcp.field_types import Flag, Text, between, is_uuid


class Thing(BaseModel):
    flag: Flag | None = None
    text: Text | None = None
    size: int | None = between(2, 8, "Parts, {range}.", step=2)


@pytest.mark.parametrize(
    "text", ["b3c9e1f4-7d20-4a56-8e31-90ab4cd7e002", "B3C9E1F4-7D20-4A56-8E31-90AB4CD7E002"]
)
def test_a_uuid_is_one_in_either_case(text):
    assert is_uuid(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "orders",
        "b3c9e1f47d204a568e3190ab4cd7e002",
        "{b3c9e1f4-7d20-4a56-8e31-90ab4cd7e002}",
        "b3c9e1f4-7d20-4a56-8e31-90ab4cd7e002\n",
        "b3c9e1f4-7d20-4a56-8e31-90ab4cd7e00٢",
    ],
)
def test_what_is_written_otherwise_is_no_uuid(text):
    assert not is_uuid(text)


@pytest.mark.parametrize(("value", "flag"), [(True, True), ("true", True), ("false", False)])
def test_a_flag_is_a_boolean_or_its_word(value, flag):
    assert Thing(flag=value).flag is flag


@pytest.mark.parametrize("value", [1, 0, "yes", "True", ""])
def test_a_flag_is_not_guessed(value):
    with pytest.raises(ValidationError):
        Thing(flag=value)


@pytest.mark.parametrize("size", [0, 3, 10])
def test_a_number_between_two_others_is_held_to_them(size):
    with pytest.raises(ValidationError):
        Thing(size=size)


def test_a_number_between_two_others_says_its_range_and_may_be_left_out():
    assert Thing.model_fields["size"].description == "Parts, 2-8."
    assert (Thing().size, Thing(size=8).size) == (None, 8)


def test_a_text_says_something():
    with pytest.raises(ValidationError):
        Thing(text="")
