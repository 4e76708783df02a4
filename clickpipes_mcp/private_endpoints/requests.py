"""What is asked of reverse private endpoints.

Source: OpenAPI contract, CreateReversePrivateEndpoint, UpdateReversePrivateEndpoint.
"""

from collections.abc import Mapping
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field

from clickpipes_mcp.contract import Request
from clickpipes_mcp.field_types import Text

EndpointType: TypeAlias = Literal[
    "VPC_ENDPOINT_SERVICE", "VPC_RESOURCE", "MSK_MULTI_VPC", "GCP_PSC_SERVICE_ATTACHMENT"
]


class DnsMapping(Request):
    """A custom DNS name of an endpoint.

    `target_id` is newer than the published contract; source: the Terraform provider and
    clickhousectl.
    """

    private_dns_name: Annotated[str, Field(min_length=1, max_length=255)] = Field(
        description="Exact name, or *.example.com for one label in place of the star."
    )
    target_id: Text | None = Field(
        default=None,
        description="For VPC_RESOURCE only: the id of one of the endpoint's dns_targets.",
    )


class CreateEndpoint(Request):
    """A new endpoint: one type, and the fields of that type."""

    type: EndpointType = Field(description="What it connects to; decides which fields it needs.")
    description: Annotated[str, Field(min_length=1, max_length=255)] = Field(
        description="What people will know it by."
    )
    vpc_endpoint_service_name: Text | None = Field(
        default=None,
        description="For VPC_ENDPOINT_SERVICE: its name, com.amazonaws.vpce.<region>.vpce-svc-….",
    )
    vpc_resource_configuration_id: Text | None = Field(
        default=None, description="For VPC_RESOURCE: the id of its configuration, rcfg-…."
    )
    vpc_resource_share_arn: Text | None = Field(
        default=None,
        description="For VPC_RESOURCE: the ARN of a resource share that no endpoint has used.",
    )
    msk_cluster_arn: Text | None = Field(
        default=None, description="For MSK_MULTI_VPC: the ARN of the cluster."
    )
    msk_authentication: Literal["SASL_IAM", "SASL_SCRAM"] | None = Field(
        default=None, description="For MSK_MULTI_VPC: how clients log in."
    )
    gcp_service_attachment: Text | None = Field(
        default=None,
        description="For GCP_PSC_SERVICE_ATTACHMENT: its path, "
        "projects/P/regions/R/serviceAttachments/N.",
    )
    custom_private_dns_mappings: list[DnsMapping] | None = Field(
        default=None,
        description="Host names of the source that shall lead through it. MSK takes none.",
    )


class CustomDns(Request):
    """The custom DNS names of an endpoint whose type is known; a new list replaces the old."""

    type: str = ""
    custom_private_dns_mappings: list[DnsMapping]


EXAMPLES: Final[Mapping[str, Mapping[str, object]]] = {
    "VPC_ENDPOINT_SERVICE": {
        "type": "VPC_ENDPOINT_SERVICE",
        "description": "orders broker",
        "vpc_endpoint_service_name": "com.amazonaws.vpce.us-east-1.vpce-svc-12345678901234567",
    },
    "VPC_RESOURCE": {
        "type": "VPC_RESOURCE",
        "description": "orders database",
        "vpc_resource_configuration_id": "rcfg-12345678901234567",
        "vpc_resource_share_arn": "arn:aws:ram:us-east-1:123456789012:resource-share/orders",
    },
    "MSK_MULTI_VPC": {
        "type": "MSK_MULTI_VPC",
        "description": "orders cluster",
        "msk_cluster_arn": "arn:aws:kafka:us-east-1:123456789012:cluster/orders",
        "msk_authentication": "SASL_IAM",
    },
    "GCP_PSC_SERVICE_ATTACHMENT": {
        "type": "GCP_PSC_SERVICE_ATTACHMENT",
        "description": "orders on Cloud SQL",
        "gcp_service_attachment": "projects/example/regions/us-central1/serviceAttachments/orders",
        "custom_private_dns_mappings": [{"private_dns_name": "orders.example.com"}],
    },
}
