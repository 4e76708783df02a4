"""Private ways to the source: reverse private endpoints and SSH tunnels."""

from clickpipes_mcp.diagnosis._facts import EndpointFacts, Facts, TunnelFacts
from clickpipes_mcp.diagnosis._links import docs
from clickpipes_mcp.diagnosis._predicates import endpoint_in, tunnel_in
from clickpipes_mcp.diagnosis._rule import Confidence, Rule, Severity
from clickpipes_mcp.diagnosis._steps import at_source, console, iam, tool

_PRIVATE_LINK = docs("networking/aws-privatelink")

RULES: tuple[Rule, ...] = (
    Rule(
        id="network.endpoint-pending",
        title="The private endpoint waits to be accepted",
        cause="The owner of the endpoint service has to accept the connection within a day, or the "
        "endpoint is removed.",
        fix=(
            console("Accept the connection request in the AWS console of the source's account."),
            iam("Otherwise, allow ClickPipes' AWS account beforehand.", "072088201116"),
        ),
        documentation=_PRIVATE_LINK,
        severity=Severity.CRITICAL,
        predicate=endpoint_in("PendingAcceptance"),
        examples=(Facts(endpoints=(EndpointFacts("vpce-1", "PendingAcceptance"),)),),
    ),
    Rule(
        id="network.endpoint-dead",
        title="The private endpoint failed, was declined or expired",
        cause="The service name or region is wrong, the owner declined, or a share went stale. It "
        "is removed after a day to a week.",
        fix=(
            tool("create_private_endpoint", "Create a new endpoint with correct names."),
            tool(
                "update_clickpipe",
                "Point the pipe at the new endpoint.",
                changes=("reverse_private_endpoint_ids", "host", "uri"),
            ),
        ),
        documentation=_PRIVATE_LINK,
        severity=Severity.CRITICAL,
        predicate=endpoint_in("Failed", "Rejected", "Expired"),
        examples=tuple(
            Facts(endpoints=(EndpointFacts("vpce-1", status),))
            for status in ("Failed", "Rejected", "Expired")
        ),
    ),
    Rule(
        id="network.endpoint-resource",
        title="The VPC resource cannot be used for an endpoint",
        cause="A resource share works once and in one region, and its subnet needs a free /28.",
        fix=(
            at_source("Create a new resource configuration and RAM share in the same region."),
            at_source("Free a /28 block in the subnet of the resource gateway."),
        ),
        documentation=_PRIVATE_LINK,
        patterns=(
            r"resource[- ]share",
            r"vpcResource(Configuration|Share)",
            r"insufficient.{0,30}(addresses|/28)",
        ),
        examples=("BAD_REQUEST: vpcResourceShareArn: resource share is already in use",),
    ),
    Rule(
        id="network.ssh-tunnel",
        title="The SSH tunnel to the source breaks",
        cause="The bastion cannot be reached, refuses the key or forwarding, or the connection is "
        "not kept alive.",
        fix=(
            at_source("Allow forwarding on the bastion.", "AllowTcpForwarding yes"),
            at_source("Put the tunnel's public key into authorized_keys of its user."),
            tool("list_network_paths", "See host, port, user and the last login of the key."),
        ),
        documentation=docs("postgres"),
        severity=Severity.CRITICAL,
        patterns=(
            r"\bssh\b.{0,60}(tunnel|handshake|open channel|unable|rejected|gateway|key)",
            r"\bTUNNEL_[A-Z_]+",
            r"SSH ?tunnel|administratively prohibited",
            r"(session|connect\w{0,10}) to (the )?(SSH|bastion)",
        ),
        predicate=tunnel_in("failed"),
        suspicion=Confidence.HIGH,
        examples=(
            Facts(tunnel=TunnelFacts("clickpipes@bastion.example:22", "failed")),
            "NOTIFY_CONNECTIVITY TUNNEL_KEEPALIVE_FAILED",
            "ssh: handshake failed: ssh: unable to authenticate",
        ),
    ),
)
