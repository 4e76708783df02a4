from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from clickpipes_mcp.cloud.models import (
    CdcScaling,
    DiscoveredField,
    DiscoveredSchema,
    GcpWorkloadIdentity,
    Pipe,
    PipeSettings,
    PrivateDnsMapping,
    PrivateEndpoint,
    Scaling,
    Service,
    ServiceContext,
    ServiceEndpoint,
)
from tests.walking import walked

KEY = b"an invented key"
ANSWER = {
    "id": "33333333-3333-4333-8333-333333333333",
    "serviceId": "22222222-2222-4222-8222-222222222222",
    "name": "orders",
    "state": "Running",
    "source": {
        "kafka": {"type": "msk", "topics": "orders", "reversePrivateEndpointIds": None},
        "postgres": None,
        "kinesis": None,
    },
    "destination": {
        "database": "default",
        "table": "orders",
        "tableDefinition": {"engine": {"type": "MergeTree()"}, "sortingKey": None},
    },
    "fieldMappings": [{"sourceField": "a", "destinationField": "b"}],
    "scaling": {"replicas": 2, "replicaCpuMillicores": "250m", "replicaMemoryGb": "1Gi"},
    "settings": {"streaming_max_insert_wait_ms": 5000, "clickhouse_max_threads": None},
    "createdAt": "2026-05-13T17:47:28.132987Z",
    "updatedAt": "2026-05-13T18:00:00Z",
    "surprise": {"unknown": True},
}


def test_a_pipe_is_read_whole():
    assert Pipe.model_validate(ANSWER) == Pipe(
        id="33333333-3333-4333-8333-333333333333",
        service_id="22222222-2222-4222-8222-222222222222",
        name="orders",
        state="Running",
        source={"kafka": {"type": "msk", "topics": "orders"}},
        destination={
            "database": "default",
            "table": "orders",
            "tableDefinition": {"engine": {"type": "MergeTree"}},
        },
        field_mappings=[{"sourceField": "a", "destinationField": "b"}],
        scaling=Scaling(replicas=2, replica_cpu_millicores=250, replica_memory_gb=1.0),
        settings={"streaming_max_insert_wait_ms": 5000},
        created_at=datetime(2026, 5, 13, 17, 47, 28, 132987, tzinfo=UTC),
        updated_at=datetime(2026, 5, 13, 18, 0, tzinfo=UTC),
    )


def test_the_arm_in_use_is_found():
    pipe = Pipe.model_validate(ANSWER)
    assert (pipe.arm, pipe.source_type, pipe.arm_body["topics"]) == ("kafka", "msk", "orders")


@pytest.mark.parametrize("source", [None, {}, {"kafka": None}, [], "text"])
def test_a_pipe_without_a_source_is_still_a_pipe(source):
    pipe = Pipe.model_validate({**ANSWER, "source": source})
    assert (pipe.arm, pipe.source_type, pipe.arm_body) == ("", None, {})


def test_sources_without_a_type_have_none():
    pipe = Pipe.model_validate({**ANSWER, "source": {"mongodb": {"uri": "x"}}})
    assert (pipe.arm, pipe.source_type) == ("mongodb", None)


@walked(
    [
        pytest.param(field, value, id=f"{field}: {value!r}")
        for field in ANSWER
        if field != "id"
        for value in (None, 5, "text", [], {}, [None, 5], True)
    ]
)
def test_no_value_of_any_field_but_the_id_makes_a_pipe_unreadable(field, value):
    assert Pipe.model_validate({**ANSWER, field: value}).id == ANSWER["id"]


@pytest.mark.parametrize("value", [None, "", 5])
def test_a_pipe_without_an_id_is_none(value):
    with pytest.raises(ValidationError):
        Pipe.model_validate({**ANSWER, "id": value})


@pytest.mark.parametrize(("state", "seen"), [("Levitating", "Levitating"), (None, "Unknown")])
def test_unknown_states_survive(state, seen):
    assert Pipe.model_validate({**ANSWER, "state": state}).state == seen


def test_scaling_that_has_not_settled_reads_as_unset():
    scaling = Pipe.model_validate({**ANSWER, "scaling": {"replicas": 0}}).scaling
    assert scaling == Scaling()


def test_times_without_a_zone_are_utc_and_damaged_ones_are_left_out():
    pipe = Pipe.model_validate({**ANSWER, "createdAt": "2026-01-01T00:00:00", "updatedAt": "?"})
    assert (pipe.created_at, pipe.updated_at) == (datetime(2026, 1, 1, tzinfo=UTC), None)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "renamed"},
        {"state": "Stopped"},
        {"updatedAt": "2026-05-13T18:00:01Z"},
        {"destination": {"table": "other"}},
        {"source": {"kafka": {"type": "msk", "topics": "other"}}},
        {"settings": {"streaming_max_insert_wait_ms": 6000}},
        {"fieldMappings": []},
    ],
)
def test_consent_does_not_outlive_a_change(change):
    assert Pipe.model_validate(ANSWER).version(KEY) != Pipe.model_validate(
        {**ANSWER, **change}
    ).version(KEY)


