"""Private endpoints that exist already: adopted where they are as asked for, never made twice."""

import anyio
import pytest
from mcp_types import CallToolResult

from clickpipes_mcp.private_endpoints import EXAMPLES, KINDS
from tests.serving import Served, error, facts, said
from tests.tools.network.endpoints import ENDPOINTS, ON, body_of

pytestmark = pytest.mark.anyio

VPC, RESOURCE, MSK, PSC = EXAMPLES.values()


@pytest.fixture
async def served(serve) -> Served:
    return await serve(**ON)


@pytest.mark.parametrize("kind", EXAMPLES)
async def test_an_endpoint_that_is_as_asked_for_is_adopted(serve, era, kind) -> None:
    served = await serve(era=era, **ON)
    made = await served.plane.by_somebody_else("POST", ENDPOINTS, body_of(EXAMPLES[kind]))

    adopted = facts(await served.call("create_private_endpoint", **EXAMPLES[kind]))

    assert "exists already as asked for and was adopted. Nothing was sent." in adopted["summary"]
    assert adopted["endpoint"]["id"] == made["id"]
    assert adopted["next_actions"][0]["arguments"]["endpoint"] == made["id"]
    assert served.plane.writes == []


async def test_creating_twice_makes_one_endpoint(served) -> None:
    made = facts(await served.call("create_private_endpoint", **PSC))

    again = facts(await served.call("create_private_endpoint", **PSC))

    assert again["endpoint"] == made["endpoint"]
    assert len(served.plane.writes) == 1


async def test_two_creations_at_once_make_one_endpoint(served) -> None:
    results: list[CallToolResult] = []

    async def create() -> None:
        results.append(await served.call("create_private_endpoint", **VPC))

    async with anyio.create_task_group() as calls:
        calls.start_soon(create)
        calls.start_soon(create)

    assert len({facts(result)["endpoint"]["id"] for result in results}) == 1
    assert not any("earlier attempt" in said(result) for result in results), "one waited its turn"
    assert len(served.plane.writes) == 1


async def test_an_adopted_endpoint_that_waits_says_for_whom(served) -> None:
    await served.plane.by_somebody_else("POST", ENDPOINTS, body_of(VPC))
    served.clock.advance(20)

    adopted = facts(await served.call("create_private_endpoint", **VPC))

    assert f"It waits: {KINDS['VPC_ENDPOINT_SERVICE'].accept}" in adopted["summary"]


async def test_a_dry_run_says_that_the_endpoint_exists(served) -> None:
    await served.plane.by_somebody_else("POST", ENDPOINTS, body_of(VPC))

    plan = facts(await served.call("create_private_endpoint", **VPC, dry_run=True))

    assert "exists already as asked for" in plan["summary"]
    assert "request" not in plan


def mapped(*names, target=None) -> dict:
    to = {"target_id": target} if target else {}
    return {"custom_private_dns_mappings": [{"private_dns_name": name, **to} for name in names]}


SAME_NAMES = {
    "in another order": (mapped("a.example.com", "b.example.com"),) * 2,
    "in capitals": (mapped("a.example.com"), mapped("A.Example.com")),
    "none, as an empty list": ({}, mapped()),
    "the only target left out": (mapped("a.example.com", target="rcfg-1"), mapped("a.example.com")),
}


@pytest.mark.parametrize(("first", "again"), SAME_NAMES.values(), ids=SAME_NAMES)
async def test_names_written_another_way_are_the_same(served, first, again) -> None:
    there = dict(first)
    if "custom_private_dns_mappings" in there:
        there["custom_private_dns_mappings"] = [*reversed(there["custom_private_dns_mappings"])]
    await served.plane.by_somebody_else("POST", ENDPOINTS, body_of(RESOURCE | there))

    adopted = facts(await served.call("create_private_endpoint", **(RESOURCE | again)))

    assert "was adopted" in adopted["summary"]
    assert served.plane.writes == []


DIFFERENT = {
    "names on the same endpoint service": (
        VPC,
        mapped("db.example.com"),
        "custom_private_dns_mappings",
    ),
    "other names on the same attachment": (
        PSC,
        mapped("other.example.com"),
        "custom_private_dns_mappings",
    ),
    "another target": (
        RESOURCE | mapped("db.example.com", target="rcfg-1"),
        mapped("db.example.com", target="rcfg-2"),
        "custom_private_dns_mappings",
    ),
    "another description of the same resource share": (
        RESOURCE,
        {"description": "another"},
        "description",
    ),
    "another description and resource in the same share": (
        RESOURCE,
        {"description": "another", "vpc_resource_configuration_id": "rcfg-2"},
        "description, vpc_resource_configuration_id",
    ),
    "another description of the same cluster": (MSK, {"description": "another"}, "description"),
}


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize(("first", "change", "fields"), DIFFERENT.values(), ids=DIFFERENT)
async def test_what_differs_from_what_exists_is_a_conflict_that_names_the_fields(
    served, first, change, fields, dry_run
) -> None:
    made = await served.plane.by_somebody_else("POST", ENDPOINTS, body_of(first))

    refusal = error(
        await served.call("create_private_endpoint", **(first | change), dry_run=dry_run)
    )

    assert refusal["code"] == "conflict"
    assert made["id"] in refusal["problem"]
    assert f"is set up differently in: {fields}. Nothing was sent." in refusal["problem"]
    assert refusal["next_actions"][0]["arguments"]["endpoint"] == made["id"]
    assert served.plane.writes == []


async def test_of_several_endpoints_the_one_that_is_as_asked_for_is_adopted(served) -> None:
    other = VPC | mapped("db.example.com")
    await served.plane.by_somebody_else("POST", ENDPOINTS, body_of(other))
    made = await served.plane.by_somebody_else("POST", ENDPOINTS, body_of(VPC))

    adopted = facts(await served.call("create_private_endpoint", **VPC))

    assert adopted["endpoint"]["id"] == made["id"]


async def test_an_endpoint_that_is_being_deleted_is_not_adopted(served) -> None:
    made = await served.plane.by_somebody_else("POST", ENDPOINTS, body_of(MSK))
    await served.plane.by_somebody_else("DELETE", f"{ENDPOINTS}/{made['id']}")

    refusal = error(await served.call("create_private_endpoint", **MSK))
    served.clock.advance(3600)
    again = facts(await served.call("create_private_endpoint", **MSK))

    assert "is being deleted" in refusal["problem"]
    assert refusal["next_actions"][0]["tool"] == "list_private_endpoints"
    assert again["endpoint"]["id"] != made["id"]


NO_TWINS = {
    "another description": (VPC, {"description": "another"}),
    "another share": (RESOURCE, {"vpc_resource_share_arn": "arn:aws:ram:us-east-1:1:x/y"}),
    "another authentication": (MSK, {"msk_authentication": "SASL_SCRAM"}),
}


@pytest.mark.parametrize(("first", "change"), NO_TWINS.values(), ids=NO_TWINS)
async def test_what_leads_elsewhere_is_created(served, first, change) -> None:
    await served.plane.by_somebody_else("POST", ENDPOINTS, body_of(first))

    made = facts(await served.call("create_private_endpoint", **(first | change)))

    assert len(served.plane.writes) == 1
    if "description" in change:
        assert any("leads to the same place" in warning for warning in made["warnings"])


async def test_what_failed_is_created_anew(served) -> None:
    failing = VPC | {"description": "failed orders broker"}
    await served.plane.by_somebody_else("POST", ENDPOINTS, body_of(failing))
    served.clock.advance(3600)

    made = await served.call("create_private_endpoint", **failing)

    assert not made.is_error, said(made)
