"""Private endpoints for tests: bodies of their types, made by somebody else, and who is asked."""

from collections.abc import Mapping
from typing import Any

from mcp_types import ElicitRequestFormParams, ElicitRequestParams, ElicitResult

from clickpipes_mcp.private_endpoints import EXAMPLES, CreateEndpoint
from tests.serving import PIPES, Served

ENDPOINTS = f"{PIPES}ReversePrivateEndpoints"
ON = {"toolsets": ("network",)}
VPC = {
    "type": "VPC_ENDPOINT_SERVICE",
    "description": "orders broker",
    "vpcEndpointServiceName": EXAMPLES["VPC_ENDPOINT_SERVICE"]["vpc_endpoint_service_name"],
}
PSC = {
    "type": "GCP_PSC_SERVICE_ATTACHMENT",
    "description": "orders database",
    "gcpServiceAttachment": EXAMPLES["GCP_PSC_SERVICE_ATTACHMENT"]["gcp_service_attachment"],
    "customPrivateDnsMappings": [
        {"privateDnsName": "db.example.com"},
        {"privateDnsName": "*.eu.example.com"},
    ],
}
MSK = {
    "type": "MSK_MULTI_VPC",
    "description": "orders cluster",
    "mskClusterArn": "arn:aws:kafka:us-east-1:123456789012:cluster/orders",
    "mskAuthentication": "SASL_IAM",
}


def body_of(example: Mapping[str, object]) -> dict[str, Any]:
    """The request that creates it."""
    return dict(CreateEndpoint.model_validate(example).body())


async def endpoint(
    served: Served, body: dict[str, Any] = VPC, age_s: float = 3600.0
) -> dict[str, Any]:
    """An endpoint made by somebody else, as it is read after some time."""
    made = await served.plane.by_somebody_else("POST", ENDPOINTS, body)
    served.clock.advance(age_s)
    read: dict[str, Any] = await served.plane.by_somebody_else("GET", f"{ENDPOINTS}/{made['id']}")
    return read


def with_source(body: dict[str, Any], name: str, **changes: Any) -> dict[str, Any]:
    """A pipe's body under another name, with these changes to its source."""
    (arm,) = body["source"]
    return body | {"name": name, "source": {arm: body["source"][arm] | changes}}


class TypesTheName:
    """A person who types the name they are shown, or another, and remembers the questions."""

    def __init__(self, name: str = "") -> None:
        self._name = name
        self.messages: list[str] = []

    @property
    def message(self) -> str:
        """The last question, or nothing."""
        return self.messages[-1] if self.messages else ""

    async def __call__(self, asked: ElicitRequestParams) -> ElicitResult:
        assert isinstance(asked, ElicitRequestFormParams)
        self.messages.append(asked.message)
        shown = asked.message.rpartition("type the name: ")[2]
        return ElicitResult(action="accept", content={"name": self._name or shown})


def dns(*names: str) -> list[dict[str, str]]:
    """Custom names as the tools' arguments have them."""
    return [{"private_dns_name": name} for name in names]


def leading(ways: dict[str, str]) -> list[dict[str, str]]:
    """Custom names with their targets, as the tools' arguments have them."""
    return [{"private_dns_name": name, "target_id": target} for name, target in ways.items()]


def resource_with(ways: dict[str, str]) -> dict[str, Any]:
    """A resource to whose targets these names lead."""
    resource = EXAMPLES["VPC_RESOURCE"]
    return {
        "type": "VPC_RESOURCE",
        "description": "orders database",
        "vpcResourceConfigurationId": resource["vpc_resource_configuration_id"],
        "vpcResourceShareArn": resource["vpc_resource_share_arn"],
        "customPrivateDnsMappings": [
            {"privateDnsName": name, "targetId": target} for name, target in ways.items()
        ],
    }
