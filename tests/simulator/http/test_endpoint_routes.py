import pytest

pytestmark = pytest.mark.anyio
SERVICE = "com.amazonaws.vpce.eu-central-1.vpce-svc-1"
BY_TYPE = {
    "VPC_ENDPOINT_SERVICE": {"vpcEndpointServiceName": SERVICE},
    "VPC_RESOURCE": {"vpcResourceConfigurationId": "rcfg-1", "vpcResourceShareArn": "arn:x"},
    "MSK_MULTI_VPC": {"mskClusterArn": "arn:x", "mskAuthentication": "SASL_SCRAM"},
    "GCP_PSC_SERVICE_ATTACHMENT": {
        "gcpServiceAttachment": "projects/p/regions/r/serviceAttachments/n"
    },
}


async def created(plane, kind="VPC_ENDPOINT_SERVICE", description="plant", **more):
    path = f"{plane.service}/clickpipesReversePrivateEndpoints"
    sent = {"description": description, "type": kind, **BY_TYPE[kind], **more}
    response = await plane.client.post(path, json=sent)
    assert response.status_code == 200, response.text
    return f"{path}/{response.json()['result']['id']}"


async def read(plane, endpoint):
    return (await plane.client.get(endpoint)).json()["result"]


@pytest.mark.parametrize(
    ("kind", "pending"),
    [
        ("VPC_ENDPOINT_SERVICE", True),
        ("GCP_PSC_SERVICE_ATTACHMENT", True),
        ("VPC_RESOURCE", False),
        ("MSK_MULTI_VPC", False),
    ],
)
async def test_an_endpoint_waits_where_somebody_has_to_accept_it(plane, kind, pending):
    endpoint = await created(plane, kind)
    seen = []
    for seconds in (0, 15, 100):
        plane.clock.advance(seconds)
        seen.append((await read(plane, endpoint))["status"])
    assert seen == ["Provisioning", "PendingAcceptance" if pending else "Ready", "Ready"]


@pytest.mark.parametrize("fate", ["Rejected", "Expired", "Failed"])
async def test_an_endpoint_can_end_badly(plane, fate):
    endpoint = await created(plane, description=f"will be {fate.lower()}")
    plane.clock.advance(600)
    assert (await read(plane, endpoint))["status"] == fate


async def test_an_endpoint_has_no_names_before_it_is_placed(plane):
    endpoint = await created(plane, customPrivateDnsMappings=[{"privateDnsName": "pg.x.example"}])
    fresh = await read(plane, endpoint)
    plane.clock.advance(600)
    placed = await read(plane, endpoint)
    assert (fresh["endpointId"], fresh["dnsNames"], fresh["privateDnsNames"]) == ("", [], [])
    assert placed["endpointId"].startswith("vpce-")
    assert placed["privateDnsNames"] == ["pg.x.example"]


async def test_a_patch_replaces_all_names(plane):
    endpoint = await created(plane, customPrivateDnsMappings=[{"privateDnsName": "a.x.example"}])
    names = [{"privateDnsName": "b.x.example"}, {"privateDnsName": "*.y.example"}]
    await plane.client.patch(endpoint, json={"customPrivateDnsMappings": names})
    assert (await read(plane, endpoint))["customPrivateDnsMappings"] == names


async def test_an_endpoint_nobody_accepts_waits_for_a_day(plane_with):
    plane = await plane_with(scenario="private-endpoint-pending")
    path = f"{plane.service}/clickpipesReversePrivateEndpoints"
    (endpoint,) = (await plane.client.get(path)).json()["result"]
    plane.clock.advance(90_000)
    (later,) = (await plane.client.get(path)).json()["result"]
    assert (endpoint["status"], later["status"]) == ("PendingAcceptance", "Expired")
