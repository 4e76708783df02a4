import json

import anyio
import anyio.lowlevel
import pytest

from clickpipes_mcp.cloud import (
    CdcScaling,
    DiscoveredField,
    DiscoveredSchema,
    GcpWorkloadIdentity,
    Organization,
    Pipe,
    PipeSettings,
    PrivateEndpoint,
    Receipt,
    Service,
    ServiceContext,
)
from clickpipes_mcp.errors import (
    InvalidSettings,
    NotAuthorized,
    ServiceNotRunning,
    UnreadableAnswer,
)
from clickpipes_mcp.secret_refs import Secret

pytestmark = pytest.mark.anyio
ORGANIZATION = "11111111-1111-4111-8111-111111111111"
SERVICE = "22222222-2222-4222-8222-222222222222"
PIPE = "33333333-3333-4333-8333-333333333333"
REQUEST_ID = "44444444-4444-4444-8444-444444444444"
TO_SERVICE = f"/v1/organizations/{ORGANIZATION}/services/{SERVICE}"
TO_PIPE = f"{TO_SERVICE}/clickpipes/{PIPE}"
ENDPOINT = "55555555-5555-4555-8555-555555555555"
TO_ENDPOINTS = f"{TO_SERVICE}/clickpipesReversePrivateEndpoints"
AN_ENDPOINT = {"id": ENDPOINT, "description": "orders", "status": "Ready"}
THE_ENDPOINT = PrivateEndpoint(
    id=ENDPOINT, description="orders", status="Ready", request_id=REQUEST_ID
)
A_PIPE = {"id": PIPE, "name": "orders", "state": "Running"}
THE_PIPE = Pipe(id=PIPE, name="orders", state="Running", request_id=REQUEST_ID)
BODY = {"name": "orders"}


@pytest.fixture
async def client(connect):
    async with connect() as client:
        yield client


@pytest.mark.parametrize(
    ("call", "answer", "expected", "sent"),
    [
        (
            lambda c: c.services(),
            [{"id": SERVICE, "state": "idle"}],
            [Service(id=SERVICE, state="idle")],
            ("GET", f"/v1/organizations/{ORGANIZATION}/services", None),
        ),
        (
            lambda c: c.service(SERVICE),
            {"id": SERVICE},
            Service(id=SERVICE, request_id=REQUEST_ID),
            ("GET", TO_SERVICE, None),
        ),
        (
            lambda c: c.pipes(SERVICE),
            [A_PIPE, {"id": "x"}],
            [Pipe(id=PIPE, name="orders", state="Running"), Pipe(id="x")],
            ("GET", f"{TO_SERVICE}/clickpipes", None),
        ),
        (
            lambda c: c.pipes(SERVICE),
            None,
            [],
            ("GET", f"{TO_SERVICE}/clickpipes", None),
        ),
        (lambda c: c.pipe(SERVICE, PIPE), A_PIPE, THE_PIPE, ("GET", TO_PIPE, None)),
        (
            lambda c: c.pipe_settings(SERVICE, PIPE),
            {"clickhouse_max_threads": 0, "object_storage_concurrency": None},
            PipeSettings(values={"clickhouse_max_threads": 0}, request_id=REQUEST_ID),
            ("GET", f"{TO_PIPE}/settings", None),
        ),
        (
            lambda c: c.cdc_scaling(SERVICE),
            {"replicaCpuMillicores": 2000, "replicaMemoryGb": 8},
            CdcScaling(replica_cpu_millicores=2000, replica_memory_gb=8, request_id=REQUEST_ID),
            ("GET", f"{TO_SERVICE}/clickpipesCdcScaling", None),
        ),
        (
            lambda c: c.discover_schema(SERVICE, {"source": {"kafka": {}}}),
            {"fields": [{"name": "a", "type": "Int64"}], "meta": {"k": "v"}},
            DiscoveredSchema(fields=(DiscoveredField(name="a", type="Int64"),), meta={"k": "v"}),
            ("POST", f"{TO_SERVICE}/clickpipes/schemaDiscovery", {"source": {"kafka": {}}}),
        ),
        (
            lambda c: c.service_context(SERVICE),
            {"gcpWorkloadIdentity": {"supported": True}},
            ServiceContext(gcp_workload_identity=GcpWorkloadIdentity(supported=True)),
            ("GET", f"{TO_SERVICE}/clickpipes/context", None),
        ),
        (
            lambda c: c.private_endpoints(SERVICE),
            [AN_ENDPOINT],
            [PrivateEndpoint(id=ENDPOINT, description="orders", status="Ready")],
            ("GET", TO_ENDPOINTS, None),
        ),
        (
            lambda c: c.private_endpoint(SERVICE, ENDPOINT),
            AN_ENDPOINT,
            THE_ENDPOINT,
            ("GET", f"{TO_ENDPOINTS}/{ENDPOINT}", None),
        ),
    ],
)
async def test_everything_that_is_read_asks_and_reads(
    client, recorded_api, call, answer, expected, sent
):
    recorded_api.will(recorded_api.result(answer))
    assert await call(client) == expected
    (request,) = recorded_api.requests
    body = json.loads(request.body) if request.body else None
    assert (request.method, request.path, body) == sent