@pytest.mark.parametrize(
    "noise",
    [
        {"scaling": {"replicas": 0}},
        {"surprise": 2},
        {"requestId": "another"},
        {"source": {"kafka": {"topics": "orders", "type": "msk"}, "mysql": None}},
    ],
)
def test_consent_outlives_what_is_no_change(noise):
    assert Pipe.model_validate(ANSWER).version(KEY) == Pipe.model_validate(
        {**ANSWER, **noise}
    ).version(KEY)


def test_a_service_is_running_only_when_it_says_so():
    answer = {
        "id": "s",
        "name": "analytics",
        "state": "running",
        "iamRole": "arn:aws:iam::000000000000:role/example",
        "endpoints": [{"protocol": "https", "host": "h.example.com", "port": 8443}, None],
        "idleScaling": None,
    }
    service = Service.model_validate(answer)
    assert service.is_running
    assert service.iam_role == "arn:aws:iam::000000000000:role/example"
    assert service.endpoints == (
        ServiceEndpoint(protocol="https", host="h.example.com", port=8443),
    )
    assert not Service.model_validate({**answer, "state": "partially_running"}).is_running


def test_cdc_scaling_reads_quantities():
    answer = {"replicaCpuMillicores": "4", "replicaMemoryGb": "16Gi"}
    assert CdcScaling.model_validate(answer) == CdcScaling(
        replica_cpu_millicores=4000, replica_memory_gb=16.0
    )


def test_settings_keep_false_and_zero():
    values = {"a": False, "b": 0, "c": None}
    assert PipeSettings.model_validate({"values": values}).values == {"a": False, "b": 0}


def test_a_discovered_schema_may_lack_anything():
    answer = {"fields": [{"name": "a", "type": "Int64", "optional": None}, "junk"], "meta": None}
    assert DiscoveredSchema.model_validate(answer) == DiscoveredSchema(
        fields=(DiscoveredField(name="a", type="Int64"),), meta={}
    )
    assert DiscoveredSchema.model_validate({"fields": None}).fields == ()
    assert DiscoveredSchema.model_validate({"meta": {"k": 1}}).meta == {"k": "1"}


def test_a_service_context_may_lack_the_identity():
    assert ServiceContext.model_validate({"gcpWorkloadIdentity": None}) == ServiceContext()
    answer = {"gcpWorkloadIdentity": {"supported": True, "ready": False}}
    assert ServiceContext.model_validate(answer).gcp_workload_identity == GcpWorkloadIdentity(
        supported=True, ready=False
    )


AN_ENDPOINT = {
    "id": "55555555-5555-4555-8555-555555555555",
    "description": "orders database",
    "type": "VPC_RESOURCE",
    "status": "Ready",
    "endpointId": "vpce-1",
    "dnsNames": ["vpce-1.rcfg-1.example.on.aws", "vpce-1.rcfg-2.example.on.aws"],
    "privateDnsNames": None,
    "customPrivateDnsMappings": [{"privateDnsName": "db.example.com", "targetId": "rcfg-1"}],
    "dnsTargets": [{"id": "rcfg-1", "kind": "RESOURCE_CONFIGURATION", "internalDnsName": "x.y"}],
    "vpcResourceConfigurationId": "rcfg-1",
    "vpcEndpointServiceName": None,
    "surprise": {"unknown": True},
}


def test_an_endpoint_is_read_with_all_its_names():
    endpoint = PrivateEndpoint.model_validate(AN_ENDPOINT)
    assert endpoint.names == (*AN_ENDPOINT["dnsNames"], "db.example.com")
    assert endpoint.custom_private_dns_mappings == (
        PrivateDnsMapping(private_dns_name="db.example.com", target_id="rcfg-1"),
    )
    assert endpoint.dns_targets[0].internal_dns_name == "x.y"
    assert (endpoint.vpc_resource_configuration_id, endpoint.vpc_endpoint_service_name) == (
        "rcfg-1",
        "",
    )


@pytest.mark.parametrize("field", [name for name in AN_ENDPOINT if name != "id"])
@pytest.mark.parametrize("value", [None, 7, "text", [], {}, [None, 7]])
def test_no_value_of_any_field_but_the_id_makes_an_endpoint_unreadable(field, value):
    PrivateEndpoint.model_validate(AN_ENDPOINT | {field: value})


@pytest.mark.parametrize(
    "change",
    [
        {"description": "orders"},
        {"status": "Failed"},
        {"customPrivateDnsMappings": []},
        {"vpcResourceConfigurationId": "rcfg-2"},
    ],
    ids=str,
)
def test_consent_does_not_outlive_a_change_of_an_endpoint(change):
    before = PrivateEndpoint.model_validate(AN_ENDPOINT)
    assert PrivateEndpoint.model_validate(AN_ENDPOINT | change).version(KEY) != before.version(KEY)


@pytest.mark.parametrize(
    "noise", [{"dnsNames": AN_ENDPOINT["dnsNames"][::-1]}, {"requestId": "another"}], ids=str
)
def test_consent_outlives_what_is_no_change_of_an_endpoint(noise):
    before = PrivateEndpoint.model_validate(AN_ENDPOINT)
    assert PrivateEndpoint.model_validate(AN_ENDPOINT | noise).version(KEY) == before.version(KEY)
