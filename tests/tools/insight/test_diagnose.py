"""Finding out what is wrong with a pipe, or with a call that failed."""

import re

import pytest

from clickpipes_mcp.simulator import IDLE_SERVICE_ID, SCENARIOS, Fault
from tests.diagnosed_table import PROPERTY
from tests.lint.test_budgets import tokens
from tests.serving import (
    BIGQUERY,
    KAFKA,
    MYSQL,
    PIPES,
    POSTGRES,
    REFERENCE_BODIES,
    S3,
    error,
    facts,
    said,
)

pytestmark = pytest.mark.anyio

LONGEST_ANSWER = 900
# What no answer of the API shows, as a person would tell it.
TOLD = {"queue-shared": "some files never arrive"}


async def pipe_of(served) -> str:
    (pipe,) = await served.plane.by_somebody_else("GET", PIPES)
    return pipe["id"]


@pytest.mark.parametrize("name", SCENARIOS)
async def test_the_planted_cause_is_named_first(serve, name, record_property) -> None:
    scenario = SCENARIOS[name]
    served = await serve(simulator={"scenario": name})
    pipe = await pipe_of(served)
    if scenario.rate_limit:
        for _ in range(6):
            await served.call("list_clickpipes")
    told = scenario.console or TOLD.get(name)
    before = len(served.plane.arrived)

    result = await served.call(
        "diagnose_clickpipe", clickpipe=pipe, **({"error_text": told} if told else {})
    )

    found = facts(result)
    if scenario.rate_limit:
        # The limit of the key is nothing that the pipe suffers from.
        assert found["findings"] == []
        assert scenario.cause in str(found["not_seen"])
        first = f"{scenario.cause} (not seen)"
    else:
        first = found["findings"][0]["cause"]
        assert first == scenario.cause
        assert found["findings"][0]["evidence"]
        assert found["steps"]
    assert served.plane.writes == [r for r in served.plane.writes if "/run" in r.path]
    looks = [r for r in served.plane.arrived[before:] if r.path.startswith(PIPES.rsplit("/", 1)[0])]
    assert len(looks) <= MOST_REQUESTS, [r.path for r in looks]
    spent, calls = tokens(said(result)), len(served.plane.arrived) - before
    assert spent <= LONGEST_ANSWER
    record_property(PROPERTY, (name, first, calls, spent))


@pytest.mark.parametrize("name", [name for name in SCENARIOS if not SCENARIOS[name].rate_limit])
async def test_a_fresh_world_never_looks_as_if_nothing_could_be_wrong(serve, name) -> None:
    served = await serve(simulator={"scenario": name})

    found = facts(await served.call("diagnose_clickpipe", clickpipe=await pipe_of(served)))

    first = [one["cause"] for one in found["findings"]][:1]
    asked_for = first == ["pipe.failed"] and bool(SCENARIOS[name].console)
    untold = any(SCENARIOS[name].cause in reason for reason in found["not_seen"])
    assert first == [SCENARIOS[name].cause] or asked_for or untold
    assert bool(found["findings"]) or "as far as could be seen" in found["summary"]


async def test_what_takes_time_to_show_is_said_to_be_unknown_until_then(serve) -> None:
    served = await serve(simulator={"scenario": "snapshot-stuck"})
    pipe = await pipe_of(served)
    await served.command(pipe, "resync")
    served.clock.advance(60)

    early = facts(await served.call("diagnose_clickpipe", clickpipe=pipe))
    served.clock.advance(900)
    late = facts(await served.call("diagnose_clickpipe", clickpipe=pipe))

    assert early["summary"].startswith("Nothing wrong found")
    (told,) = [one for one in early["not_seen"] if one.startswith("too early to tell: ")]
    assert "postgres.snapshot-stuck" in told
    assert re.search(r"shows in 1[45] min at the earliest; Snapshot lasts for 1 min so far", told)
    assert late["findings"][0]["cause"] == "postgres.snapshot-stuck"
    assert not any("too early" in one for one in late["not_seen"])


async def test_a_healthy_pipe_is_told_over_what_time_it_was_looked_at(serve) -> None:
    served = await serve()

    found = facts(await served.call("diagnose_clickpipe", clickpipe=await served.pipe(KAFKA)))

    assert "rates over 5 s" in found["looked_at"]


MOST_REQUESTS = 6
"""Of the key's ten in ten seconds; the statements that the service answers are none of them."""

ONCE = POSTGRES | {
    "source": {
        "postgres": POSTGRES["source"]["postgres"] | {"settings": {"replicationMode": "snapshot"}}
    }
}


@pytest.mark.parametrize(("body", "offers"), [(ONCE, True), (BIGQUERY, False)])
async def test_a_resync_is_offered_only_where_it_is_possible(serve, body, offers) -> None:
    served = await serve()
    pipe = await served.pipe(body)

    found = facts(await served.call("diagnose_clickpipe", clickpipe=pipe))

    assert found["findings"][0]["cause"] == "pipe.completed"
    assert ("resync_clickpipe" in str(found)) is offers


