"""Creating pipes: one tool for each source, never a second pipe by accident."""

import anyio
import pytest
from mcp_types import CallToolResult

from clickpipes_mcp.cloud import Pipe, differences
from clickpipes_mcp.cloud.bodies import masked
from clickpipes_mcp.simulator import DEFAULT_ORGANIZATION_ID, DEFAULT_SERVICE_ID, Fault
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools.creating.creation import create_body
from tests.examples import DOCUMENTED, put_secrets
from tests.serving import (
    KAFKA,
    PIPES,
    POSTGRES,
    REFERENCE_BODIES,
    SERVICE,
    error,
    facts,
    said,
)

pytestmark = pytest.mark.anyio

TOOL_OF = {body["name"]: f"create_{key}_clickpipe" for key, body in DOCUMENTED.items()}
REGISTRY = {"url": "https://registry.example.com", "authentication": "PLAIN"} | {
    "credentials": {"username": "reader", "password": "${env:CLICKPIPES_SECRET_KAFKA}"}
}


@pytest.fixture(autouse=True)
def _secrets(monkeypatch, tmp_path) -> None:
    put_secrets(monkeypatch, tmp_path)


@pytest.mark.parametrize("spec", SOURCES, ids=lambda spec: spec.key)
async def test_every_source_is_created_from_its_example(serve, tmp_path, spec) -> None:
    served = await serve(secrets_dir=tmp_path)

    result = await served.call(f"create_{spec.key}_clickpipe", **spec.example)

    made = facts(result)
    assert made["clickpipe"]["name"] == spec.example["name"]
    assert made["next_actions"][0]["tool"] == "wait_for_clickpipe"
    assert [(write.method, write.path) for write in served.plane.writes] == [("POST", PIPES)]
    assert "written out in the call" not in said(result)


@pytest.mark.parametrize(
    "spec",
    [spec for spec in SOURCES if "start_paused" in spec.create.model_fields],
    ids=lambda spec: spec.key,
)
async def test_what_is_created_stopped_is_offered_its_first_start(serve, tmp_path, spec) -> None:
    served = await serve(secrets_dir=tmp_path)
    tool, arguments = f"create_{spec.key}_clickpipe", spec.example | {"start_paused": True}

    shown = facts(await served.call(tool, **arguments, dry_run=True))
    made = facts(await served.call(tool, **arguments))

    assert "the same call without dry_run does" in shown["summary"]
    assert "Created stopped" in shown["effects"][0]
    (first,) = made["next_actions"]
    assert (first["tool"], first["why"]) == ("start_clickpipe", "begins to read")


async def test_a_literal_secret_is_sent_with_a_warning(serve) -> None:
    served = await serve()

    made = facts(await served.call("create_kafka_clickpipe", **KAFKA))

    assert made["warnings"][0].startswith(
        "source.kafka.credentials.password: The secret is written out"
    )


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


@pytest.mark.parametrize("body", REFERENCE_BODIES, ids=lambda body: next(iter(body["source"])))
async def test_a_pipe_of_the_same_name_and_configuration_is_adopted(serve, body) -> None:
    served = await serve()
    pipe = await served.pipe(body)

    answer = await served.call(TOOL_OF[body["name"]], **body)
    if "azureContainerName" in str(body):
        assert "source.azure_container_name" in error(answer)["problem"]
        return
    adopted = facts(answer)

    assert adopted["clickpipe"]["id"] == pipe
    assert "was adopted" in adopted["summary"]
    assert served.plane.writes == []


@pytest.mark.parametrize("spec", SOURCES, ids=lambda spec: spec.key)
async def test_creating_twice_makes_one_pipe(serve, tmp_path, spec) -> None:
    served = await serve(secrets_dir=tmp_path)
    tool = f"create_{spec.key}_clickpipe"
    made = facts(await served.call(tool, **spec.example))

    again = facts(await served.call(tool, **spec.example))

    assert again["clickpipe"]["id"] == made["clickpipe"]["id"]
    assert len(served.plane.writes) == 1


async def test_a_name_of_another_configuration_is_a_conflict_that_names_the_fields(serve) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA)
    kafka = KAFKA["source"]["kafka"] | {"topics": "private-topic", "format": "Avro"}
    other = KAFKA | {"source": {"kafka": kafka | {"schema_registry": REGISTRY}}}

    refusal = error(await served.call("create_kafka_clickpipe", **other))

    assert refusal["code"] == "conflict"
    assert "source.format, source.schema_registry.url, source.topics" in refusal["problem"]
    assert "private-topic" not in str(refusal)
    assert refusal["next_actions"][0]["arguments"] == {"service": SERVICE, "clickpipe": pipe}
    assert served.plane.writes == []


async def test_a_name_of_another_source_is_a_conflict(serve) -> None:
    served = await serve()
    await served.pipe(POSTGRES | {"name": KAFKA["name"]})

    refusal = error(await served.call("create_kafka_clickpipe", **KAFKA))

    assert refusal["problem"].endswith("is set up differently in: source. Nothing was sent.")


