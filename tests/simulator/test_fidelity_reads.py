"""What the live service was seen to do: envelopes, reads, services. One test an observation."""

import json
import re

import pytest

from clickpipes_mcp.simulator import DEFAULT_ORGANIZATION_ID, IDLE_SERVICE_ID, Fault

pytestmark = pytest.mark.anyio
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
UNKNOWN = "11111111-1111-4111-8111-111111111111"


async def test_q01_create_takes_a_trailing_slash(plane, body):
    response = await plane.client.post(f"{plane.pipes}/", json=body("kafka"))
    assert response.status_code == 200


async def test_q02_create_answers_200_and_delete_has_no_result(plane, body):
    created = await plane.client.post(plane.pipes, json=body("kafka"))
    pipe = created.json()["result"]["id"]
    deleted = await plane.client.delete(f"{plane.pipes}/{pipe}")
    assert (created.status_code, deleted.status_code) == (200, 200)
    assert sorted(deleted.json()) == ["requestId", "status"]


async def test_q03_a_service_that_is_not_running_answers_424_to_create(plane_with, body):
    plane = await plane_with(service=IDLE_SERVICE_ID)
    response = await plane.client.post(plane.pipes, json=body("kafka"))
    assert response.status_code == 424
    assert response.json()["error"] == (
        "FAILED_DEPENDENCY: ClickPipe creation is allowed only when the ClickHouse service is "
        "running. Current state: idle"
    )
    assert list(response.json()) == ["requestId", "error", "status"]


async def test_q03_a_service_that_is_not_running_answers_424_to_update(plane, body):
    pipe = await plane.settled(body("kafka"))
    await plane.client.patch(f"{plane.service}/state", json={"command": "stop"})
    plane.clock.advance(60)
    response = await plane.patch(pipe, {"name": "other"})
    assert response.status_code == 424
    assert "Current state: stopped" in response.json()["error"]


@pytest.mark.parametrize(("command", "ends"), [("awake", "running"), ("start", "idle")])
async def test_q04_awake_wakes_an_idle_service_and_start_does_not(plane_with, command, ends):
    plane = await plane_with(service=IDLE_SERVICE_ID)
    await plane.client.patch(f"{plane.service}/state", json={"command": command})
    plane.clock.advance(60)
    service = (await plane.client.get(plane.service)).json()["result"]
    assert service["state"] == ends


async def test_q04_a_waking_service_is_awaking_first(plane_with):
    plane = await plane_with(service=IDLE_SERVICE_ID)
    answer = await plane.client.patch(f"{plane.service}/state", json={"command": "awake"})
    assert answer.json()["result"]["state"] == "awaking"


async def test_q04_a_partly_running_service_is_not_running_yet(plane_with, body):
    plane = await plane_with(service=IDLE_SERVICE_ID)
    await plane.client.patch(f"{plane.service}/state", json={"command": "awake"})
    plane.clock.advance(9)
    response = await plane.client.post(plane.pipes, json=body("kafka"))
    assert response.status_code == 424
    assert "Current state: partially_running" in response.json()["error"]


async def test_q04_a_query_wakes_an_idle_service(plane_with):
    plane = await plane_with(service=IDLE_SERVICE_ID)
    run = f"/service/{IDLE_SERVICE_ID}/run"
    asleep = await plane.client.post(
        run, json={"sql": "SELECT 1"}, headers={"wake-service": "true"}
    )
    plane.clock.advance(60)
    awake = await plane.client.post(run, json={"sql": "SELECT 1"})
    assert (asleep.status_code, awake.status_code) == (206, 200)


async def test_q09_the_engine_comes_back_with_brackets(plane, body):
    pipe = await plane.get(await plane.create(body("kafka")))
    assert pipe["destination"]["tableDefinition"]["engine"]["type"] == "MergeTree()"


