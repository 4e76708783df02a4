"""An error that was quoted and what the pipe shows: told apart, with how often and since when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from clickpipes_mcp.contract import Family
from clickpipes_mcp.diagnosis import Facts, Metric, Row
from clickpipes_mcp.tools.evidence.causes import judge
from clickpipes_mcp.tools.evidence.error_tables import MOST_TEXTS
from clickpipes_mcp.tools.evidence.gathering import _capped
from clickpipes_mcp.tools.insight.findings import evidence_of, merge, read
from tests.diagnosis.error_texts import SETS, error_texts, said_by
from tests.serving import KAFKA, PIPES, POSTGRES, facts, said

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 8, 20, 12, 0, tzinfo=UTC)
WAL_REMOVED = "ERROR: requested WAL segment 000000010000001A000000C2 has already been removed"
REFUSED = "dial tcp 203.0.113.7:9092: connect: connection refused"
UNKNOWN = "zorp flimbled the quux"
BEHIND = Facts(
    family=Family.DATABASE,
    arm="postgres",
    state="Running",
    metrics={"ClickPipes_CDC_CPUUsage": Metric(1990), "ClickPipes_CDC_CPULimit": Metric(2000)},
    seen_at=NOW,
)


def told_of(told: str, known: Facts):
    return [(one.of, one.finding.rule.id) for one in merge(read(told, known, None), judge(known))]


def evidence(known: Facts) -> str:
    (finding,) = judge(known).causes
    return "; ".join(evidence_of(finding, known))


def refused(*, count=120, minutes=(50, 5), **known) -> Facts:
    first, last = (NOW - timedelta(minutes=ago) for ago in minutes)
    row = Row(REFUSED, count, first, last)
    usual = {"arm": "kafka", "family": Family.STREAMING, "state": "Running", "seen_at": NOW}
    return Facts(log_rows=(row,), **(usual | known))


def test_a_full_machine_never_stands_before_the_text_of_an_error():
    assert told_of(WAL_REMOVED, BEHIND) == [
        ("quoted error", "postgres.wal-removed"),
        ("pipe", "workload.cdc-undersized"),
    ]


def test_what_the_pipe_shows_too_is_said_once():
    assert told_of(REFUSED, refused()) == [("both", "network.refused")]


def test_a_text_of_another_system_is_read_all_the_same():
    told = read(WAL_REMOVED, replace(BEHIND, arm="kafka", family=Family.STREAMING), None)
    assert ([one.rule.id for one in told.findings], told.is_foreign) == (
        ["postgres.wal-removed"],
        True,
    )


def test_a_probe_stands_behind_what_the_api_says():
    known = refused(probes=("lookup broker.example.com: no such host",))
    assert [one.rule.id for one in judge(known).causes] == [
        "network.refused",
        "network.name-unknown",
    ]


def test_evidence_says_how_often_and_when():
    assert evidence(refused()).endswith("(120 times in the last 1 h, 11:10 UTC to 11:55 UTC)")


def test_errors_since_before_a_change_are_said_to_have_ended():
    changed = refused(changed_at=NOW - timedelta(seconds=30), minutes=(50, 1))
    assert "none since the change at 11:59 UTC" in evidence(changed)


def test_errors_that_ended_long_enough_ago_are_over():
    known = refused(changed_at=NOW - timedelta(minutes=4))
    assert (judge(known).causes, len(judge(known).over)) == ((), 1)


def test_a_rare_error_is_not_over_because_it_did_not_come_again_at_once():
    known = refused(count=3, minutes=(55, 15), changed_at=NOW - timedelta(minutes=10))
    assert judge(known).over == ()


def test_a_pipe_that_failed_is_not_healed_by_a_change():
    known = refused(changed_at=NOW - timedelta(minutes=4), state="Failed")
    assert judge(known).over == ()


@pytest.mark.parametrize(("fetched", "share"), [(10_000, "0.5"), (1e9, "less than 0.01")])
def test_refused_records_say_which_share_they_are(fetched, share):
    known = Facts(
        family=Family.STREAMING,
        arm="kafka",
        state="Running",
        seen_at=NOW,
        metrics={"ClickPipes_FetchedEvents_Total": Metric(fetched)},
        record_errors=(Row("DATA_PARSING_ERROR: bad", 50, NOW - timedelta(minutes=9), NOW),),
    )
    assert f"50 times ({share} % of all records fetched)" in evidence(known)


def test_a_text_that_is_a_sentence_goes_on_without_its_full_stop():
    known = replace(refused(), log_rows=(Row(f"{REFUSED}.", 4, NOW, NOW),))
    assert f"{REFUSED} (" in evidence(known)


def test_texts_that_are_not_shown_are_counted():
    rows = tuple(Row(f"{REFUSED} {number}", 1, NOW, NOW) for number in range(5))
    assert evidence(replace(refused(), log_rows=rows)).endswith(
        "and 2 more texts that say the same"
    )


def test_an_error_of_the_pipe_that_nothing_explains_is_said_to_be_unknown():
    known = replace(refused(), log_rows=(Row(UNKNOWN, 4, NOW, NOW),))
    (finding,) = judge(known).causes
    assert (finding.rule.id, finding.evidence[0].text) == ("text.unknown", UNKNOWN)


def test_errors_beyond_those_that_were_read_are_told_of():
    assert _capped(Facts(), MOST_TEXTS - 1, "error log").unknown == ()
    (said,) = _capped(Facts(), MOST_TEXTS, "error log").unknown
    assert "may be more" in said


async def test_nothing_wrong_is_never_said_beside_an_error(serve) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA)

    result = await served.call("diagnose_clickpipe", clickpipe=pipe, error_text=UNKNOWN)

    assert "unknown here" in facts(result)["summary"]
    assert "othing" not in facts(result)["summary"]


async def test_a_quoted_error_and_the_pipe_are_both_in_the_summary(serve) -> None:
    served = await serve(simulator={"scenario": "undersized"})
    (pipe,) = await served.plane.by_somebody_else("GET", PIPES)

    result = await served.call("diagnose_clickpipe", clickpipe=pipe["id"], error_text=REFUSED)

    found = facts(result)
    assert [(one["of"], one["cause"]) for one in found["findings"][:2]] == [
        ("quoted error", "network.refused"),
        ("pipe", "stream.undersized"),
    ]
    assert "connection refused" in found["summary"]
    assert "itself shows" in found["summary"]


async def test_a_status_that_a_source_answered_is_not_the_apis(serve) -> None:
    served = await serve()
    text = "io.confluent.kafka.schemaregistry.client.rest: Unauthorized; error code: 401 (401)"

    result = await served.call("diagnose_clickpipe", error_text=text)

    assert "access.key-unknown" not in said(result)


@pytest.mark.parametrize("name", ["access-denied", "malformed-records", "kinesis-throttled"])
async def test_after_a_fix_the_diagnosis_heals(serve, name) -> None:
    served = await serve(simulator={"scenario": name})
    (pipe,) = await served.plane.by_somebody_else("GET", PIPES)
    before = facts(await served.call("diagnose_clickpipe", clickpipe=pipe["id"]))
    await served.command(pipe["id"], "stop")
    served.clock.advance(60.0)
    await served.command(pipe["id"], "start")
    served.clock.advance(300.0)

    after = facts(await served.call("diagnose_clickpipe", clickpipe=pipe["id"]))

    cause = before["findings"][0]["cause"]
    assert cause not in [one["cause"] for one in after["findings"]]
    assert after["summary"].startswith("Nothing ")
    assert "none since the change at" in str(after["worth_knowing"])


async def test_two_diagnoses_within_ten_seconds_do_not_invent_a_limit(serve) -> None:
    served = await serve()
    pipe = await served.pipe(POSTGRES)

    answers = [facts(await served.call("diagnose_clickpipe", clickpipe=pipe)) for _ in range(2)]

    assert all(one["summary"].startswith("Nothing ") for one in answers)
    assert "access.rate-limited" not in str([one["findings"] for one in answers])


@pytest.mark.slow
@pytest.mark.parametrize("name", SETS)
def test_no_pasted_text_is_taken_for_one_of_another_system(name):
    for entry in error_texts(name):
        told = read(entry.text, entry.facts(), None)
        assert not told.is_foreign, entry.id
        assert entry.is_answered_by(said_by(told.findings[0])), entry.id


async def test_what_helps_another_system_is_not_tried_on_the_pipe(serve) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA)

    result = await served.call(
        "diagnose_clickpipe",
        clickpipe=pipe,
        error_text='FATAL: password authentication failed for user "x" (SQLSTATE 28P01)',
    )

    found = facts(result)
    assert found["findings"][0]["cause"] == "postgres.access-denied"
    assert "not about what" in found["summary"]
    assert "update_clickpipe" not in str(found["next_actions"])
