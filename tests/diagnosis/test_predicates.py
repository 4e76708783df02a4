"""The conditions rules are written in."""

import pytest

from clickpipes_mcp.contract import Family
from clickpipes_mcp.diagnosis import EndpointFacts, Evidence, Facts, ServiceFacts, Where
from clickpipes_mcp.diagnosis import _predicates as p

MAPPED = Facts(
    arm="postgres",
    source={
        "host": "db.example.com",
        "tableMappings": [{"tableEngine": "MergeTree"}, {"tableEngine": "Null"}, "odd"],
    },
)
HOLDS = p.in_state("Failed")
HOLDS_NOT = p.in_state("Running")
FAILED = Facts(state="Failed")
SEEN = (Evidence(Where.STATE, "The pipe is Failed."),)


def test_both_needs_all_and_shows_all():
    assert p.both(HOLDS, HOLDS)(FAILED) == SEEN * 2
    assert p.both(HOLDS, HOLDS_NOT)(FAILED) is None


def test_either_needs_one_and_shows_those_that_hold():
    assert p.either(HOLDS_NOT, HOLDS)(FAILED) == SEEN
    assert p.either(HOLDS_NOT)(FAILED) is None


def test_unless_holds_without_showing_anything():
    assert p.unless(HOLDS_NOT)(FAILED) == ()
    assert p.unless(HOLDS)(FAILED) is None


def test_a_state_is_shown_with_its_age():
    (seen,) = p.in_state("Paused")(Facts(state="Paused", state_age_s=3 * p.DAY_S)) or ()
    assert seen.text == "The pipe is Paused for 3 d."


@pytest.mark.parametrize(("age", "holds"), [(None, False), (59, False), (60, True)])
def test_an_age_has_to_be_known_and_reached(age, holds):
    assert (
        p.in_state_for(60, "Paused")(Facts(state="Paused", state_age_s=age)) is not None
    ) is holds
    assert (p.pipe_is_older_than(60)(Facts(pipe_age_s=age)) is not None) is holds


def test_fields_are_found_in_lists_and_counted():
    (seen,) = p.configured("source.tableMappings[].tableEngine", "MergeTree", "Null")(MAPPED) or ()
    assert (seen.text, seen.count) == ("source.tableMappings[].tableEngine is MergeTree.", 2)
    assert p.configured("source.tableMappings[].tableEngine", "Other")(MAPPED) is None


@pytest.mark.parametrize("path", ["source.nothing", "source.host.deeper", "settings.a[].b"])
def test_a_path_that_leads_nowhere_finds_nothing(path):
    assert list(p.leaves(MAPPED, path)) == []
    assert p.present(path)(MAPPED) is None
    assert p.configured_like(path, ".")(MAPPED) is None


def test_a_matching_text_is_not_shown():
    (seen,) = p.configured_like("source.host", r"example")(MAPPED) or ()
    assert seen == Evidence(Where.CONFIGURATION, "source.host shows it.")


def test_objects_of_a_list_are_tested_and_counted():
    mapped = p.any_item("source.tableMappings[]", lambda item: "tableEngine" in item, "Mapped.")
    assert mapped(MAPPED) == (Evidence(Where.CONFIGURATION, "Mapped.", 2),)
    assert mapped(Facts()) is None


def test_endpoints_services_and_answers_are_shown():
    facts = Facts(
        endpoints=(EndpointFacts("a", "Ready"), EndpointFacts("b", "Failed")),
        service=ServiceFacts("idle"),
        http_status=429,
    )
    assert p.endpoint_in("Failed")(facts) == (
        Evidence(Where.ENDPOINT, "Private endpoint b is Failed."),
    )
    assert p.endpoint_in("Expired")(facts) is None
    assert p.service_in("idle")(facts) == (Evidence(Where.SERVICE, "The service is idle."),)
    assert p.answered(429)(facts) == (Evidence(Where.ERROR, "The API answered 429."),)


def test_what_kind_of_source_it_is_must_be_known():
    facts = Facts(family=Family.STREAMING, arm="kafka", source_type="msk")
    conditions = (p.of_family(Family.STREAMING), p.of_arm("kafka"), p.of_type("msk"))
    assert [condition(facts) for condition in conditions] == [(), (), ()]
    assert [condition(Facts()) for condition in conditions] == [None, None, None]


@pytest.mark.parametrize(
    ("seconds", "words"), [(40, "40 s"), (720, "12 min"), (5 * 3600, "5 h"), (90_000, "1 d")]
)
def test_lengths_of_time_are_told_in_their_largest_unit(seconds, words):
    assert p.duration(seconds) == words