async def test_q10_version_column_and_roles_are_dropped_on_read(plane, body):
    engine = {"type": "ReplacingMergeTree", "versionColumnId": "value"}
    sent = body(
        "kafka",
        set={"destination.tableDefinition.engine": engine, "destination.roles": ["ingest"]},
    )
    read = await plane.get(await plane.create(sent))
    assert read["destination"]["tableDefinition"]["engine"] == {"type": "ReplacingMergeTree()"}
    assert "roles" not in read["destination"]


async def test_q10_summed_columns_are_dropped_on_read(plane, body):
    engine = {"type": "SummingMergeTree", "columnIds": ["value"]}
    sent = body("kafka", set={"destination.tableDefinition.engine": engine})
    read = await plane.get(await plane.create(sent))
    assert read["destination"]["tableDefinition"]["engine"] == {"type": "SummingMergeTree()"}


async def test_q11_database_pipes_read_back_only_their_database(plane, body):
    pipe = await plane.get(await plane.create(body("postgres")))
    assert pipe["destination"] == {"database": "default"}
    assert "scaling" not in pipe


@pytest.mark.parametrize(
    "name", ["kafka", "confluent", "msk user", "event hubs", "digitalocean kafka", "kinesis",
             "spaces", "gcs", "azure", "pubsub", "postgres", "mysql", "mongodb", "bigquery"],
)  # fmt: skip
async def test_q12_secrets_are_never_echoed(plane, body, name):
    sent = body(name)
    read = json.dumps(await plane.get(await plane.create(sent)))
    secret_keys = ("credentials", "accessKey", "serviceAccountKey", "connectionString",
                   "protobufSchema")  # fmt: skip
    assert not [key for key in secret_keys if f'"{key}"' in read]
    assert "not-a-password" not in read


async def test_q12_a_login_in_a_mongodb_uri_is_redacted(plane, body):
    uri = "mongodb://reader:canary-4711@mo.plant.example/plant"
    sent = body("mongodb", set={"source.mongodb.uri": uri}, drop=["source.mongodb.credentials"])
    read = await plane.get(await plane.create(sent))
    assert read["source"]["mongodb"]["uri"] == "mongodb://[REDACTED]@mo.plant.example/plant"


async def test_q13_scaling_is_zero_then_absent_after_create_and_after_scaling(plane, body):
    pipe = await plane.create(body("kafka"))
    seen = []
    for scale in (None, {"replicas": 4}):
        if scale:
            await plane.client.patch(f"{plane.pipes}/{pipe}/scaling", json=scale)
        for seconds in (0, 2, 2):
            plane.clock.advance(seconds)
            seen.append((await plane.get(pipe)).get("scaling", {}).get("replicas"))
    assert seen == [0, None, 1, 0, None, 4]


async def test_q14_scaling_may_come_as_quantity_strings(plane_with, body):
    plane = await plane_with(quantity_strings=True)
    pipe = await plane.get(await plane.settled(body("kafka")))
    assert pipe["scaling"] == {
        "replicas": 1,
        "replicaCpuMillicores": "125m",
        "replicaMemoryGb": "512Mi",
    }


async def test_q15_excluded_columns_lose_their_order_and_the_engine_is_filled_in(plane, body):
    pipe = await plane.get(await plane.create(body("postgres")))
    mapping = pipe["source"]["postgres"]["tableMappings"][1]
    assert mapping["excludedColumns"] != ["address", "phone", "zip"]
    assert sorted(mapping["excludedColumns"]) == ["address", "phone", "zip"]
    assert mapping["tableEngine"] == "MergeTree"


async def test_q16_no_private_endpoints_read_back_as_null(plane, body):
    sent = body("kafka", set={"source.kafka.reversePrivateEndpointIds": []})
    pipe = await plane.get(await plane.create(sent))
    assert pipe["source"]["kafka"]["reversePrivateEndpointIds"] is None


async def test_q27_unknown_organization_and_service_are_400_and_an_unknown_pipe_404(plane):
    organization = await plane.client.get(f"/v1/organizations/{UNKNOWN}/services")
    service = await plane.client.get(
        f"/v1/organizations/{DEFAULT_ORGANIZATION_ID}/services/{UNKNOWN}/clickpipes"
    )
    pipe = await plane.client.get(f"{plane.pipes}/{UNKNOWN}")
    assert [one.status_code for one in (organization, service, pipe)] == [400, 400, 404]
    assert "Invalid service id string:" in service.json()["error"]