@pytest.mark.parametrize(
    "body",
    [body for body in REFERENCE_BODIES if "bigquery" not in body["source"]],
    ids=lambda b: b["name"],
)
async def test_a_healthy_pipe_is_left_in_peace(serve, body) -> None:
    served = await serve()
    pipe = await served.pipe(body)

    result = await served.call("diagnose_clickpipe", clickpipe=pipe)

    assert facts(result)["summary"].startswith("Nothing ")
    assert "metrics" in facts(result)["looked_at"]
    assert tokens(said(result)) <= LONGEST_ANSWER


async def test_an_error_text_alone_is_enough(serve) -> None:
    served = await serve()

    found = facts(
        await served.call(
            "diagnose_clickpipe",
            error_text="BAD_REQUEST: failed to establish connection: dial tcp: lookup "
            "broker.example.com: no such host",
        )
    )

    assert found["findings"][0]["cause"] == "network.name-unknown"
    assert served.plane.arrived == []


async def test_the_error_of_a_failed_create_is_understood_as_this_server_told_it(serve) -> None:
    served = await serve()
    refused = await served.call("create_kafka_clickpipe", service=IDLE_SERVICE_ID, **KAFKA)

    found = facts(await served.call("diagnose_clickpipe", error_text=said(refused)))

    assert found["findings"][0]["cause"] == "service.idle"


async def test_the_status_in_an_error_text_is_understood(serve) -> None:
    served = await serve()

    found = facts(await served.call("diagnose_clickpipe", error_text="It answered HTTP 401."))

    assert found["findings"][0]["cause"] == "access.key-unknown"


async def test_a_text_that_nobody_knows_is_said_to_be_unknown(serve) -> None:
    served = await serve()

    found = facts(await served.call("diagnose_clickpipe", error_text="all is well"))

    assert "nothing that is known" in found["summary"]
    assert found["findings"] == []


async def test_a_symptom_in_words_finds_advice(serve) -> None:
    served = await serve()

    found = facts(
        await served.call("diagnose_clickpipe", error_text="Timescale hypertable rows are missing")
    )

    assert any("hypertable" in piece for piece in found["worth_knowing"])


async def test_where_nothing_is_known_to_be_wrong_no_fix_is_waited_for(serve) -> None:
    served = await serve()
    pipe = await served.pipe(S3)

    found = facts(
        await served.call("diagnose_clickpipe", clickpipe=pipe, error_text="it feels odd")
    )

    assert found["findings"] == []
    assert "once the fix is made" not in str(found.get("next_actions"))


async def test_advice_about_one_source_says_so_where_nobody_knows_the_source(serve) -> None:
    served = await serve()
    pipe = await served.pipe(BIGQUERY)
    words = "it just stopped working since yesterday and no new rows come"

    of_any = facts(await served.call("diagnose_clickpipe", error_text=words))["worth_knowing"]
    of_one = facts(await served.call("diagnose_clickpipe", error_text=words, clickpipe=pipe))

    assert [piece.partition(":")[0] for piece in of_any] == ["If the source is BigQuery"]
    assert not any("If the source" in piece for piece in of_one["worth_knowing"])


async def test_something_has_to_be_named(serve) -> None:
    served = await serve()

    refusal = error(await served.call("diagnose_clickpipe"))

    assert "error_text" in refusal["problems"][0]["fix"]
    assert served.plane.arrived == []


async def test_what_a_quoted_error_says_is_weighed_with_what_is_seen(serve) -> None:
    served = await serve()
    pipe = await served.pipe(POSTGRES)

    result = await served.call(
        "diagnose_clickpipe",
        clickpipe=pipe,
        error_text="FATAL: password authentication failed for user",
    )

    assert facts(result)["findings"][0]["cause"] == "postgres.access-denied"


async def test_what_only_the_console_shows_is_asked_for(serve) -> None:
    served = await serve()
    pipe = await served.pipe(MYSQL)

    found = facts(await served.call("diagnose_clickpipe", clickpipe=pipe))

    assert any("Logs tab" in reason for reason in found["not_seen"])


async def test_what_cannot_be_seen_is_said_with_the_way_to_allow_it(serve) -> None:
    served = await serve(simulator={"scenario": "idle-service"})

    found = facts(await served.call("diagnose_clickpipe", clickpipe=await pipe_of(served)))

    unseen = {reason.partition(":")[0]: reason for reason in found["not_seen"]}
    assert {"error log", "record errors", "metrics"} <= unseen.keys()
    assert all("let the service run" in unseen[one] for one in unseen)


async def test_where_the_key_may_not_ask_the_service_another_one_is_named(serve) -> None:
    served = await serve(simulator={"faults": [Fault("status", path="/run", status=403)]})

    found = facts(await served.call("diagnose_clickpipe", clickpipe=await served.pipe(KAFKA)))

    unseen = {reason.partition(":")[0]: reason for reason in found["not_seen"]}
    assert "CLICKPIPES_QUERY_KEY_ID" in unseen["error log"]


