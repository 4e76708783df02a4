"""Creating reverse private endpoints, type by type."""

import json

import pytest

from clickpipes_mcp.private_endpoints import EXAMPLES, KINDS, CreateEndpoint
from clickpipes_mcp.simulator import IDLE_SERVICE_ID, Fault
from tests.serving import PIPES, SERVICE, error, facts, said

pytestmark = pytest.mark.anyio

ENDPOINTS = f"{PIPES}ReversePrivateEndpoints"
ON = {"toolsets": ("private_endpoints",)}
VPC, RESOURCE, MSK, PSC = EXAMPLES.values()


def body_of(example) -> dict:
    return CreateEndpoint.model_validate(example).body()


@pytest.fixture
async def served(serve):
    return await serve(**ON)


@pytest.mark.parametrize("kind", EXAMPLES)
async def test_an_endpoint_of_every_type_is_created(serve, era, kind) -> None:
    served = await serve(era=era, **ON)

    made = facts(await served.call("create_private_endpoint", **EXAMPLES[kind], dry_run=False))

    assert [(w.method, w.path, w.body) for w in served.plane.writes] == [
        ("POST", ENDPOINTS, body_of(EXAMPLES[kind]))
    ]
    assert (made["endpoint"]["type"], made["endpoint"]["status"]) == (kind, "Provisioning")
    assert made["next_actions"] == [
        {
            "tool": "get_private_endpoint",
            "arguments": {"service": SERVICE, "endpoint": made["endpoint"]["id"]},
            "why": "look again in half a minute, until it is Ready",
        }
    ]
    assert KINDS[kind].accept in made["summary"]


@pytest.mark.parametrize("kind", EXAMPLES)
async def test_a_documented_body_can_be_pasted(served, kind) -> None:
    made = await served.call("create_private_endpoint", **body_of(EXAMPLES[kind]))

    assert not made.is_error, said(made)
    assert served.plane.writes[0].body == body_of(EXAMPLES[kind])


@pytest.mark.parametrize("kind", EXAMPLES)
async def test_a_dry_run_shows_the_request_and_what_to_prepare(served, kind) -> None:
    plan = facts(await served.call("create_private_endpoint", **EXAMPLES[kind], dry_run=True))

    assert plan["request"] == {
        "method": "POST",
        "path": ENDPOINTS,
        "body": body_of(EXAMPLES[kind]),
    }
    assert KINDS[kind].prepare in plan["summary"]
    assert served.plane.writes == []


async def test_all_that_is_wrong_is_said_at_once_in_the_callers_spelling(served) -> None:
    refusal = error(
        await served.call(
            "create_private_endpoint",
            type="MSK_MULTI_VPC",
            description="orders",
            gcpServiceAttachment="orders",
            customPrivateDnsMappings=[{"privateDnsName": "db.corp"}],
        )
    )

    assert {(problem["field"], problem["rule"]) for problem in refusal["problems"]} == {
        ("msk_cluster_arn", "private-endpoint.companions"),
        ("msk_authentication", "private-endpoint.companions"),
        ("gcpServiceAttachment", "private-endpoint.foreign-fields"),
        ("gcpServiceAttachment", "private-endpoint.service-attachment"),
        (
            "customPrivateDnsMappings[0].privateDnsName",
            "private-endpoint.dns-reserved-suffix",
        ),
        ("customPrivateDnsMappings", "private-endpoint.dns-not-for-msk"),
    }
    assert served.plane.arrived == []


async def test_a_wrong_type_names_the_right_ones(served) -> None:
    refusal = error(await served.call("create_private_endpoint", type="MSK", description="orders"))

    assert refusal["problems"][0]["allowed"] == list(EXAMPLES)
    assert served.plane.writes == []


async def test_what_is_a_preview_is_said_and_sent(served) -> None:
    dns = {"custom_private_dns_mappings": [{"private_dns_name": "db.example.com"}]}

    made = facts(await served.call("create_private_endpoint", **RESOURCE, **dns))

    assert any("private-endpoint.dns-preview" in warning for warning in made["warnings"])


async def test_private_service_connect_on_a_service_elsewhere_is_warned_of(served) -> None:
    here = facts(await served.call("create_private_endpoint", **PSC, dry_run=True))
    there = facts(
        await served.call("create_private_endpoint", service=IDLE_SERVICE_ID, **PSC, dry_run=True)
    )

    assert any("private-endpoint.same-cloud" in warning for warning in here["warnings"])
    assert not any("private-endpoint.same-cloud" in warning for warning in there["warnings"])


