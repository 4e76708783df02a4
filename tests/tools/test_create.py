"""Creating pipes: one tool for each source, never a second pipe by accident."""

import pytest

from clickpipes_mcp.simulator import Fault
from clickpipes_mcp.sources import SOURCES
from tests.serving import KAFKA, PIPES, POSTGRES, SERVICE, error, facts, said

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _secrets(monkeypatch, tmp_path) -> None:
    for name in ("KAFKA", "AZURE", "PG", "MYSQL", "MONGO", "GCP"):
        monkeypatch.setenv(f"CLICKPIPES_SECRET_{name}", "example-secret")
    (tmp_path / "service-account.json").write_text('{"type": "service_account"}')


@pytest.mark.parametrize("spec", SOURCES, ids=lambda spec: spec.key)
async def test_every_source_is_created_from_its_example(serve, tmp_path, spec) -> None:
    served = await serve(secrets_dir=tmp_path)

    result = await served.call(f"create_{spec.key}_clickpipe", **spec.example)

    made = facts(result)
    assert made["clickpipe"]["name"] == spec.example["name"]
    assert made["next_actions"][0]["tool"] == "wait_for_clickpipe"
    assert [(write.method, write.path) for write in served.plane.writes] == [("POST", PIPES)]
    assert "written out in the call" not in said(result)


async def test_a_literal_secret_is_sent_with_a_warning(serve) -> None:
    served = await serve()

    made = facts(await served.call("create_kafka_clickpipe", **KAFKA))

    assert made["warnings"][0].startswith("source.kafka.credentials.password: written out")


async def test_a_literal_secret_is_refused_where_the_operator_says_so(serve) -> None:
    served = await serve(literal_secrets="refuse")

    refusal = error(await served.call("create_kafka_clickpipe", **KAFKA))

    assert refusal["code"] == "secret_unavailable"
    assert served.plane.writes == []


async def test_a_secret_that_is_not_set_is_named(serve, monkeypatch) -> None:
    monkeypatch.delenv("CLICKPIPES_SECRET_KAFKA")
    served = await serve()

    refusal = error(await served.call("create_kafka_clickpipe", **SOURCES[0].example))

    assert refusal["code"] == "secret_unavailable"
    assert "CLICKPIPES_SECRET_KAFKA" in refusal["problem"]
    assert served.plane.writes == []


async def test_a_name_that_is_taken_is_a_conflict(serve) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA)

    refusal = error(await served.call("create_kafka_clickpipe", **KAFKA))

    assert refusal["code"] == "conflict"
    assert refusal["next_actions"][0]["arguments"] == {"service": SERVICE, "clickpipe": pipe}
    assert served.plane.writes == []


async def test_what_the_api_finds_wrong_is_passed_on(serve) -> None:
    served = await serve()
    source = {"kafka": KAFKA["source"]["kafka"] | {"brokers": "unreachable.example.com:9092"}}

    refusal = error(await served.call("create_kafka_clickpipe", **KAFKA | {"source": source}))

    assert refusal["code"] == "refused_by_api"
    assert "no such host" in refusal["problem"]
    assert refusal["request_id"]


async def test_an_idle_service_says_how_it_wakes(serve) -> None:
    served = await serve()

    refusal = error(await served.call("create_kafka_clickpipe", **KAFKA, service="simulated-idle"))

    assert refusal["code"] == "service_not_running"
    assert "CLICKPIPES_WAKE_SERVICE" in refusal["fix"]


async def test_an_idle_service_is_woken_where_the_operator_allows_it(serve) -> None:
    served = await serve(wake_service=True)

    made = facts(await served.call("create_kafka_clickpipe", **KAFKA, service="simulated-idle"))

    assert made["clickpipe"]["state"] == "Provisioning"


LOST_ANSWERS = {
    "cut": Fault(kind="reset", method="POST", when="after", times=1),
    "server error": Fault(kind="status", method="POST", when="after", status=500, times=1),
    "half an answer": Fault(kind="truncate", method="POST", times=1),
    "a web page": Fault(kind="not_json", method="POST", times=1),
}


@pytest.mark.parametrize("fault", LOST_ANSWERS.values(), ids=LOST_ANSWERS)
async def test_a_lost_answer_makes_no_second_pipe(serve, fault) -> None:
    served = await serve(simulator={"faults": (fault,)})

    result = await served.call("create_kafka_clickpipe", **KAFKA)

    assert not result.is_error, said(result)
    assert "It was not sent twice." in said(result)
    assert len(served.plane.writes) == 1
    assert len(await served.pipes()) == 1


async def test_a_request_that_may_still_arrive_is_not_repeated(serve) -> None:
    fault = Fault(kind="status", method="POST", status=500, times=1)
    served = await serve(simulator={"faults": (fault,)})

    refusal = error(await served.call("create_kafka_clickpipe", **KAFKA))

    assert refusal["code"] == "api_failure"
    assert "may still appear" in refusal["problem"]
    assert refusal["next_actions"][0]["arguments"] == {
        "service": SERVICE,
        "name_contains": KAFKA["name"],
    }
    assert len(served.plane.writes) == 1


async def test_when_the_list_fails_too_the_first_failure_is_told(serve) -> None:
    faults = (
        Fault(kind="status", method="POST", when="after", status=500, times=1),
        Fault(kind="status", method="GET", path="/clickpipes", status=500),
    )
    served = await serve()
    board = served.plane.app.state.faults

    async def trouble() -> None:
        if served.plane.writes and not board.current():
            board.replace(faults)

    served.plane.before_answering = trouble

    refusal = error(await served.call("create_kafka_clickpipe", **KAFKA))

    assert refusal["code"] == "api_failure"
    assert "create_pipe" in refusal["problem"]
    assert "Nothing was changed" not in refusal["fix"]
    assert len(served.plane.writes) == 1


async def test_a_refusal_before_acting_is_repeated_until_it_works(serve) -> None:
    fault = Fault(kind="status", method="POST", status=429, seconds=2, times=2)
    served = await serve(simulator={"faults": (fault,)})

    result = await served.call("create_kafka_clickpipe", **KAFKA)

    assert not result.is_error, said(result)
    assert len(served.plane.writes) == 3
    assert len(await served.pipes()) == 1


async def test_a_wait_longer_than_a_write_may_take_is_told(serve) -> None:
    fault = Fault(kind="status", method="POST", status=429, seconds=3600)
    served = await serve(simulator={"faults": (fault,)})

    refusal = error(await served.call("create_kafka_clickpipe", **KAFKA))

    assert (refusal["code"], refusal["retryable"]) == ("rate_limited", True)
    assert refusal["wait_s"] == 3600
    assert len(served.plane.writes) == 1


async def test_samples_are_validated_when_asked(serve) -> None:
    served = await serve()

    await served.call("create_kafka_clickpipe", **KAFKA, validate_samples=True)

    assert served.plane.writes[0].body["source"]["validateSamples"] is True


async def test_a_database_pipe_without_an_engine_is_warned_of(serve) -> None:
    served = await serve()

    made = facts(await served.call("create_postgres_clickpipe", **POSTGRES))

    assert any("ReplacingMergeTree" in warning for warning in made["warnings"])


async def test_a_dry_run_that_is_declined_is_a_call_like_any_other(serve) -> None:
    served = await serve()

    await served.call("create_kafka_clickpipe", **KAFKA, dry_run=False)

    assert [write.body for write in served.plane.writes] == [KAFKA]
