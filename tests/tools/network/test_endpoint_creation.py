"""Creating reverse private endpoints, type by type."""

import json
from collections.abc import Awaitable, Callable

import anyio.lowlevel
import pytest

from clickpipes_mcp.private_endpoints import EXAMPLES, KINDS
from clickpipes_mcp.simulator import IDLE_SERVICE_ID, Fault
from tests.serving import POSTGRES, SERVICE, Arrived, Served, error, facts, said
from tests.tools.network.endpoints import ENDPOINTS, ON, body_of, endpoint, with_source
from tests.tools.network.endpoints import PSC as TAKES_NAMES

pytestmark = pytest.mark.anyio

VPC, RESOURCE, MSK, PSC = EXAMPLES.values()


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
            "why": "shows whether it is Ready; look every half minute",
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


def before_look(number: int, served: Served, act: Callable[[], Awaitable[None]]) -> list[Arrived]:
    """Somebody else acts just before that look at the endpoints is answered; the looks so far."""
    looks: list[Arrived] = []

    async def somebody_else() -> None:
        arrived = served.plane.arrived[-1]
        if (arrived.method, arrived.path) == ("GET", ENDPOINTS):
            looks.append(arrived)
            if len(looks) == number:
                served.plane.before_answering = anyio.lowlevel.checkpoint
                await act()

    served.plane.before_answering = somebody_else
    return looks


async def test_a_pipe_that_turns_up_before_it_is_sent_is_not_led_elsewhere_unasked(serve) -> None:
    served = await serve(**ON, consent="dangerously-off")

    async def use() -> None:
        await served.pipe(with_source(POSTGRES, "late", host="db.example.com"))

    looks = before_look(1, served, use)

    refusal = error(await served.call("create_private_endpoint", **TAKES_NAMES))

    assert len(looks) == 1
    assert refusal["code"] == "consent_stale"
    assert "late" in refusal["problem"]
    assert served.plane.writes == []
    facts(await served.call("create_private_endpoint", **TAKES_NAMES))


async def test_an_endpoint_that_is_gone_before_it_is_adopted_is_not_made_anew_unasked(
    serve,
) -> None:
    served = await serve(**ON)
    await served.pipe(with_source(POSTGRES, "held", host="db.example.com"))
    there = await endpoint(served, TAKES_NAMES)

    async def remove() -> None:
        await served.plane.by_somebody_else("DELETE", f"{ENDPOINTS}/{there['id']}")
        served.clock.advance(3600)

    looks = before_look(2, served, remove)

    refusal = error(await served.call("create_private_endpoint", **TAKES_NAMES))

    assert len(looks) == 2
    assert refusal["code"] == "consent_stale"
    assert "held" in refusal["problem"]
    assert served.plane.writes == []
    again = error(await served.call("create_private_endpoint", **TAKES_NAMES))
    assert again["code"] == "consent_required"


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
    assert [(line["phase"], line["operation"]) for line in lines] == [
        ("intent", "create private endpoint"),
        ("outcome", "create private endpoint"),
    ]
    assert all(line["name"].endswith(" orders broker") for line in lines)
    assert lines[1]["outcome"] == "done"