@pytest.mark.parametrize("dry_run", [False, True])
async def test_a_dns_name_of_another_endpoint_is_refused(served, dry_run) -> None:
    await served.plane.by_somebody_else("POST", ENDPOINTS, body_of(PSC))
    other = {
        "gcp_service_attachment": "projects/p/regions/r/serviceAttachments/other",
        "custom_private_dns_mappings": [{"private_dns_name": "*.example.com"}],
    }

    refusal = error(await served.call("create_private_endpoint", **(PSC | other), dry_run=dry_run))

    assert refusal["problems"][0]["rule"] == "private-endpoint.dns-unique"
    assert refusal["problems"][0]["field"] == "custom_private_dns_mappings[0].private_dns_name"
    assert served.plane.writes == []


TWINS = {
    "the same endpoint service and description": (VPC, {}),
    "the same resource share": (RESOURCE, {"description": "another"}),
    "the same cluster and authentication": (MSK, {"description": "another"}),
}


@pytest.mark.parametrize(("first", "change"), TWINS.values(), ids=TWINS)
async def test_what_exists_is_not_created_twice(served, first, change) -> None:
    made = await served.plane.by_somebody_else("POST", ENDPOINTS, body_of(first))

    refusal = error(await served.call("create_private_endpoint", **(first | change)))

    assert refusal["code"] == "conflict"
    assert made["id"] in refusal["problem"]
    assert refusal["next_actions"][0]["arguments"]["endpoint"] == made["id"]
    assert served.plane.writes == []


NO_TWINS = {
    "another description": (VPC, {"description": "another"}),
    "another share": (RESOURCE, {"vpc_resource_share_arn": "arn:aws:ram:us-east-1:1:x/y"}),
    "another authentication": (MSK, {"msk_authentication": "SASL_SCRAM"}),
}


@pytest.mark.parametrize(("first", "change"), NO_TWINS.values(), ids=NO_TWINS)
async def test_what_leads_elsewhere_is_created(served, first, change) -> None:
    await served.plane.by_somebody_else("POST", ENDPOINTS, body_of(first))

    await served.call("create_private_endpoint", **(first | change))

    assert len(served.plane.writes) == 1


async def test_what_failed_is_created_anew(served) -> None:
    failing = VPC | {"description": "failed orders broker"}
    await served.plane.by_somebody_else("POST", ENDPOINTS, body_of(failing))
    served.clock.advance(3600)

    made = await served.call("create_private_endpoint", **failing)

    assert not made.is_error, said(made)


LOST_ANSWERS = {
    "cut": Fault(kind="reset", method="POST", when="after", times=1),
    "server error": Fault(kind="status", method="POST", when="after", status=500, times=1),
    "half an answer": Fault(kind="truncate", method="POST", times=1),
}


@pytest.mark.parametrize("fault", LOST_ANSWERS.values(), ids=LOST_ANSWERS)
async def test_an_endpoint_whose_answer_was_lost_is_found_and_not_sent_twice(serve, fault) -> None:
    served = await serve(**ON, simulator={"faults": (fault,)})

    made = facts(await served.call("create_private_endpoint", **VPC))

    assert "not sent twice" in made["warnings"][0]
    assert len(served.plane.writes) == 1


async def test_an_endpoint_that_cannot_be_found_may_still_appear(serve) -> None:
    fault = Fault(kind="status", method="POST", status=500, times=1)
    served = await serve(**ON, simulator={"faults": (fault,)})

    failure = error(await served.call("create_private_endpoint", **VPC))

    assert failure["code"] == "api_failure"
    assert failure["next_actions"][0]["tool"] == "list_private_endpoints"
    assert len(served.plane.writes) == 1


async def test_when_the_list_cannot_be_read_either_the_first_error_is_told(serve) -> None:
    fault = Fault(kind="status", method="POST", when="after", status=500, times=1)
    served = await serve(**ON, simulator={"faults": (fault,)})

    async def break_down() -> None:
        if served.plane.writes and not served.plane.arrived[-1].is_write:
            raise ConnectionError

    served.plane.before_answering = break_down

    failure = error(await served.call("create_private_endpoint", **VPC))

    assert "could not be read either" in failure["problem"]
    assert "create_private_endpoint" in failure["problem"]
    assert len(served.plane.writes) == 1


async def test_a_refusal_of_the_api_is_passed_on(serve) -> None:
    fault = Fault(kind="status", method="POST", status=400, text="not enabled", times=1)
    served = await serve(**ON, simulator={"faults": (fault,)})

    failure = error(await served.call("create_private_endpoint", **VPC))

    assert failure["code"] == "refused_by_api"
    assert "not enabled" in failure["problem"]


async def test_creating_is_journaled(serve, tmp_path) -> None:
    journal = tmp_path / "journal.jsonl"
    served = await serve(**ON, journal=journal)

    await served.call("create_private_endpoint", **VPC)

    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    assert [(line["phase"], line["operation"], line["name"]) for line in lines] == [
        ("intent", "create private endpoint", "orders broker"),
        ("outcome", "create private endpoint", "orders broker"),
    ]
    assert lines[1]["outcome"] == "done"
