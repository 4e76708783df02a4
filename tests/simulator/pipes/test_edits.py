import pytest

pytestmark = pytest.mark.anyio
COLUMNS = [{"name": "device", "type": "String"}, {"name": "value", "type": "Nullable(Float64)"}]
MAPPINGS = [{"sourceField": "v", "destinationField": "value"}]
DEVICES = {"sourceSchemaName": "public", "sourceTable": "devices", "targetTable": "devices"}
SITES = {"sourceSchemaName": "public", "sourceTable": "sites", "targetTable": "sites"}


def postgres_patch(**values):
    return {"source": {"postgres": values}}


async def test_columns_and_field_mappings_are_replaced(plane, body):
    pipe = await plane.settled(body("s3"))
    patch = {"destination": {"columns": COLUMNS}, "fieldMappings": MAPPINGS}
    assert (await plane.patch(pipe, patch)).status_code == 200
    read = await plane.get(pipe)
    assert (read["destination"]["columns"], read["fieldMappings"]) == (COLUMNS, MAPPINGS)
    assert read["destination"]["table"] == "readings"


async def test_a_name_alone_leaves_the_rest(plane, body):
    pipe = await plane.settled(body("postgres"))
    before = await plane.get(pipe)
    await plane.patch(pipe, {"name": "renamed"})
    after = await plane.get(pipe)
    assert after == before | {"name": "renamed", "updatedAt": after["updatedAt"]}
    assert after["updatedAt"] > before["createdAt"]


@pytest.mark.parametrize(
    ("name", "patch", "text"),
    [
        ("kafka", {}, "no fields to update"),
        ("kafka", {"name": ""}, "request body.name: ''"),
        ("kafka", {"source": {"kinesis": {"iamRole": "x"}}}, "cannot become Kinesis"),
        ("kafka", {"source": {"kafka": {}, "kinesis": {}}}, "exactly one source"),
        ("kafka", {"source": {"kafka": {"topic": "x"}}}, "source.kafka.topic: unknown property"),
        ("kafka", {"colour": "red"}, "request body.colour: unknown property"),
        ("postgres", {"destination": {"columns": COLUMNS}}, "destination cannot be updated"),
        ("bigquery", {"source": {"bigquery": {"projectId": "x"}}}, "source cannot be updated"),
        ("postgres", postgres_patch(type="neon"), "source.postgres.type: unknown property"),
        ("postgres", postgres_patch(host="unreachable.example"), "no such host"),
        ("kinesis", {"source": {"kinesis": {"authentication": "IAM_ROLE"}}}, "iamRole is required"),
        (
            "kafka",
            {"source": {"kafka": {"authentication": "PLAIN", "credentials": {"username": "u"}}}},
            "password is required",
        ),
    ],
)
async def test_a_patch_that_makes_no_sense_is_refused_whole(plane, body, name, patch, text):
    pipe = await plane.settled(body(name))
    before = await plane.get(pipe)
    response = await plane.patch(pipe, patch)
    assert response.status_code == 400
    assert text in response.json()["error"]
    assert await plane.get(pipe) == before


@pytest.mark.parametrize(
    ("removed", "added", "text"),
    [
        ([], [DEVICES], "public.devices already exists"),
        ([DEVICES, SITES], [], "at least one table mapping must remain"),
    ],
)
async def test_mappings_that_cannot_be_are_refused(plane, body, removed, added, text):
    pipe = await plane.paused(body("postgres"))
    patch = postgres_patch(tableMappingsToRemove=removed, tableMappingsToAdd=added)
    assert text in (await plane.patch(pipe, patch)).json()["error"]


async def test_sync_settings_of_a_paused_pipe_change_and_the_others_stay(plane, body):
    pipe = await plane.paused(body("postgres"))
    await plane.patch(pipe, postgres_patch(settings={"syncIntervalSeconds": 30}))
    settings = (await plane.get(pipe))["source"]["postgres"]["settings"]
    assert (settings["syncIntervalSeconds"], settings["pullBatchSize"]) == (30, 100000)


@pytest.mark.parametrize(
    ("name", "patch"),
    [
        ("kafka", {"credentials": {"username": "u", "password": "canary-4711"}}),
        (
            "kafka",
            {"authentication": "PLAIN", "credentials": {"connectionString": "canary-4711"}},
        ),
        ("kinesis", {"accessKey": {"accessKeyId": "a", "secretKey": "canary-4711"}}),
        ("gcs", {"serviceAccountKey": "canary-4711"}),
        ("azure", {"connectionString": "canary-4711"}),
        (
            "pubsub",
            {
                "authentication": "SERVICE_ACCOUNT",
                "serviceAccountKey": {"serviceAccountFile": "canary-4711"},
            },
        ),
        ("postgres", {"credentials": {"username": "u", "password": "canary-4711"}}),
        ("mysql", {"credentials": {"username": "u", "password": "canary-4711"}}),
        ("mongodb", {"credentials": {"username": "u", "password": "canary-4711"}}),
    ],
)
async def test_a_new_secret_is_taken_and_forgotten(plane, body, name, patch):
    pipe = await plane.settled(body(name))
    arm = next(iter(body(name)["source"]))
    response = await plane.patch(pipe, {"source": {arm: patch}})
    assert response.status_code == 200
    assert "canary-4711" not in response.text
    assert "canary-4711" not in repr(plane.app.state.world)


@pytest.mark.parametrize("name", ["kafka", "bigquery"])
async def test_resync_is_for_databases_that_replicate(plane, body, name):
    pipe = await plane.settled(body(name))
    assert (await plane.command(pipe, "resync")).status_code == 400


@pytest.mark.parametrize("command", ["start", "stop"])
async def test_a_completed_pipe_stays_completed(plane, body, command):
    pipe = await plane.settled(body("s3"))
    assert (await plane.command(pipe, command)).status_code == 200
    assert await plane.state(pipe) == "Completed"


async def test_a_completed_snapshot_can_be_taken_again(plane, body):
    pipe = await plane.settled(body("postgres role"))
    await plane.command(pipe, "resync")
    plane.clock.advance(10)
    during = await plane.state(pipe)
    plane.clock.advance(60)
    assert (during, await plane.state(pipe)) == ("Snapshot", "Completed")


async def test_a_second_delete_is_404_once_the_first_is_through(plane, body):
    pipe = await plane.settled(body("kafka"))
    path = f"{plane.pipes}/{pipe}"
    first, second = await plane.client.delete(path), await plane.client.delete(path)
    plane.clock.advance(5)
    third = await plane.client.delete(path)
    assert [one.status_code for one in (first, second, third)] == [200, 200, 404]


async def test_a_pipe_deleted_before_it_ran_leaves_no_table(plane, body):
    pipe = await plane.create(body("kafka"))
    await plane.client.delete(f"{plane.pipes}/{pipe}")
    plane.clock.advance(5)
    assert (await plane.client.post(plane.pipes, json=body("kafka"))).status_code == 200


async def test_looking_moves_nothing(plane_with, body):
    looked, left = await plane_with(), await plane_with()
    pipes = [await plane.create(body("postgres")) for plane in (looked, left)]
    for _ in range(50):
        looked.clock.advance(1)
        await looked.state(pipes[0])
    left.clock.advance(50)
    assert await looked.get(pipes[0]) == await left.get(pipes[1])
