"""Which rules speak, what they quote and in which order."""

from dataclasses import replace

from clickpipes_mcp.contract import Family
from clickpipes_mcp.diagnosis import (
    Breadth,
    Confidence,
    Evidence,
    Facts,
    Row,
    Rule,
    ServiceFacts,
    Severity,
    Where,
)
from clickpipes_mcp.diagnosis._engine import find
from clickpipes_mcp.diagnosis._predicates import in_state, service_in
from clickpipes_mcp.diagnosis._steps import START

BOOM = Rule(
    id="x.boom",
    title="Boom",
    cause="It went boom.",
    fix=(START,),
    documentation="https://clickhouse.com/docs",
    patterns=(r"\bboom\b",),
    examples=("boom",),
)
WIDE = replace(BOOM, id="x.wide", patterns=(r"boom|bang",), breadth=Breadth.BROAD)
LAST = replace(
    BOOM, id="x.last", patterns=(), predicate=in_state("Failed"), breadth=Breadth.LAST_RESORT
)


def ids(rules, facts, limit=None):
    return [finding.rule.id for finding in find(rules, facts, limit)]


def test_a_text_that_a_narrow_rule_explained_is_not_offered_to_a_wide_one():
    assert ids((WIDE, BOOM), Facts(errors=("boom",))) == ["x.boom"]
    assert ids((WIDE, BOOM), Facts(errors=("boom", "bang"))) == ["x.boom", "x.wide"]


def test_a_last_resort_is_silent_once_an_error_is_explained():
    assert ids((LAST, BOOM), Facts(state="Failed", errors=("boom",))) == ["x.boom"]
    assert ids((LAST, BOOM), Facts(state="Failed")) == ["x.last"]


def test_a_last_resort_is_not_silenced_by_a_note():
    note = replace(BOOM, severity=Severity.NOTE)
    assert ids((LAST, note), Facts(state="Failed", errors=("boom",))) == ["x.last", "x.boom"]


def test_findings_are_ranked_by_severity_times_confidence():
    grave = replace(BOOM, id="x.grave", severity=Severity.CRITICAL, confidence=Confidence.LOW)
    sure = replace(BOOM, id="x.sure", severity=Severity.WARNING)
    assert ids((grave, sure, BOOM), Facts(errors=("boom",))) == ["x.boom", "x.sure", "x.grave"]


def test_no_more_findings_than_asked_for():
    rules = tuple(replace(BOOM, id=f"x.{number}") for number in range(9))
    assert len(find(rules, Facts(errors=("boom",)), 3)) == 3
    assert len(find(rules, Facts(errors=("boom",)))) == 5


def test_rules_of_another_source_do_not_speak():
    kafka = replace(BOOM, arms=("kafka",), families=(Family.STREAMING,), types=("msk",))
    said = Facts(errors=("boom",))
    assert ids((kafka,), replace(said, arm="postgres")) == []
    assert ids((kafka,), replace(said, family=Family.DATABASE)) == []
    assert ids((kafka,), replace(said, source_type="confluent")) == []
    assert ids((kafka,), replace(said, arm="kafka", source_type="msk")) == ["x.boom"]
    assert ids((kafka,), said) == ["x.boom"]


def test_foreign_data_in_record_errors_is_read_only_by_rules_about_records():
    facts = Facts(record_errors=(Row("raw_message: boom"),))
    assert ids((BOOM,), facts) == []
    assert ids((replace(BOOM, reads_records=True),), facts) == ["x.boom"]


def test_a_guard_has_to_hold_and_shows_what_it_saw():
    guarded = replace(BOOM, when=service_in("idle"))
    assert ids((guarded,), Facts(errors=("boom",))) == []
    (finding,) = find((guarded,), Facts(errors=("boom",), service=ServiceFacts("idle")))
    assert finding.evidence == (
        Evidence(Where.ERROR, "boom"),
        Evidence(Where.SERVICE, "The service is idle."),
    )


def test_without_a_text_a_rule_about_texts_only_suspects():
    rule = replace(BOOM, predicate=in_state("Failed"), suspicion=Confidence.LOW)
    (suspected,) = find((rule,), Facts(state="Failed"))
    (quoted,) = find((rule,), Facts(state="Failed", errors=("boom",)))
    assert (suspected.confidence, quoted.confidence) == (Confidence.LOW, Confidence.HIGH)


def test_evidence_counts_rows_and_quotes_at_most_three():
    rows = tuple(Row(f"boom {number}", number) for number in range(1, 6))
    (finding,) = find((BOOM,), Facts(log_rows=rows))
    assert finding.evidence == (
        Evidence(Where.LOG, "boom 1", 1),
        Evidence(Where.LOG, "boom 2", 2),
        Evidence(Where.LOG, "boom 3", 3),
    )


def test_evidence_is_the_surroundings_of_the_match_without_secrets():
    text = f"{'before ' * 40}password=hunter2hunter boom {'after ' * 60}"
    (finding,) = find((BOOM,), Facts(errors=(text,)))
    quote = finding.evidence[0].text
    assert "boom" in quote
    assert "hunter2" not in quote
    assert (quote[0], quote[-1], len(quote) <= 202) == ("…", "…", True)


def test_a_match_inside_something_masked_is_still_found_and_stays_masked():
    rule = replace(BOOM, patterns=(r"password: 'undefined",))
    (finding,) = find((rule,), Facts(errors=("credentials.password: 'undefined'",)))
    assert "undefined" not in finding.evidence[0].text


def test_invisible_characters_neither_hide_a_cause_nor_reach_the_evidence():
    (finding,) = find((BOOM,), Facts(errors=("it went\u200b \x1b[31mboom\x1b[0m\u202e",)))
    assert finding.evidence[0].text == "it went boom"


def test_a_text_without_end_is_read_only_at_its_beginning():
    assert ids((BOOM,), Facts(errors=(" boom" + "x" * 10**6,))) == []
    assert ids((BOOM,), Facts(errors=("boom " + "x" * 10**6,))) == ["x.boom"]
    assert ids((BOOM,), Facts(errors=("x" * 10**6 + " boom",))) == []
