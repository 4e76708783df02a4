"""The types of reverse private endpoints, and what their statuses mean.

Facts are those of the OpenAPI contract and of the ClickPipes documentation of AWS PrivateLink and
of Google Private Service Connect, unless a line says otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from clickpipes_mcp.pipe_states import Stage, State

CLICKPIPES_AWS_ACCOUNT: Final = "072088201116"
CLICKPIPES_GCP_PROJECT: Final = "clickpipes-production"


@dataclass(frozen=True)
class EndpointKind:
    """One type of endpoint.

    `companions` are the fields it needs and no other type may have; `exclusive` those of them
    that only one endpoint can use. `prepare` is done before, `accept` while it waits for
    acceptance, both by the owner of the source. `provider` is the cloud its service must be in.
    """

    title: str
    companions: tuple[str, ...]
    custom_dns: Literal["expected", "preview", "never"]
    prepare: str
    exclusive: tuple[str, ...] = ()
    accept: str = ""
    provider: str = ""

    @property
    def identity(self) -> tuple[str, ...]:
        """The fields that stand for an idempotency key: what agrees in them is made once."""
        return self.exclusive or (*self.companions, "description")


KINDS: Final[Mapping[str, EndpointKind]] = {
    "VPC_ENDPOINT_SERVICE": EndpointKind(
        "AWS VPC endpoint service",
        ("vpc_endpoint_service_name",),
        "preview",
        f"Allow AWS account {CLICKPIPES_AWS_ACCOUNT} as a principal of the endpoint service; for "
        "another region, allow that region too. Turn off the load balancer's security-group rules "
        "for PrivateLink traffic.",
        accept=f"Accept the connection of AWS account {CLICKPIPES_AWS_ACCOUNT} on the endpoint "
        "service within 1 day.",
    ),
    "VPC_RESOURCE": EndpointKind(
        "AWS VPC resource",
        ("vpc_resource_configuration_id", "vpc_resource_share_arn"),
        "preview",
        f"Share the resource configuration with AWS account {CLICKPIPES_AWS_ACCOUNT} by a resource "
        "share made for this endpoint alone. Same region only; each subnet of the gateway needs a "
        "free /28 block.",
        exclusive=("vpc_resource_share_arn",),
    ),
    "MSK_MULTI_VPC": EndpointKind(
        "Amazon MSK multi-VPC",
        ("msk_cluster_arn", "msk_authentication"),
        "never",
        f"Turn on multi-VPC connectivity and allow AWS account {CLICKPIPES_AWS_ACCOUNT} in the "
        "cluster policy. Same region only; one endpoint for each cluster and authentication.",
        exclusive=("msk_cluster_arn", "msk_authentication"),
    ),
    "GCP_PSC_SERVICE_ATTACHMENT": EndpointKind(
        "Google Private Service Connect",
        ("gcp_service_attachment",),
        "expected",
        f"Let project {CLICKPIPES_GCP_PROJECT} connect to the service attachment. Service, "
        "attachment and endpoint must be in one region.",
        accept="Accept the pending connection on the service attachment within 1 day; the accept "
        "list takes its endpointWithId as gcloud shows it, not the endpoint_id shown here.",
        provider="gcp",
    ),
}

STATUSES: Final[Mapping[str, State]] = {
    "Unknown": State(Stage.MOVING, "not reported yet"),
    "Provisioning": State(Stage.MOVING, "being set up; takes minutes"),
    "PendingAcceptance": State(
        Stage.MOVING, "the owner of the source has to accept; removed by itself after 1 day"
    ),
    "Ready": State(Stage.WORKING, "pipes can use it"),
    "Deleting": State(Stage.MOVING, "being removed"),
    "Failed": State(
        Stage.BROKEN, "could not be set up; removed by itself after 7 days; create it anew"
    ),
    "Rejected": State(
        Stage.BROKEN, "the owner of the source refused; removed by itself after 1 day"
    ),
    "Expired": State(Stage.BROKEN, "nobody accepted in time; removed at once; create it anew"),
}
_UNHEARD_OF = State(Stage.MOVING, "a status newer than this server knows")


def status_named(name: str) -> State:
    """What is known of a status; unknown names are taken as transitions."""
    return STATUSES.get(name, _UNHEARD_OF)
