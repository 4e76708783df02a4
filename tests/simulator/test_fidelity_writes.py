"""What the live service was seen to do: creates, edits, commands. One test an observation."""

import pytest

from clickpipes_mcp.simulator import Fault

pytestmark = pytest.mark.anyio
ADD = {"sourceSchemaName": "public", "sourceTable": "alarms", "targetTable": "alarms"}
SITES = {"sourceSchemaName": "public", "sourceTable": "sites", "targetTable": "sites"}
DEVICES = {"sourceSchemaName": "public", "sourceTable": "devices", "targetTable": "devices"}


def postgres_patch(**values):
    return {"source": {"postgres": values}}


def error_of(response):
    return response.status_code, response.json()["error"]


@pytest.mark.parametrize("name", ["postgres", "mysql", "mongodb"])
async def test_q05_mapping_edits_need_a_paused_pipe(plane, body, name):
    pipe = await plane.settled(body(name))
    mapping = body(name)["source"][name]["tableMappings"][0] | {"targetTable": "elsewhere"}
    response = await plane.patch(pipe, {"source": {name: {"tableMappingsToAdd": [mapping]}}})
    label = {"postgres": "Postgres", "mysql": "MySQL", "mongodb": "MongoDB"}[name]
    assert error_of(response) == (400, f"BAD_REQUEST: {label} ClickPipe must be paused to edit")


async def test_q06_an_edit_resumes_the_pipe_while_the_answer_still_says_paused(plane, body):
    pipe = await plane.paused(body("postgres"))
    response = await plane.patch(pipe, postgres_patch(tableMappingsToRemove=[SITES]))
    assert response.json()["result"]["state"] == "Paused"
    assert await plane.state(pipe) == "Modifying"
    plane.clock.advance(60)
    assert await plane.state(pipe) == "Running"


async def test_q06_new_credentials_resume_a_paused_pipe_too(plane, body):
    pipe = await plane.paused(body("postgres"))
    await plane.patch(pipe, postgres_patch(credentials={"username": "u", "password": "p"}))
    plane.clock.advance(60)
    assert await plane.state(pipe) == "Running"


async def test_q07_starting_a_running_pipe_is_refused(plane, body):
    pipe = await plane.settled(body("kafka"))
    refused = error_of(await plane.command(pipe, "start"))
    assert refused == (400, f"BAD_REQUEST: {pipe[:8]} ClickPipe is already running")


@pytest.mark.parametrize(("name", "rest"), [("kafka", "Stopped"), ("postgres", "Paused")])
async def test_q08_stopping_twice_is_harmless(plane, body, name, rest):
    pipe = await plane.paused(body(name))
    assert (await plane.command(pipe, "stop")).status_code == 200
    assert await plane.state(pipe) == rest


@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_q17_database_pipes_have_no_settings(plane, body, method):
    pipe = await plane.create(body("mysql"))
    response = await plane.client.request(
        method, f"{plane.pipes}/{pipe}/settings", json={"clickhouse_max_threads": 1}
    )
    assert error_of(response) == (404, f'NOT_FOUND: ingestion for pipe "{pipe}" not found')


@pytest.mark.parametrize("value", [True, False])
async def test_q18_read_committed_is_for_kafka_only(plane, body, value):
    pipe = await plane.create(body("s3"))
    settings = {"kafka_read_committed": value}
    put = await plane.client.put(f"{plane.pipes}/{pipe}/settings", json=settings)
    create = await plane.client.post(plane.pipes, json=body("kinesis", set={"settings": settings}))
    text = "Setting 'kafka_read_committed' is only supported for Kafka ClickPipes"
    assert text in put.json()["error"]
    assert text in create.json()["error"]


async def test_q19_settings_merge_and_keep_zero_and_false(plane, body):
    pipe = await plane.create(body("s3"))
    path = f"{plane.pipes}/{pipe}/settings"
    await plane.client.put(path, json={"clickhouse_max_threads": 0})
    await plane.client.put(path, json={"object_storage_use_cluster_function": False})
    settings = (await plane.client.get(path)).json()["result"]
    kept = settings["clickhouse_max_threads"], settings["object_storage_use_cluster_function"]
    assert kept == (0, False)
    assert (await plane.client.put(path, json={})).status_code == 400


async def test_q20_settings_in_a_patch_are_checked_and_not_applied(plane, body):
    pipe = await plane.create(body("s3"))
    alone = await plane.patch(pipe, {"settings": {"clickhouse_max_threads": 5}})
    named = await plane.patch(pipe, {"name": "n", "settings": {"clickhouse_max_threads": 5}})
    wrong = await plane.patch(pipe, {"name": "m", "settings": {"clickhouse_max_threads": 99}})
    settings = (await plane.client.get(f"{plane.pipes}/{pipe}/settings")).json()["result"]
    assert error_of(alone) == (400, "BAD_REQUEST: no fields to update")
    assert (named.status_code, wrong.status_code) == (200, 400)
    assert (settings["clickhouse_max_threads"], (await plane.get(pipe))["name"]) == (0, "n")