async def test_a_dry_run_says_that_the_pipe_exists(serve) -> None:
    served = await serve()
    await served.pipe(KAFKA)

    planned = facts(await served.call("create_kafka_clickpipe", **KAFKA, dry_run=True))

    assert "exists already" in planned["summary"]
    assert "request" not in planned


async def test_credentials_that_cannot_be_compared_are_pointed_out(serve) -> None:
    served = await serve()
    await served.pipe(KAFKA)

    adopted = facts(await served.call("create_kafka_clickpipe", **KAFKA))

    assert "Its credentials were not compared: the API never returns them." in adopted["warnings"]


SUMS = {
    "database": "default",
    "table": "sums",
    "managedTable": True,
    "tableDefinition": {
        "engine": {"type": "SummingMergeTree", "columnIds": ["total"]},
        "sortingKey": ["id"],
    },
    "columns": [{"name": "id", "type": "UInt64"}, {"name": "total", "type": "UInt64"}],
}


async def test_a_pipe_into_sums_is_adopted_although_no_read_shows_their_columns(serve) -> None:
    served = await serve()
    body = KAFKA | {"destination": SUMS, "fieldMappings": None}
    made = facts(await served.call("create_kafka_clickpipe", **body))

    adopted = facts(await served.call("create_kafka_clickpipe", **body))

    assert adopted["clickpipe"]["id"] == made["clickpipe"]["id"]
    assert len(served.plane.writes) == 1


@pytest.mark.parametrize("spec", SOURCES, ids=lambda spec: spec.key)
async def test_a_pipe_reads_back_as_what_was_asked_for(serve, spec) -> None:
    served = await serve()
    found = {}

    for number, rule in enumerate(spec.rules):
        body = create_body(spec, spec.create.model_validate(rule.kept)) | {"name": f"pipe {number}"}
        if "table" in body["destination"]:
            body["destination"]["table"] = f"table_{number}"
        made = await served.plane.by_somebody_else("POST", PIPES, masked(body))
        read = await served.plane.by_somebody_else("GET", f"{PIPES}/{made['id']}")
        found[rule.id] = differences(body, Pipe.model_validate(read), spec)

    assert {rule: paths for rule, paths in found.items() if paths} == {}


async def test_a_pipe_that_is_being_deleted_is_not_adopted(serve) -> None:
    served = await serve(consent="dangerously-off")
    pipe = facts(await served.call("create_kafka_clickpipe", **KAFKA))["clickpipe"]["id"]
    await served.call("delete_clickpipe", clickpipe=pipe)

    refusal = error(await served.call("create_kafka_clickpipe", **KAFKA))
    served.clock.advance(60)
    made = facts(await served.call("create_kafka_clickpipe", **KAFKA))

    assert "is being deleted" in refusal["problem"]
    assert refusal["next_actions"][0]["tool"] == "wait_for_clickpipe"
    assert made["clickpipe"]["id"] != pipe


async def test_two_calls_at_once_make_one_pipe(serve) -> None:
    served = await serve()
    results: list[CallToolResult] = []

    async def create() -> None:
        results.append(await served.call("create_kafka_clickpipe", **KAFKA))

    async with anyio.create_task_group() as calls:
        calls.start_soon(create)
        calls.start_soon(create)

    assert [result.is_error for result in results] == [False, False]
    assert len(served.plane.writes) == 1


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


async def test_waking_a_service_is_reported_while_it_lasts(serve) -> None:
    served = await serve(wake_service=True)
    served.listens = True

    await served.call("create_kafka_clickpipe", **KAFKA, service="simulated-idle")

    numbers = [number for number, _, _ in served.progress]
    assert numbers == sorted(set(numbers))
    assert served.progress[0][2] == "the service is idle, waking it"
    assert served.progress[-1][2] == "the service is awaking, 5 s"


async def test_a_stopped_service_is_never_started(serve) -> None:
    served = await serve(wake_service=True)
    state = f"/v1/organizations/{DEFAULT_ORGANIZATION_ID}/services/{DEFAULT_SERVICE_ID}/state"
    await served.plane.by_somebody_else("PATCH", state, {"command": "stop"})
    served.clock.advance(60)

    refusal = error(await served.call("create_kafka_clickpipe", **KAFKA))

    assert refusal["code"] == "service_not_running"
    assert [write.method for write in served.plane.writes] == ["POST"]


async def test_a_service_that_cannot_be_woken_leaves_no_doubt_about_the_pipe(serve) -> None:
    fault = Fault(kind="reset", method="PATCH", when="after", times=1)
    served = await serve(wake_service=True, simulator={"faults": (fault,)})

    refusal = error(await served.call("create_kafka_clickpipe", **KAFKA, service="simulated-idle"))

    assert refusal["code"] == "service_not_running"
    assert "Waking it failed" in refusal["problem"]
    assert [write.method for write in served.plane.writes] == ["POST", "PATCH"]


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
