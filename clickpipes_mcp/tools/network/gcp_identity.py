"""The Google identity that a service's pipes can use instead of keys."""

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict

from clickpipes_mcp.cloud import GcpWorkloadIdentity
from clickpipes_mcp.errors import NextAction
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools.addressing import ServiceArguments, find_service_id
from clickpipes_mcp.tools.record import Call, Effect, ToolSpec
from clickpipes_mcp.tools.views import View, actions


class Grant(BaseModel):
    """What the identity needs for one kind of source."""

    model_config = ConfigDict(frozen=True)

    source: str
    roles: str


class IdentityView(View):
    """The Google identity of a service. `principal` may be granted roles once it is ready."""

    supported: bool
    ready: bool
    principal: str | None = None
    grants: list[Grant]


async def get_identity(call: Call[ServiceArguments]) -> IdentityView:
    """The identity as it is now."""
    service = await find_service_id(call.app, call.arguments, as_known=True)
    context = await call.app.client.service_context(service)
    return identity_view(context.gcp_workload_identity)


def identity_view(identity: GcpWorkloadIdentity | None) -> IdentityView:
    """What is known of an identity and what follows from it; None where the API says nothing."""
    if identity is None or not identity.supported:
        return IdentityView(
            summary="The service has no Google identity: it needs a service on Google Cloud and, "
            "as a private preview, an organization that is enabled for it. Use keys instead.",
            supported=False,
            ready=False,
            grants=[],
        )
    principal = clean(identity.principal, limit=255)
    if not identity.ready or not principal:
        return IdentityView(
            summary="The service's Google identity is still being made. Look again in a minute, "
            "before anything is granted.",
            supported=True,
            ready=False,
            grants=[],
            next_actions=actions(NextAction("get_gcp_identity", "shows it in a minute")),
        )
    return IdentityView(
        summary=f"Grant {principal} the roles of the source, then create the pipe with "
        "authentication SERVICE_ACCOUNT_WORKLOAD_IDENTITY and no keys.",
        supported=True,
        ready=True,
        principal=principal,
        grants=list(_grants()),
    )


def _grants() -> Iterator[Grant]:
    for spec in sorted(SOURCES, key=lambda spec: spec.key):
        if spec.google_grant is not None:
            only = f" ({spec.google_grant.type})" if spec.google_grant.type else ""
            yield Grant(source=f"{spec.key}{only}", roles=spec.google_grant.roles)


GET = ToolSpec(
    name="get_gcp_identity",
    title="Get the Google identity",
    description="Show the Google identity of a service, which its pipes use instead of keys, and "
    "the roles to grant it for BigQuery, Cloud Storage, Managed Kafka and Pub/Sub.",
    toolset="network",
    effect=Effect.READ,
    arguments=ServiceArguments,
    view=IdentityView,
    run=get_identity,
)
TOOLS = (GET,)