@pytest.mark.parametrize(("value", "status"), [(524_287_999, 400), (524_288_000, 200)])
async def test_q21_insert_bytes_have_a_narrower_range_than_the_contract(plane, body, value, status):
    pipe = await plane.create(body("s3"))
    response = await plane.client.put(
        f"{plane.pipes}/{pipe}/settings", json={"object_storage_max_insert_bytes": value}
    )
    text = (
        "BAD_REQUEST: object_storage_max_insert_bytes must be between 524_288_000 and "
        "10_737_418_240 bytes"
    )
    assert (response.status_code, response.json().get("error", text)) == (status, text)


@pytest.mark.parametrize("mappings", [[], [{"sourceField": "a", "destinationField": "device"}]])
async def test_q22_field_mappings_need_columns(plane, body, mappings):
    pipe = await plane.create(body("s3"))
    refused = await plane.patch(pipe, {"name": "new", "fieldMappings": mappings})
    assert error_of(refused) == (
        400,
        "BAD_REQUEST: Columns are required if field mappings are provided",
    )
    assert (await plane.get(pipe))["name"] == "s3 pipe"


async def test_q23_an_empty_destination_is_refused(plane, body):
    pipe = await plane.create(body("kafka"))
    assert (await plane.patch(pipe, {"destination": {}})).status_code == 400


async def test_q24_scaling_nothing_is_an_internal_error(plane, body):
    pipe = await plane.create(body("kafka"))
    response = await plane.client.patch(f"{plane.pipes}/{pipe}/scaling", json={})
    assert error_of(response) == (500, "Internal error")


async def test_q25_database_pipes_are_not_scaled_one_by_one(plane, body):
    pipe = await plane.create(body("postgres"))
    response = await plane.client.patch(f"{plane.pipes}/{pipe}/scaling", json={"replicas": 2})
    assert response.status_code == 400


async def test_q26_cdc_scaling_comes_with_the_first_and_goes_with_the_last(plane, body):
    path = f"{plane.service}/clickpipesCdcScaling"
    before = (await plane.client.get(path)).status_code
    pipe = await plane.create(body("postgres"))
    during = (await plane.client.get(path)).status_code
    await plane.client.delete(f"{plane.pipes}/{pipe}")
    after = (await plane.client.get(path)).status_code
    assert (before, during, after) == (404, 200, 404)


async def test_q26_cdc_scaling_converges_slowly(plane, body):
    path = f"{plane.service}/clickpipesCdcScaling"
    await plane.create(body("postgres"))
    wanted = {"replicaCpuMillicores": 4000, "replicaMemoryGb": 16}
    answer = (await plane.client.patch(path, json=wanted)).json()["result"]
    plane.clock.advance(60)
    soon = (await plane.client.get(path)).json()["result"]
    plane.clock.advance(70)
    later = (await plane.client.get(path)).json()["result"]
    old = {"replicaCpuMillicores": 2000, "replicaMemoryGb": 8}
    assert (answer, soon, later) == (old, old, wanted)


async def test_q28_a_wrong_enum_value_is_named_with_its_path(plane, body):
    sent = body("postgres", set={"source.postgres.authentication": "iam_role"})
    assert error_of(await plane.client.post(plane.pipes, json=sent)) == (
        400,
        "BAD_REQUEST: request body.source.postgres.authentication: 'iam_role'",
    )


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            {"settings": {"replicationMode": "cdc", "replicationSlotName": "s"}},
            'replicationSlotName is only valid for "cdc_only" replication mode',
        ),
        ({"authentication": "IAM_ROLE"}, "iamRole is required for IAM_ROLE authentication"),
        ({"port": 0}, "request body.source.postgres.port: '0'"),
        ({"tableMappings": []}, "tableMappings array length < minLength"),
        ({"tableMappings": [DEVICES | {"sourceSchemaName": ""}]}, "sourceSchemaName: ''"),
        ({"tableMappings": [DEVICES | {"targetTable": ""}]}, "targetTable: ''"),
    ],
)
async def test_q29_postgres_shapes_are_refused_in_the_words_of_the_service(
    plane, body, change, text
):
    sent = body("postgres")
    sent["source"]["postgres"] |= change
    response = await plane.client.post(plane.pipes, json=sent)
    assert response.status_code == 400
    assert text in response.json()["error"]


