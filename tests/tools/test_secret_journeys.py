"""A secret that went to one host goes to another when a person agrees."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from mcp_types import CallToolResult, ElicitRequestParams, ElicitResult

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.journal import Journal
from clickpipes_mcp.secret_history import note_secret
from clickpipes_mcp.sources import SOURCES
from tests.serving import Served, error, facts
from tests.tools.secret_ways import (
    HOSTS,
    KEY,
    TRAVELLER,
    USUAL,
    a_way_of_each_kind,
    created,
    credentials,
    every_hostile_way,
    example,
    travels,
)

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _secrets(monkeypatch) -> None:
    monkeypatch.setenv(USUAL, KEY)
    monkeypatch.setenv(TRAVELLER, KEY)


@pytest.fixture
def journal(tmp_path) -> Path:
    return tmp_path / "journal.jsonl"


ELSEWHERE = "db.corp.example"
"""Where the secret that travels has gone before."""


@pytest.fixture
def travelled(journal) -> Path:
    """The journal of a server that has sent the secret before."""
    Journal(journal, ManualClock()).intent(
        tool="create_postgres_clickpipe",
        operation="create",
        secrets=[note_secret(f"env:{TRAVELLER}", ELSEWHERE)],
    )
    return journal


@dataclass
class Asked:
    """A person who answers with this name, and remembers what was asked."""

    name: str
    questions: list[str] = field(default_factory=list)

    async def __call__(self, asked: ElicitRequestParams) -> ElicitResult:
        self.questions.append(asked.message)
        return ElicitResult(action="accept", content={"name": self.name})


@every_hostile_way
async def test_where_nobody_can_be_asked_a_secret_goes_to_no_new_host(
    serve, travelled, way
) -> None:
    served = await serve(journal=travelled)

    refusal = error(await way.called(served))

    assert refusal["code"] == "consent_required"
    assert f"went to {ELSEWHERE} so far" in refusal["problem"]
    assert f"is to go to {HOSTS[way.spec.key]}" in refusal["problem"]
    assert ("CLICKPIPES_SECRETS_BINDINGS" in refusal["fix"]) is not way.asks_anyway
    assert served.plane.arrived == []
    assert travels(travelled) == {ELSEWHERE}


@a_way_of_each_kind
async def test_a_person_decides_whether_a_secret_goes_to_a_new_host(
    serve, era, travelled, way
) -> None:
    host = HOSTS[way.spec.key]
    person = Asked(host)
    served = await serve(era=era, journal=travelled, person=person)

    facts(await way.called(served))

    assert len(person.questions) == 1
    lines = person.questions[0].splitlines()
    assert lines[0] == f"Send the secret env:{TRAVELLER} to {host} on the simulator?"
    assert lines[-1] == f"To go ahead, type the name: {host}"
    assert f"went to {ELSEWHERE} so far" in person.questions[0]
    assert travels(travelled) == {ELSEWHERE, host}


@a_way_of_each_kind
async def test_any_other_answer_sends_nothing(serve, travelled, way) -> None:
    person = Asked(ELSEWHERE)
    served = await serve(journal=travelled, person=person)

    refusal = error(await way.called(served))

    assert refusal["code"] == "consent_denied"
    assert served.plane.arrived == []
    assert travels(travelled) == {ELSEWHERE}


@a_way_of_each_kind
async def test_a_confirmation_in_the_chat_is_for_this_host_only(serve, travelled, way) -> None:
    served = await serve(journal=travelled, consent="chat")

    offer = facts(await way.called(served))

    token = offer["summary"].split("confirmation_token=")[1].split()[0]
    assert served.plane.arrived == []
    if way.tool == "update_clickpipe":  # it would make another pipe to change
        return
    facts(await way.called(served, confirmation_token=token))
    assert travels(travelled) == {ELSEWHERE, HOSTS[way.spec.key]}


@a_way_of_each_kind
async def test_a_dry_run_tells_of_the_question_and_asks_nobody(serve, travelled, way) -> None:
    served = await serve(journal=travelled)

    plan = facts(await way.called(served, dry_run=True))

    assert any(f"went to {ELSEWHERE} so far" in warning for warning in plan["warnings"])
    assert travels(travelled) == {ELSEWHERE}


@a_way_of_each_kind
async def test_what_the_operator_has_bound_is_not_asked_about(
    serve, travelled, tmp_path, way
) -> None:
    bindings = tmp_path / "bindings"
    bindings.write_text(f"env:{TRAVELLER} {HOSTS[way.spec.key]}")
    served = await serve(journal=travelled, secrets_bindings=bindings)

    facts(await way.called(served))

    assert travels(travelled) == {ELSEWHERE, HOSTS[way.spec.key]}


KAFKA = next(spec for spec in SOURCES if spec.key == "kafka")


async def cluster(served: Served, name: str, brokers: str) -> CallToolResult:
    body = example(KAFKA, TRAVELLER) | {"name": name}
    body["source"]["brokers"] = brokers
    return await served.call("create_kafka_clickpipe", **body)


async def test_rotation_and_several_brokers_of_a_cluster_are_no_question(
    serve, journal, monkeypatch
) -> None:
    served = await serve(journal=journal)

    facts(await cluster(served, "one", "b-1.kafka.corp.example:9092,b-2.kafka.corp.example:9092"))
    facts(await cluster(served, "two", "B-2.Kafka.corp.example.:9092"))
    monkeypatch.setenv(TRAVELLER, "rotated")
    facts(await cluster(served, "three", "b-3.kafka.corp.example:9092"))

    assert error(await cluster(served, "four", "b-3.kafka.corp.example:9092,evil.example:9092"))[
        "code"
    ] == ("consent_required")


async def test_a_person_sees_every_host_a_secret_is_to_go_to(serve, travelled) -> None:
    hosts = [
        *(f"b-{number}.{'x' * 60}.{'y' * 60}.corp.example" for number in range(9)),
        "evil.example",
    ]
    served = await serve(journal=travelled)

    refusal = error(await cluster(served, "one", ",".join(f"{host}:9092" for host in hosts)))

    assert refusal["code"] == "consent_required"
    assert all(host in refusal["problem"] for host in hosts)


@pytest.mark.parametrize("reference", [f"env:{TRAVELLER}", "ask:kafka"])
async def test_a_secret_goes_to_no_more_hosts_than_a_person_can_look_at(
    serve, travelled, reference
) -> None:
    served = await serve(journal=travelled)
    body = example(KAFKA, TRAVELLER)
    body["source"]["brokers"] = ",".join(f"b{number}.corp.example:9092" for number in range(51))
    body["source"]["credentials"]["password"] = f"${{{reference}}}"

    refusal = error(await served.call("create_kafka_clickpipe", **body))

    assert "51 hosts" in refusal["problem"]
    assert served.plane.writes == []


async def test_without_a_journal_the_process_knows_where_a_secret_went(serve) -> None:
    served = await serve()
    facts(await cluster(served, "one", "kafka.corp.example:9092"))

    refusal = error(await cluster(served, "two", "evil.example:9092"))

    assert "went to kafka.corp.example so far" in refusal["problem"]


async def test_a_registry_and_its_brokers_are_two_recipients(serve, travelled) -> None:
    served = await serve(journal=travelled)
    body = example(KAFKA, USUAL)
    body["source"] |= {
        "format": "AvroConfluent",
        "schema_registry": {
            "url": "https://registry.evil.example/",
            "authentication": "PLAIN",
            "credentials": {"username": "key", "password": f"${{env:{TRAVELLER}}}"},
        },
    }

    refusal = error(await served.call("create_kafka_clickpipe", **body))

    assert "is to go to registry.evil.example." in refusal["problem"]


@pytest.mark.parametrize("bound", ["", f"env:{TRAVELLER} postgres.example.com"])
async def test_a_tunnel_decides_where_a_name_leads_and_so_is_a_host_of_its_own(
    serve, journal, tmp_path, bound
) -> None:
    bindings = tmp_path / "bindings"
    bindings.write_text(bound)
    spec = next(spec for spec in SOURCES if spec.key == "postgres")
    served = await serve(journal=journal, secrets_bindings=bindings)
    facts(await created(served, spec, TRAVELLER))
    body = example(spec, TRAVELLER) | {"name": "through a bastion"}
    body["source"]["ssh_key_resource_id"] = "5e1d7a90-84b2-4c6f-a3d5-7b90f26c1004"

    refusal = error(await served.call("create_postgres_clickpipe", **body))

    assert refusal["code"] == "consent_required"
    assert (
        "is to go to the bastion of the SSH key 5e1d7a90-84b2-4c6f-a3d5-7b90f26c1004."
        in refusal["problem"]
    )


async def test_a_pipe_that_is_pointed_elsewhere_takes_its_secret_along(serve, journal) -> None:
    spec = next(spec for spec in SOURCES if spec.key == "postgres")
    served = await serve(journal=journal)
    pipe = facts(await created(served, spec, TRAVELLER))["clickpipe"]["id"]
    served.clock.advance(3600)
    source = {"host": "evil.example", **credentials("postgres", TRAVELLER)}

    refusal = error(await served.call("update_clickpipe", clickpipe=pipe, source=source))

    assert "is to go to evil.example" in refusal["problem"]
