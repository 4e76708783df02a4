import pytest

from clickpipes_mcp.rule_words import ABSENT, altered


def test_an_example_is_altered_without_touching_the_original():
    example = {"a": {"b": 1, "c": 2}, "d": [{"e": 1}]}
    changed = altered(example, {"a.b": 3, "a.c": ABSENT, "d.0.e": 4, "f.g": 5})
    assert (changed, example) == (
        {"a": {"b": 3}, "d": [{"e": 4}], "f": {"g": 5}},
        {"a": {"b": 1, "c": 2}, "d": [{"e": 1}]},
    )


def test_an_example_cannot_be_altered_below_a_text():
    with pytest.raises(TypeError):
        altered({"a": "text"}, {"a.b.c": 1})