async def test_q30_basic_together_with_a_role_is_accepted(plane, body):
    sent = body("postgres", set={"source.postgres.iamRole": "arn:aws:iam::000000000000:role/x"})
    assert (await plane.client.post(plane.pipes, json=sent)).status_code == 200


async def test_q31_the_authentication_of_a_postgres_pipe_cannot_change(plane, body):
    pipe = await plane.settled(body("postgres"))
    patch = postgres_patch(authentication="IAM_ROLE", iamRole="arn:aws:iam::000000000000:role/x")
    assert error_of(await plane.patch(pipe, patch)) == (
        400,
        "BAD_REQUEST: password is required for basic authentication",
    )


@pytest.mark.parametrize(
    ("path", "value", "status"),
    [
        ("settings.publicationName", "", 400),
        ("caCertificate", "", 400),
        ("tlsHost", "", 400),
        ("iamRole", "", 400),
        ("settings.syncIntervalSeconds", 0, 400),
        ("settings.pullBatchSize", 0, 400),
        ("tableMappings.0.partitionKey", "", 200),
        ("tableMappings.0.partitionByExpr", "", 200),
    ],
)
async def test_q32_empty_strings_and_zeros_are_refused_outside_mappings(
    plane, body, path, value, status
):
    sent = body("postgres", set={f"source.postgres.{path}": value})
    assert (await plane.client.post(plane.pipes, json=sent)).status_code == status


async def test_q33_mappings_alone_can_be_patched(plane, body):
    pipe = await plane.paused(body("mysql"))
    mapping = {"sourceSchemaName": "plant", "sourceTable": "sites", "targetTable": "plant_sites"}
    response = await plane.patch(pipe, {"source": {"mysql": {"tableMappingsToAdd": [mapping]}}})
    mappings = (await plane.get(pipe))["source"]["mysql"]["tableMappings"]
    assert (response.status_code, len(mappings)) == (200, 2)


async def test_q34_a_mongodb_uri_needs_its_credentials_beside_it(plane, body):
    pipe = await plane.settled(body("mongodb"))
    uri = {"uri": "mongodb+srv://mo.plant.example/plant"}
    response = await plane.patch(pipe, {"source": {"mongodb": uri}})
    assert response.status_code == 400
    assert "failed permissions validation: 'connectionStatus' failed" in response.json()["error"]


async def test_q35_a_table_is_not_added_and_removed_at_once(plane, body):
    pipe = await plane.paused(body("postgres"))
    moved = DEVICES | {"targetTable": "devices_again"}
    patch = postgres_patch(tableMappingsToRemove=[DEVICES], tableMappingsToAdd=[moved])
    assert (await plane.patch(pipe, patch)).status_code == 400
    assert await plane.state(pipe) == "Paused"


async def test_q35_adding_a_table_takes_a_snapshot(plane, body):
    pipe = await plane.paused(body("postgres"))
    await plane.patch(pipe, postgres_patch(tableMappingsToAdd=[ADD]))
    plane.clock.advance(10)
    assert await plane.state(pipe) == "Snapshot"


@pytest.mark.parametrize("credentials", [{}, {"username": "u"}, {"password": "p"}])
async def test_q36_half_of_the_credentials_is_undefined(plane, body, credentials):
    pipe = await plane.settled(body("postgres"))
    response = await plane.patch(pipe, postgres_patch(credentials=credentials))
    assert response.status_code == 400
    assert "undefined" in response.json()["error"]


async def test_q37_what_kafka_cannot_change_is_ignored(plane, body):
    pipe = await plane.settled(body("kafka"))
    patch = {"source": {"kafka": {"topics": "others", "format": "Avro", "caCertificate": "x"}}}
    response = await plane.patch(pipe, patch)
    source = response.json()["result"]["source"]["kafka"]
    assert (source["topics"], source["format"], source["caCertificate"]) == (
        "readings",
        "JSONEachRow",
        "x",
    )


async def test_q37_registry_credentials_cannot_be_patched(plane, body):
    pipe = await plane.settled(body("confluent"))
    registry = {"credentials": {"username": "a", "password": "b"}}
    response = await plane.patch(pipe, {"source": {"kafka": {"schemaRegistry": registry}}})
    assert response.status_code == 400


async def test_q38_redpanda_refuses_mutual_tls(plane, body):
    pair = {"certificate": "c", "privateKey": "k"}
    sent = body("redpanda", set={"source.kafka.authentication": "MUTUAL_TLS"})
    sent["source"]["kafka"]["credentials"] = pair
    assert "does not support" in (await plane.client.post(plane.pipes, json=sent)).json()["error"]