async def test_q43_a_delete_takes_a_moment_and_keeps_the_tables(plane, body):
    pipe = await plane.settled(body("postgres"))
    await plane.client.delete(f"{plane.pipes}/{pipe}")
    during = await plane.client.get(f"{plane.pipes}/{pipe}")
    plane.clock.advance(5)
    after = await plane.client.get(f"{plane.pipes}/{pipe}")
    again = await plane.client.post(plane.pipes, json=body("postgres"))
    assert (during.status_code, after.status_code, again.status_code) == (200, 404, 400)
    assert "default.devices exists and is not empty" in again.json()["error"]


async def test_q45_discovery_refuses_a_bearer_token(plane, body):
    response = await plane.client.post(
        f"{plane.pipes}/schemaDiscovery",
        json={"source": body("kafka")["source"]},
        headers={"Authorization": "Bearer example-token"},
        auth=None,
    )
    refused = response.status_code, response.json()["error"]
    assert refused == (403, "This endpoint is not available for JWT authentication")


@pytest.mark.parametrize(("name", "status"), [("s3", 424), ("kafka", 200)])
async def test_q45_only_object_storage_discovery_needs_a_running_service(
    plane_with, body, name, status
):
    plane = await plane_with(service=IDLE_SERVICE_ID)
    response = await plane.client.post(
        f"{plane.pipes}/schemaDiscovery", json={"source": body(name)["source"]}
    )
    assert response.status_code == status


async def test_q46_the_eleventh_request_in_ten_seconds_is_told_to_wait(plane_with):
    plane = await plane_with(rate_limit=True)
    statuses = [(await plane.client.get(plane.pipes)).status_code for _ in range(10)]
    plane.clock.advance(4)
    response = await plane.client.get(plane.pipes)
    assert set(statuses) == {200}
    assert response.status_code == 429
    assert float(response.headers["x-ratelimit-reset"]) == pytest.approx(6.0)
    assert response.headers["retry-after"] == "6"
    plane.clock.advance(6)
    assert (await plane.client.get(plane.pipes)).status_code == 200


async def test_q49_omitted_type_and_authentication_read_back_as_their_defaults(plane, body):
    postgres = (await plane.get(await plane.create(body("postgres"))))["source"]["postgres"]
    mysql = (await plane.get(await plane.create(body("mysql"))))["source"]["mysql"]
    assert (postgres["type"], postgres["authentication"]) == ("postgres", "basic")
    assert (mysql["type"], mysql["authentication"]) == ("mysql", "basic")


async def test_q51_metrics_are_plain_text_with_the_id_of_the_pipe(plane, body):
    pipe = await plane.settled(body("kafka"))
    response = await plane.client.get(f"{plane.service}/prometheus")
    assert response.headers["content-type"].startswith("text/plain")
    assert f'clickpipe_id="{pipe}"' in response.text


async def test_q52_a_create_may_fail_with_5xx_and_leave_the_pipe(plane_with, body):
    fault = Fault("status", method="POST", path="/clickpipes", times=1, when="after", status=504)
    plane = await plane_with(faults=(fault,))
    response = await plane.client.post(plane.pipes, json=body("kafka"))
    pipes = (await plane.client.get(plane.pipes)).json()["result"]
    assert (response.status_code, [pipe["name"] for pipe in pipes]) == (504, ["kafka pipe"])


async def test_ids_are_uuids_and_times_have_microseconds(plane, body):
    pipe = await plane.get(await plane.create(body("kafka")))
    assert UUID.fullmatch(pipe["id"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", pipe["createdAt"])


async def test_azure_reads_back_without_its_container_and_path(plane, body):
    source = (await plane.get(await plane.create(body("azure"))))["source"]["objectStorage"]
    assert not {"authentication", "path", "azureContainerName"} & set(source)