async def test_the_service_is_not_woken_by_looking(serve) -> None:
    served = await serve(simulator={"scenario": "idle-service"})

    await served.call("diagnose_clickpipe", clickpipe=await pipe_of(served))

    service = await served.plane.by_somebody_else("GET", PIPES.removesuffix("/clickpipes"))
    assert service["state"] == "idle"


async def test_a_secret_in_a_quoted_error_is_not_repeated(serve) -> None:
    served = await serve()

    result = await served.call(
        "diagnose_clickpipe",
        error_text="connection refused: postgres://me:canary-of-a-password@db.example.com/x",
    )

    assert "canary" not in said(result)
    assert "canary" not in str(result.structured_content)


async def test_a_table_is_named_as_the_pipe_names_it(serve) -> None:
    served = await serve(simulator={"scenario": "malformed-records"})

    result = await served.call("diagnose_clickpipe", clickpipe=await pipe_of(served))

    assert "default.kafka_orders_1_clickpipes_error" in said(result)


async def test_old_errors_of_a_pipe_that_works_again_are_not_held_against_it(serve) -> None:
    served = await serve(simulator={"scenario": "access-denied"})
    pipe = await pipe_of(served)
    await served.command(pipe, "start")
    served.clock.advance(2 * 3600.0)

    found = facts(await served.call("diagnose_clickpipe", clickpipe=pipe))

    assert all(one["cause"] != "object-storage.access-denied" for one in found["findings"])


async def test_probing_stays_away_from_private_addresses(serve) -> None:
    served = await serve()
    pipe = await served.pipe(
        KAFKA | {"source": {"kafka": KAFKA["source"]["kafka"] | {"brokers": "127.0.0.1:9092"}}}
    )

    found = facts(await served.call("diagnose_clickpipe", clickpipe=pipe, probe=True))

    assert found["probes"][0]["dns"] == "private address"
    assert "CLICKPIPES_PROBE_PRIVATE" in found["probes"][0]["tcp"]


async def test_nothing_is_probed_unasked(serve) -> None:
    served = await serve()
    pipe = await served.pipe(S3)

    assert facts(await served.call("diagnose_clickpipe", clickpipe=pipe))["probes"] == []


async def test_suggested_calls_name_the_pipe(serve) -> None:
    served = await serve(simulator={"scenario": "undersized"})
    pipe = await pipe_of(served)

    (first, *_) = facts(await served.call("diagnose_clickpipe", clickpipe=pipe))["next_actions"]

    assert first["tool"] == "scale_clickpipe"
    assert first["arguments"]["clickpipe"] == pipe


@pytest.mark.parametrize(
    "name", ["binlog-purged", "postgres-password-rotated", "oplog-rolled-over"]
)
async def test_the_errors_that_the_api_does_not_show_are_asked_for_first(serve, name) -> None:
    served = await serve(simulator={"scenario": name})

    found = facts(await served.call("diagnose_clickpipe", clickpipe=await pipe_of(served)))

    first, second, *_ = found["summary"].split(". ")
    assert "API does not show" in first
    assert "tab Logs" in second
    assert found["steps"][0]["where"] == "console"
    assert sum("?" in one["step"] for one in found["steps"]) >= 2
    assert "resync" not in str(found["next_actions"])
    assert sum("only resync_clickpipe helps" in one["step"] for one in found["steps"]) == 1
    assert all("goes on where it was" not in one["step"] for one in found["steps"])
    assert found["findings"][0]["confidence"] == "low"
    assert "Cause unknown" in found["findings"][0]["what"]
    assert "needs error_text" in found["next_actions"][0]["why"]
    assert "clickpipes_log" not in str(found["steps"])
    assert found["next_actions"][0]["tool"] == "diagnose_clickpipe"


async def test_a_pipe_that_works_is_not_advised_to_start(serve) -> None:
    served = await serve(simulator={"scenario": "slot-growing"})

    found = facts(await served.call("diagnose_clickpipe", clickpipe=await pipe_of(served)))

    assert "start_clickpipe" not in str([found["steps"], found["next_actions"]])


async def test_a_tunnel_that_is_refused_is_seen_without_any_text(serve) -> None:
    served = await serve(simulator={"scenario": "tunnel-refused"})

    found = facts(await served.call("diagnose_clickpipe", clickpipe=await pipe_of(served)))

    assert [one["cause"] for one in found["findings"]] == ["network.ssh-tunnel", "pipe.failed"]
    assert "bastion" in found["findings"][0]["evidence"]


async def test_what_an_outage_brings_with_it_is_no_second_cause(serve) -> None:
    served = await serve(simulator={"scenario": "broker-down"})

    found = facts(await served.call("diagnose_clickpipe", clickpipe=await pipe_of(served)))

    assert [one["cause"] for one in found["findings"]] == ["network.refused"]