@pytest.mark.parametrize(
    ("name", "path", "value", "phrase"),
    [
        ("postgres", "host", "unreachable.plant.example", "no such host"),
        ("mysql", "host", "unknown-ca.plant.example", "x509: certificate signed by unknown"),
        ("mongodb", "uri", "mongodb://bad-credentials.plant.example/x", "AuthenticationFailed"),
        ("kafka", "topics", "missing-topic", "does not exist"),
        ("kafka", "brokers", "connection-timeout.plant.example:1", "context deadline"),
        ("msk", "iamRole", "arn:aws:iam::000000000000:role/assume-role-denied", "AssumeRole"),
        ("s3", "url", "https://forbidden-plant.s3.amazonaws.com/*", "Unable to access"),
    ],
)
async def test_q39_create_probes_the_source(plane, body, name, path, value, phrase):
    sent = body(name)
    next(iter(sent["source"].values()))[path] = value
    response = await plane.client.post(plane.pipes, json=sent)
    assert response.status_code == 400
    assert phrase in response.json()["error"]


async def test_q39_a_source_fails_by_fault(plane_with, body):
    plane = await plane_with(faults=(Fault("source", path="plant.example", text="AssumeRole: no"),))
    response = await plane.client.post(plane.pipes, json=body("kafka"))
    assert error_of(response) == (400, "BAD_REQUEST: AssumeRole: no")


@pytest.mark.parametrize("cure", [{"skipCertVerification": True}, {"caCertificate": "x"}])
async def test_q40_an_unknown_authority_is_cured(plane, body, cure):
    sent = body("postgres", set={"source.postgres.host": "private-ca.plant.example"})
    sent["source"]["postgres"] |= cure
    assert (await plane.client.post(plane.pipes, json=sent)).status_code == 200


async def test_q41_a_role_without_grants_fails_the_destination_check(plane, body):
    sent = body("postgres", set={"destination.roles": ["read_only_role"]})
    error = (await plane.client.post(plane.pipes, json=sent)).json()["error"]
    assert "failed to create validation table peerdb_validation_" in error
    assert "code: 497" in error


async def test_q42_a_table_with_rows_is_refused(plane, body):
    sent = body("kafka", set={"destination.table": "existing_rows"})
    assert "not empty" in (await plane.client.post(plane.pipes, json=sent)).json()["error"]


async def test_q44_a_paused_create_is_stopped_from_the_first(plane, body):
    response = await plane.client.post(plane.pipes, json=body("kinesis", set={"startPaused": True}))
    assert response.json()["result"]["state"] == "Stopped"


async def test_q44_a_database_source_cannot_start_paused(plane, body):
    sent = body("postgres", set={"startPaused": True})
    assert (await plane.client.post(plane.pipes, json=sent)).status_code == 400


async def test_q47_an_endpoint_waits_for_acceptance_and_goes_slowly(plane):
    path = f"{plane.service}/clickpipesReversePrivateEndpoints"
    sent = {
        "description": "plant",
        "type": "VPC_ENDPOINT_SERVICE",
        "vpcEndpointServiceName": "com.amazonaws.vpce.eu-central-1.vpce-svc-1",
        "customPrivateDnsMappings": [{"privateDnsName": "pg.plant.example"}],
    }
    one = f"{path}/{(await plane.client.post(path, json=sent)).json()['result']['id']}"
    seen = []
    for seconds in (0, 20, 60):
        plane.clock.advance(seconds)
        seen.append((await plane.client.get(one)).json()["result"]["status"])
    cleared = await plane.client.patch(one, json={"customPrivateDnsMappings": []})
    await plane.client.delete(one)
    seen.append((await plane.client.get(one)).json()["result"]["status"])
    plane.clock.advance(20)
    assert seen == ["Provisioning", "PendingAcceptance", "Ready", "Deleting"]
    assert cleared.json()["result"]["customPrivateDnsMappings"] == []
    assert (await plane.client.get(one)).status_code == 404


async def test_q48_a_kinesis_timestamp_is_a_number(plane, body):
    sent = body("kinesis", set={"source.kinesis.timestamp": "2026-01-01T00:00"})
    assert (await plane.client.post(plane.pipes, json=sent)).status_code == 400


async def test_q50_one_shot_object_storage_completes(plane, body):
    pipe = await plane.create(body("s3"))
    plane.clock.advance(25)
    running = await plane.state(pipe)
    plane.clock.advance(25)
    assert (running, await plane.state(pipe)) == ("Running", "Completed")


async def test_q54_field_mappings_may_leave_columns_out(plane, body):
    mappings = [{"sourceField": "device", "destinationField": "device"}]
    sent = body("kafka", set={"fieldMappings": mappings})
    assert (await plane.client.post(plane.pipes, json=sent)).status_code == 200
