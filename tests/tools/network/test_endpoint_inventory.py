"""Looking at reverse private endpoints."""

import pytest

from clickpipes_mcp.cloud import Pipe, PrivateEndpoint
from clickpipes_mcp.simulator import DEFAULT_SERVICE_ID, IDLE_SERVICE_ID
from clickpipes_mcp.tools.network.endpoint_views import through
from tests.serving import KAFKA, MONGODB, POSTGRES, SERVICE, Served, error, facts
from tests.tools.network.endpoints import (
    ENDPOINTS,
    ON,
    PSC,
    VPC,
    endpoint,
    resource_with,
    with_source,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def served(serve) -> Served:
    return await serve(**ON)


async def test_the_toolset_is_off_unless_chosen(serve) -> None:
    tools = await (await serve()).tools()

    assert not [name for name in tools if "private_endpoint" in name or "gcp" in name]


async def test_the_toolset_holds_endpoints_keys_and_the_identity(served) -> None:
    assert list(await served.tools()) == [
        "list_private_endpoints",
        "get_private_endpoint",
        "update_private_endpoint",
        "delete_private_endpoint",
        "create_private_endpoint",
        "list_ssh_keys",
        "get_ssh_key",
        "create_ssh_key",
        "validate_ssh_key",
        "delete_ssh_key",
        "get_gcp_identity",
    ]


async def test_a_read_only_server_only_looks(serve) -> None:
    tools = await (await serve(**ON, read_only=True)).tools()

    assert list(tools) == [
        "list_private_endpoints",
        "get_private_endpoint",
        "list_ssh_keys",
        "get_ssh_key",
        "get_gcp_identity",
    ]


async def test_a_pinned_service_is_no_argument(serve) -> None:
    served = await serve(**ON, service_id=DEFAULT_SERVICE_ID)

    tools = await served.tools()

    assert not [n for n, tool in tools.items() if "service" in tool.input_schema["properties"]]
    assert facts(await served.call("list_private_endpoints"))["endpoints"] == []


async def test_endpoints_are_listed_with_what_those_that_wait_need(serve, era) -> None:
    served = await serve(era=era, **ON)
    waiting = await endpoint(served, VPC, age_s=20)
    made = await served.plane.by_somebody_else("POST", ENDPOINTS, PSC)

    listed = facts(await served.call("list_private_endpoints"))

    assert listed["summary"] == "2 private endpoints: 1 PendingAcceptance, 1 Provisioning."
    assert [(row["id"], row["status"]) for row in listed["endpoints"]] == [
        (waiting["id"], "PendingAcceptance"),
        (made["id"], "Provisioning"),
    ]
    (warning,) = listed["warnings"]
    assert "072088201116" in warning
    assert "1 day" in warning


async def test_a_long_list_says_that_it_is_cut(served) -> None:
    for number in range(52):
        await served.plane.by_somebody_else(
            "POST", ENDPOINTS, VPC | {"description": f"endpoint {number}"}
        )

    listed = facts(await served.call("list_private_endpoints"))

    assert len(listed["endpoints"]) == 50
    assert "2 more" in listed["warnings"][0]


async def test_a_service_without_endpoints_has_none(served) -> None:
    assert facts(await served.call("list_private_endpoints"))["summary"] == "0 private endpoints."


@pytest.mark.parametrize("by", ["id", "description"])
async def test_an_endpoint_is_shown_whole(serve, era, by) -> None:
    served = await serve(era=era, **ON)
    made = await endpoint(served, PSC)

    shown = facts(await served.call("get_private_endpoint", endpoint=made[by]))

    assert (shown["id"], shown["status"], shown["status_means"]) == (
        made["id"],
        "Ready",
        "pipes can use it",
    )
    assert shown["dns_names"] == made["dnsNames"]
    assert shown["custom_dns_names"] == ["db.example.com", "*.eu.example.com"]
    assert shown["connects_to"] == {"gcp_service_attachment": PSC["gcpServiceAttachment"]}
    assert made["id"] in shown["how_to_use"]
    assert shown["used_by"] == []
    assert "next_actions" not in shown


async def test_an_endpoint_that_waits_says_for_whom_and_to_look_again(served) -> None:
    made = await endpoint(served, age_s=20)

    shown = facts(await served.call("get_private_endpoint", endpoint=made["id"]))

    assert "Accept the connection of AWS account 072088201116" in shown["to_do"]
    assert "how_to_use" not in shown
    assert shown["next_actions"] == [
        {
            "tool": "get_private_endpoint",
            "arguments": {"service": SERVICE, "endpoint": made["id"]},
            "why": "shows whether the owner has accepted",
        }
    ]


@pytest.mark.parametrize("fate", ["rejected", "expired", "failed"])
async def test_an_endpoint_that_failed_says_why_and_suggests_no_waiting(served, fate) -> None:
    made = await endpoint(served, VPC | {"description": f"{fate} broker"})

    shown = facts(await served.call("get_private_endpoint", endpoint=made["id"]))

    assert shown["status"].lower() == fate
    assert "removed" in shown["status_means"]
    assert "next_actions" not in shown


USERS = {
    "an id in a Kafka pipe": (
        KAFKA,
        lambda made: {"reversePrivateEndpointIds": [made["id"].upper()]},
    ),
    "a DNS name among brokers": (
        KAFKA,
        lambda made: {"brokers": f"other.example.com:9092,{made['dnsNames'][0]}:9092"},
    ),
    "a DNS name as a database's host": (POSTGRES, lambda made: {"host": made["dnsNames"][0]}),
    "a custom name": (POSTGRES, lambda _: {"host": "DB.example.com"}),
    "a name under a wildcard": (POSTGRES, lambda _: {"host": "db.eu.example.com"}),
    "a host within an address": (
        MONGODB,
        lambda _: {"uri": "mongodb://a.example.com:27017,db.example.com:27017/orders?ssl=true"},
    ),
}


@pytest.mark.parametrize(("body", "changes"), USERS.values(), ids=USERS)
async def test_the_pipes_that_go_through_an_endpoint_are_found(served, body, changes) -> None:
    made = await endpoint(served, PSC)
    await served.pipe(POSTGRES | {"name": "elsewhere"})
    pipe = await served.pipe(with_source(body, "orders", **changes(made)))

    shown = facts(await served.call("get_private_endpoint", endpoint=made["id"]))

    assert [user.split(" (")[0] for user in shown["used_by"]] == ["orders"]
    assert pipe in shown["used_by"][0]


async def test_many_names_are_counted_instead_of_listed(served) -> None:
    names = [{"privateDnsName": f"db{number}.example.com"} for number in range(40)]
    made = await endpoint(served, PSC | {"customPrivateDnsMappings": names})

    shown = facts(await served.call("get_private_endpoint", endpoint=made["id"]))

    assert len(shown["custom_dns_names"]) == 31
    assert shown["custom_dns_names"][-1] == "and 10 more"


async def test_a_name_shows_the_target_it_leads_to(served) -> None:
    body = resource_with({"db.example.com": "rcfg-12345678901234567"})
    made = await endpoint(served, body)

    shown = facts(await served.call("get_private_endpoint", endpoint=made["id"]))

    assert shown["custom_dns_names"] == ["db.example.com -> rcfg-12345678901234567"]


@pytest.mark.parametrize("tool", ["get", "update", "delete"])
async def test_an_unknown_endpoint_is_answered_with_those_there_are(serve, era, tool) -> None:
    async def nobody(_):
        raise AssertionError

    served = await serve(era=era, person=nobody, **ON)
    made = await endpoint(served)
    names = {"custom_private_dns_mappings": []} if tool == "update" else {}

    refusal = error(await served.call(f"{tool}_private_endpoint", endpoint="orders", **names))

    assert f"orders broker ({made['id']}, Ready)" in refusal["problem"]
    assert refusal["next_actions"][0]["tool"] == "list_private_endpoints"
    assert served.plane.writes == []


async def test_an_ambiguous_description_is_no_choice(served) -> None:
    first, second = await endpoint(served), await endpoint(served)

    refusal = error(await served.call("get_private_endpoint", endpoint="orders broker"))

    assert "2 private endpoints have that description" in refusal["problem"]
    assert first["id"] in refusal["problem"]
    assert second["id"] in refusal["problem"]


async def test_an_endpoint_may_be_described_by_what_looks_like_an_id(served) -> None:
    described = "0d1e2f30-4a5b-4c6d-8e7f-90a1b2c3d4e5"
    made = await endpoint(served, VPC | {"description": described})

    shown = facts(await served.call("get_private_endpoint", endpoint=described))

    assert shown["id"] == made["id"]


async def test_endpoints_of_another_service_are_not_seen(served) -> None:
    await endpoint(served)

    listed = facts(await served.call("list_private_endpoints", service=IDLE_SERVICE_ID))

    assert listed["endpoints"] == []


@pytest.mark.parametrize(
    "configuration",
    [
        {"somewhere": [{"deep": "amqp://u@db.example.com:5672/x"}]},
        {"endpoints": ["E2D0AB5C-0000-4000-8000-000000000001"]},
    ],
    ids=["by a name", "by its id"],
)
async def test_a_pipe_of_an_unknown_source_counts_where_it_may_use_the_endpoint(configuration):
    endpoint = PrivateEndpoint.model_validate(
        {
            "id": "e2d0ab5c-0000-4000-8000-000000000001",
            "customPrivateDnsMappings": [{"privateDnsName": "*.example.com"}],
        }
    )
    pipe = Pipe.model_validate({"id": "1", "source": {"telegraph": configuration}})
    other = Pipe.model_validate({"id": "2", "source": {"telegraph": {"at": "db.example.org"}}})

    assert through(endpoint, [pipe, other]) == [pipe]
