import pytest

from clickpipes_mcp.simulator import DEFAULT_ORGANIZATION_ID, DEFAULT_SERVICE_ID, IDLE_SERVICE_ID

pytestmark = pytest.mark.anyio
ORGANIZATION = f"/v1/organizations/{DEFAULT_ORGANIZATION_ID}"


async def test_a_key_sees_its_one_organization(plane):
    organizations = (await plane.client.get("/v1/organizations")).json()["result"]
    assert [one["id"] for one in organizations] == [DEFAULT_ORGANIZATION_ID]
    one = (await plane.client.get(ORGANIZATION)).json()["result"]
    assert one == organizations[0]


async def test_the_seeded_world_has_a_running_and_an_idle_service(plane):
    services = (await plane.client.get(f"{ORGANIZATION}/services")).json()["result"]
    seen = [(one["id"], one["provider"], one["state"]) for one in services]
    assert seen == [(DEFAULT_SERVICE_ID, "aws", "running"), (IDLE_SERVICE_ID, "gcp", "idle")]


async def test_workload_identity_is_for_google_services(plane_with):
    supported = []
    for service in (DEFAULT_SERVICE_ID, IDLE_SERVICE_ID):
        plane = await plane_with(service=service)
        context = (await plane.client.get(f"{plane.pipes}/context")).json()["result"]
        supported.append(context["gcpWorkloadIdentity"]["supported"])
    assert supported == [False, True]


async def test_the_live_dialect_knows_command_and_the_service_path(plane, body):
    pipe = await plane.settled(body("postgres"))
    path = f"{plane.pipes}/{pipe}/state"
    action = await plane.client.patch(path, json={"action": "stop"})
    command = await plane.client.patch(path, json={"command": "stop"})
    organization = await plane.client.get(f"{ORGANIZATION}/clickpipes/cdcScaling")
    service = await plane.client.get(f"{plane.service}/clickpipesCdcScaling")
    answers = [one.status_code for one in (action, command, organization, service)]
    assert answers == [400, 200, 404, 200]


async def test_the_reference_page_knows_action_and_the_organization_path(plane_with, body):
    plane = await plane_with(dialect="reference-page")
    pipe = await plane.settled(body("postgres"))
    path = f"{plane.pipes}/{pipe}/state"
    action = await plane.client.patch(path, json={"action": "stop"})
    command = await plane.client.patch(path, json={"command": "stop"})
    organization = await plane.client.get(f"{ORGANIZATION}/clickpipes/cdcScaling")
    service = await plane.client.get(f"{plane.service}/clickpipesCdcScaling")
    answers = [one.status_code for one in (action, command, organization, service)]
    assert answers == [200, 400, 200, 404]


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ({"replicaCpuMillicores": 2000, "replicaMemoryGb": 16}, 400),
        ({"replicaCpuMillicores": 1500, "replicaMemoryGb": 6}, 400),
        ({"replicaCpuMillicores": 33000, "replicaMemoryGb": 132}, 400),
        ({}, 400),
        ({"replicaCpuMillicores": 32000, "replicaMemoryGb": 128}, 200),
        ({"replicaMemoryGb": 12}, 200),
    ],
)
async def test_shared_compute_has_four_gigabytes_a_core(plane, body, wanted, status):
    await plane.create(body("mysql"))
    response = await plane.client.patch(f"{plane.service}/clickpipesCdcScaling", json=wanted)
    assert response.status_code == status


async def test_a_query_endpoint_is_bound_and_unbound(plane):
    path = f"{plane.service}/serviceQueryEndpoint"
    before = await plane.client.get(path)
    binding = {"roles": ["sql_console_read_only"], "openApiKeys": [], "allowedOrigins": "*"}
    await plane.client.post(path, json=binding)
    during = await plane.client.get(path)
    await plane.client.delete(path)
    after = await plane.client.get(path)
    assert [one.status_code for one in (before, during, after)] == [404, 200, 404]


@pytest.mark.parametrize(
    "body_sent",
    [
        {"description": "d", "type": "VPC_RESOURCE", "vpcResourceConfigurationId": "r"},
        {"description": "d", "type": "TUNNEL"},
        {"description": "d" * 256, "type": "VPC_ENDPOINT_SERVICE", "vpcEndpointServiceName": "x"},
        {"description": "d", "type": "GCP_PSC_SERVICE_ATTACHMENT", "gcpServiceAttachment": "x"},
        {"description": "d", "type": "VPC_ENDPOINT_SERVICE", "vpcEndpointServiceName": "x",
         "customPrivateDnsMappings": [{"privateDnsName": "a.*.example"}]},
        {"description": "d", "type": "MSK_MULTI_VPC", "mskClusterArn": "x",
         "mskAuthentication": "SASL_IAM",
         "customPrivateDnsMappings": [{"privateDnsName": "a.example"}]},
    ],
)  # fmt: skip
async def test_an_endpoint_that_lacks_something_is_refused(plane, body_sent):
    path = f"{plane.service}/clickpipesReversePrivateEndpoints"
    assert (await plane.client.post(path, json=body_sent)).status_code == 400
    assert (await plane.client.get(path)).json()["result"] == []


async def test_a_private_dns_name_belongs_to_one_endpoint_of_a_service(plane):
    path = f"{plane.service}/clickpipesReversePrivateEndpoints"
    sent = {
        "description": "d",
        "type": "VPC_ENDPOINT_SERVICE",
        "vpcEndpointServiceName": "x",
        "customPrivateDnsMappings": [{"privateDnsName": "*.plant.example"}],
    }
    answers = [(await plane.client.post(path, json=sent)).status_code for _ in range(2)]
    assert answers == [200, 400]