@pytest.mark.parametrize(
    ("call", "answer", "expected", "sent"),
    [
        (
            lambda requests: requests.wake_service(SERVICE),
            {"id": SERVICE, "state": "awaking"},
            Service(id=SERVICE, state="awaking", request_id=REQUEST_ID),
            ("PATCH", f"{TO_SERVICE}/state", {"command": "awake"}),
        ),
        (
            lambda requests: requests.create_pipe(SERVICE, BODY),
            A_PIPE,
            THE_PIPE,
            ("POST", f"{TO_SERVICE}/clickpipes", BODY),
        ),
        (
            lambda requests: requests.update_pipe(SERVICE, PIPE, BODY),
            A_PIPE,
            THE_PIPE,
            ("PATCH", TO_PIPE, BODY),
        ),
        (
            lambda requests: requests.delete_pipe(SERVICE, PIPE),
            None,
            Receipt(request_id=REQUEST_ID),
            ("DELETE", TO_PIPE, None),
        ),
        (
            lambda requests: requests.put_pipe_settings(
                SERVICE, PIPE, {"clickhouse_max_threads": 4}
            ),
            {"clickhouse_max_threads": 4},
            PipeSettings(values={"clickhouse_max_threads": 4}, request_id=REQUEST_ID),
            ("PUT", f"{TO_PIPE}/settings", {"clickhouse_max_threads": 4}),
        ),
        (
            lambda requests: requests.scale_pipe(SERVICE, PIPE, {"replicas": 2}),
            A_PIPE,
            THE_PIPE,
            ("PATCH", f"{TO_PIPE}/scaling", {"replicas": 2}),
        ),
        (
            lambda requests: requests.set_pipe_state(SERVICE, PIPE, "resync"),
            A_PIPE,
            THE_PIPE,
            ("PATCH", f"{TO_PIPE}/state", {"command": "resync"}),
        ),
        (
            lambda requests: requests.update_cdc_scaling(SERVICE, {"replicaMemoryGb": 16}),
            {"replicaCpuMillicores": 4000, "replicaMemoryGb": 16},
            CdcScaling(replica_cpu_millicores=4000, replica_memory_gb=16, request_id=REQUEST_ID),
            ("PATCH", f"{TO_SERVICE}/clickpipesCdcScaling", {"replicaMemoryGb": 16}),
        ),
        (
            lambda requests: requests.create_private_endpoint(SERVICE, BODY),
            AN_ENDPOINT,
            THE_ENDPOINT,
            ("POST", TO_ENDPOINTS, BODY),
        ),
        (
            lambda requests: requests.update_private_endpoint(
                SERVICE, ENDPOINT, {"customPrivateDnsMappings": []}
            ),
            AN_ENDPOINT,
            THE_ENDPOINT,
            ("PATCH", f"{TO_ENDPOINTS}/{ENDPOINT}", {"customPrivateDnsMappings": []}),
        ),
        (
            lambda requests: requests.delete_private_endpoint(SERVICE, ENDPOINT),
            None,
            Receipt(request_id=REQUEST_ID),
            ("DELETE", f"{TO_ENDPOINTS}/{ENDPOINT}", None),
        ),
    ],
)
async def test_every_write_is_sent_as_it_was_built_and_its_answer_read(
    client, recorded_api, call, answer, expected, sent
):
    recorded_api.will(recorded_api.result(answer))
    assert await client.send(call(await client.requests())) == expected
    (request,) = recorded_api.requests
    body = json.loads(request.body) if request.body else None
    assert (request.method, request.path, body) == sent


