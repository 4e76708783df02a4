"""The Google identity of a service."""

import pytest

from clickpipes_mcp.cloud import GcpWorkloadIdentity
from clickpipes_mcp.simulator import IDLE_SERVICE_ID
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools.network.gcp_identity import identity_view
from tests.serving import facts

pytestmark = pytest.mark.anyio


async def test_the_identity_comes_with_the_roles_to_grant_it(serve, era) -> None:
    served = await serve(era=era, toolsets=("private_endpoints",))

    found = facts(await served.call("get_gcp_identity", service=IDLE_SERVICE_ID))

    assert (found["supported"], found["ready"]) == (True, True)
    assert found["principal"] in found["summary"]
    grants = {grant["source"]: grant["roles"] for grant in found["grants"]}
    assert list(grants) == ["bigquery", "gcs", "kafka (gcmk)", "pubsub"]
    assert grants["pubsub"] == "roles/pubsub.editor"


async def test_a_service_elsewhere_has_none(serve) -> None:
    served = await serve(toolsets=("private_endpoints",))

    found = facts(await served.call("get_gcp_identity"))

    assert (found["supported"], found["ready"], found["grants"]) == (False, False, [])
    assert "Google Cloud" in found["summary"]


@pytest.mark.parametrize(
    "identity",
    [
        GcpWorkloadIdentity(supported=True, ready=False),
        GcpWorkloadIdentity(supported=True),
        GcpWorkloadIdentity(supported=True, ready=True),
        GcpWorkloadIdentity(supported=True, ready=False, principal="early@example.com"),
    ],
    ids=str,
)
async def test_an_identity_that_is_not_ready_is_looked_at_again_and_not_shown(identity) -> None:
    view = identity_view(identity)

    assert (view.supported, view.ready, view.principal) == (True, False, None)
    assert [action.tool for action in view.next_actions] == ["get_gcp_identity"]


async def test_an_answer_without_an_identity_is_taken_as_none() -> None:
    assert not identity_view(None).supported


async def test_every_grant_is_for_a_source_that_can_use_the_identity() -> None:
    with_identity = [
        spec.key for spec in SOURCES if any("workload-identity" in rule.id for rule in spec.rules)
    ]

    assert [spec.key for spec in SOURCES if spec.google_grant is not None] == with_identity
