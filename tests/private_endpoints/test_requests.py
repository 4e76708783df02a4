import pytest
from pydantic import ValidationError

from clickpipes_mcp.private_endpoints import EXAMPLES, CreateEndpoint, CustomDns
from clickpipes_mcp.simulator.contract import services


def test_an_endpoint_is_written_under_the_names_of_the_api():
    body = CreateEndpoint.model_validate(EXAMPLES["GCP_PSC_SERVICE_ATTACHMENT"]).body()
    assert body == {
        "type": "GCP_PSC_SERVICE_ATTACHMENT",
        "description": "orders on Cloud SQL",
        "gcpServiceAttachment": "projects/example/regions/us-central1/serviceAttachments/orders",
        "customPrivateDnsMappings": [{"privateDnsName": "orders.example.com"}],
    }


def test_an_empty_list_of_names_is_sent():
    assert CustomDns(custom_private_dns_mappings=[]).body() == {"customPrivateDnsMappings": []}


@pytest.mark.parametrize("length", [0, 256])
def test_a_description_has_1_to_255_characters(length):
    with pytest.raises(ValidationError):
        CreateEndpoint.model_validate(EXAMPLES["VPC_RESOURCE"] | {"description": "x" * length})


def test_the_simulators_contract_knows_the_same_fields():
    known = services.ENDPOINT_CREATE.document["properties"]
    assert {field.alias for field in CreateEndpoint.model_fields.values()} == set(known)