async def test_metrics_come_as_text(client, recorded_api):
    text = recorded_api.result({})
    recorded_api.will(type(text)(200, b"up 1\n", {"content-type": "text/plain"}))
    assert await client.prometheus(SERVICE) == "up 1\n"
    (request,) = recorded_api.requests
    assert request.path == f"{TO_SERVICE}/prometheus"
    assert request.headers["accept"] == "text/plain"


async def test_the_dialect_of_the_reference_page_differs_in_two_places(connect, recorded_api):
    recorded_api.standing = recorded_api.result({"id": PIPE})
    async with connect(api_dialect="reference-page") as client:
        await client.send((await client.requests()).set_pipe_state(SERVICE, PIPE, "stop"))
        await client.cdc_scaling(SERVICE)
        await client.send(
            (await client.requests()).update_cdc_scaling(SERVICE, {"replicaMemoryGb": 8})
        )
    state, get, update = recorded_api.requests
    scaling = f"/v1/organizations/{ORGANIZATION}/clickpipes/cdcScaling"
    assert state.json == {"action": "stop"}
    assert (get.method, get.path) == ("GET", scaling)
    assert (update.method, update.path) == ("PATCH", scaling)


async def test_an_address_with_a_version_is_not_asked_for_it_twice(connect, recorded_api):
    recorded_api.standing = recorded_api.result([])
    async with connect(api_url=f"{recorded_api.url}/v1") as client:
        await client.services()
    assert recorded_api.requests[0].path == f"/v1/organizations/{ORGANIZATION}/services"


async def test_a_missing_organization_is_looked_up_once(connect, recorded_api):
    recorded_api.will(recorded_api.result([{"id": ORGANIZATION, "name": "Example"}]))
    recorded_api.standing = recorded_api.result([])
    async with connect(organization_id=None) as client, anyio.create_task_group() as calls:
        for _ in range(3):
            calls.start_soon(client.services)
    paths = [request.path for request in recorded_api.requests]
    assert paths == ["/v1/organizations"] + [f"/v1/organizations/{ORGANIZATION}/services"] * 3


async def test_a_key_of_no_organization_can_do_nothing(connect, recorded_api):
    recorded_api.standing = recorded_api.result([])
    async with connect(organization_id=None) as client:
        with pytest.raises(NotAuthorized):
            await client.services()


async def test_a_choice_of_organizations_is_left_to_the_operator(connect, recorded_api):
    recorded_api.standing = recorded_api.result([{"id": ORGANIZATION}, {"id": SERVICE}])
    async with connect(organization_id=None) as client:
        with pytest.raises(InvalidSettings) as caught:
            await client.services()
        assert len(await client.organizations()) == 2
    assert "CLICKPIPES_ORGANIZATION_ID" in caught.value.fix


async def test_organizations_are_read(client, recorded_api):
    recorded_api.will(recorded_api.result([{"id": ORGANIZATION, "name": "Example"}]))
    assert await client.organizations() == [Organization(id=ORGANIZATION, name="Example")]


@pytest.mark.parametrize("answer", [None, [], "text", {"name": "no id"}, {"id": None}])
async def test_an_answer_that_describes_nothing_is_unreadable(client, recorded_api, answer):
    recorded_api.standing = recorded_api.result(answer)
    with pytest.raises(UnreadableAnswer, match="a Pipe"):
        await client.pipe(SERVICE, PIPE)


@pytest.mark.parametrize("answer", [{"id": PIPE}, "text", [{"name": "no id"}]])
async def test_a_list_that_is_none_is_unreadable(client, recorded_api, answer):
    recorded_api.standing = recorded_api.result(answer)
    with pytest.raises(UnreadableAnswer):
        await client.pipes(SERVICE)


