from typing import get_args

import pytest

from clickpipes_mcp.pipe_states import Stage
from clickpipes_mcp.private_endpoints import EXAMPLES, KINDS, STATUSES, CreateEndpoint, status_named
from clickpipes_mcp.private_endpoints.requests import EndpointType


def test_every_type_of_the_contract_has_its_facts_and_an_example():
    types = get_args(EndpointType)
    assert (tuple(KINDS), tuple(EXAMPLES)) == (types, types)


@pytest.mark.parametrize("kind", KINDS)
def test_companions_are_fields_of_the_request(kind):
    assert set(KINDS[kind].companions) <= set(CreateEndpoint.model_fields)
    assert set(KINDS[kind].exclusive) <= set(KINDS[kind].companions)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("VPC_ENDPOINT_SERVICE", ("vpc_endpoint_service_name", "description")),
        ("VPC_RESOURCE", ("vpc_resource_share_arn",)),
        ("MSK_MULTI_VPC", ("msk_cluster_arn", "msk_authentication")),
        ("GCP_PSC_SERVICE_ATTACHMENT", ("gcp_service_attachment", "description")),
    ],
)
def test_what_only_one_endpoint_can_use_tells_it_from_others(kind, fields):
    assert KINDS[kind].identity == fields


@pytest.mark.parametrize("kind", ["VPC_ENDPOINT_SERVICE", "VPC_RESOURCE", "MSK_MULTI_VPC"])
def test_what_aws_owners_have_to_allow_is_the_account_of_clickpipes(kind):
    assert "072088201116" in KINDS[kind].prepare


def test_only_ready_endpoints_work():
    working = [name for name, status in STATUSES.items() if status.stage is Stage.WORKING]
    assert working == ["Ready"]


@pytest.mark.parametrize(
    ("status", "said"),
    [("PendingAcceptance", "1 day"), ("Rejected", "1 day"), ("Failed", "7 days")],
)
def test_a_status_says_when_the_endpoint_goes_away_by_itself(status, said):
    assert said in status_named(status).meaning


def test_an_unknown_status_may_still_change():
    assert status_named("Hibernating").stage is Stage.MOVING
