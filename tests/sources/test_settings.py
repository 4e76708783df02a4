"""Advanced settings: what they take, and to which sources they apply."""

import pytest
from annotated_types import Ge, Le
from pydantic import ValidationError

from clickpipes_mcp.contract import Family
from clickpipes_mcp.sources import SETTING_DEFAULTS, SOURCES, PipeSettings, source_named

WITH_SETTINGS = [source for source in SOURCES if source.settings is not None]
RULES = [
    pytest.param(source, rule, id=f"{source.key}-{rule.id}")
    for source in WITH_SETTINGS
    for rule in source.settings_rules
]
RANGES = {
    name: (low.ge, high.le)
    for name, field in PipeSettings.model_fields.items()
    for low in field.metadata
    for high in field.metadata
    if isinstance(low, Ge) and isinstance(high, Le)
}


def broken(rules, request) -> list[str]:
    return [rule.id for rule in rules if list(rule.check(request))]


@pytest.mark.parametrize(("source", "rule"), RULES)
def test_the_examples_of_a_rule_show_it(source, rule):
    examples = (rule.broken, rule.kept)
    found = [
        broken(source.settings_rules, PipeSettings.model_validate(example)) for example in examples
    ]
    assert found == [[rule.id], []]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.key)
def test_only_database_pipes_have_no_settings(source):
    assert (source.settings is None) == (source.family is Family.DATABASE)
    assert source.settings_rules


def test_database_pipes_are_told_where_their_settings_are():
    (rule,) = source_named("postgres").settings_rules
    (found,) = rule.check(PipeSettings(streaming_max_insert_wait_ms=5000))
    assert (rule.id, found.path) == ("settings.not-for-databases", ())
    assert "update_clickpipe" in found.fix


def test_every_setting_applies_to_a_source():
    own = [name for source in WITH_SETTINGS for name in source.settings.model_fields]
    assert set(own) == set(PipeSettings.model_fields)


def test_an_empty_request_proposes_only_what_applies():
    found = list(source_named("kinesis").settings_rules[0].check(PipeSettings()))
    assert [one.fix for one in found] == [
        "Give at least one, such as streaming_max_insert_wait_ms."
    ]


@pytest.mark.parametrize("name", RANGES)
def test_a_setting_takes_its_range_and_says_it(name):
    low, high = RANGES[name]
    assert PipeSettings(**{name: low}).body() == {name: low}
    assert PipeSettings(**{name: high}).body() == {name: high}
    assert f"{low}-{high}" in PipeSettings.model_fields[name].description
    for outside in (low - 1, high + 1):
        with pytest.raises(ValidationError):
            PipeSettings(**{name: outside})


def test_every_default_is_allowed():
    assert PipeSettings.model_validate(SETTING_DEFAULTS).body() == SETTING_DEFAULTS


def test_settings_keep_their_own_spelling_on_the_wire():
    assert PipeSettings(kafka_read_committed=False).body() == {"kafka_read_committed": False}