async def test_a_preview_sends_nothing(client, recorded_api):
    requests = await client.requests()
    preview = requests.create_pipe(SERVICE, {"password": Secret("canary")}).preview()
    assert preview.body == {"password": "[secret]"}
    assert recorded_api.requests == []


IDLE = "FAILED_DEPENDENCY: Current state: idle"


def states(recorded_api, *names: str) -> list:
    return [recorded_api.result({"id": SERVICE, "state": name}) for name in names]


async def test_an_idle_service_is_not_woken_without_leave(client, recorded_api):
    recorded_api.will(recorded_api.error(424, IDLE))
    with pytest.raises(ServiceNotRunning) as caught:
        await client.send((await client.requests()).create_pipe(SERVICE, BODY))
    assert "CLICKPIPES_WAKE_SERVICE" in caught.value.fix
    assert len(recorded_api.requests) == 1


@pytest.mark.parametrize("operation", ["create", "update"])
async def test_an_idle_service_is_woken_and_the_write_repeated_once(
    connect, recorded_api, clock, operation
):
    recorded_api.will(
        recorded_api.error(424, IDLE),
        *states(recorded_api, "idle", "awaking", "awaking", "running"),
        recorded_api.result(A_PIPE),
    )
    async with connect(wake_service=True) as client:
        if operation == "create":
            assert (
                await client.send((await client.requests()).create_pipe(SERVICE, BODY)) == THE_PIPE
            )
        else:
            assert (
                await client.send((await client.requests()).update_pipe(SERVICE, PIPE, BODY))
                == THE_PIPE
            )
    methods = [request.method for request in recorded_api.requests]
    write = "POST" if operation == "create" else "PATCH"
    assert methods == [write, "GET", "PATCH", "GET", "GET", write]
    assert recorded_api.requests[2].json == {"command": "awake"}
    assert clock.monotonic() == pytest.approx(10)


async def test_a_stopped_service_is_left_alone(connect, recorded_api):
    recorded_api.will(
        recorded_api.error(424, "Current state: stopped"), *states(recorded_api, "stopped")
    )
    async with connect(wake_service=True) as client:
        with pytest.raises(ServiceNotRunning):
            await client.send((await client.requests()).create_pipe(SERVICE, BODY))
    assert [request.method for request in recorded_api.requests] == ["POST", "GET"]


async def test_a_service_that_does_not_wake_is_not_waited_for_without_end(
    connect, recorded_api, clock
):
    recorded_api.will(recorded_api.error(424, IDLE))
    recorded_api.standing = states(recorded_api, "awaking")[0]
    async with connect(wake_service=True) as client:
        with pytest.raises(ServiceNotRunning):
            await client.send((await client.requests()).create_pipe(SERVICE, BODY))
    assert clock.monotonic() < 240


async def test_a_service_that_is_up_in_part_is_waited_for(connect, recorded_api):
    recorded_api.will(
        recorded_api.error(424, IDLE),
        *states(recorded_api, "idle", "awaking", "partially_running", "running"),
        recorded_api.result(A_PIPE),
    )
    async with connect(wake_service=True) as client:
        assert await client.send((await client.requests()).create_pipe(SERVICE, BODY)) == THE_PIPE


async def test_a_waking_that_fails_says_nothing_about_the_write(connect, recorded_api):
    recorded_api.will(
        recorded_api.error(424, IDLE),
        *states(recorded_api, "idle"),
        recorded_api.error(500, "oh no"),
    )
    async with connect(wake_service=True) as client:
        with pytest.raises(ServiceNotRunning) as caught:
            await client.send((await client.requests()).create_pipe(SERVICE, BODY))
    assert "Waking it failed: " in caught.value.message
    assert not caught.value.may_have_happened


async def test_callers_who_name_the_same_thing_come_one_by_one(client):
    inside: list[int] = []

    async def call(number: int) -> None:
        async with client.alone("orders"):
            inside.append(number)
            await anyio.lowlevel.checkpoint()
            assert inside[-1] == number

    async with anyio.create_task_group() as calls:
        for number in range(5):
            calls.start_soon(call, number)
    assert inside == [0, 1, 2, 3, 4]


async def test_callers_who_name_different_things_do_not_wait(client):
    async with client.alone("orders"), client.alone("payments"):
        pass
    async with client.alone("orders"):
        pass
