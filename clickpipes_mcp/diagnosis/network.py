"""Troubles on the way to the source: names, firewalls, certificates, private endpoints."""

from datetime import UTC, datetime

from clickpipes_mcp.diagnosis._egress import keeps_default_region
from clickpipes_mcp.diagnosis._facts import EndpointFacts, Facts, ServiceFacts
from clickpipes_mcp.diagnosis._links import CLICKPIPES, docs, engine_source
from clickpipes_mcp.diagnosis._predicates import endpoint_in, unless
from clickpipes_mcp.diagnosis._rule import Breadth, Confidence, Rule, Severity
from clickpipes_mcp.diagnosis._steps import (
    EGRESS,
    START,
    allow_list,
    at_source,
    console,
    iam,
    tool,
    wait,
)

_STATIC_IPS = docs("networking/static-ips")
_PRIVATE_LINK = docs("networking/aws-privatelink")
_TIMEOUTS = (
    r"i/o timeout",
    r"context deadline",
    r"connection timed out",
    r"ETIMEDOUT",
    r"no route to host",
    r"network is unreachable",
)

RULES: tuple[Rule, ...] = (
    Rule(
        id="network.name-unknown",
        title="The source's host name does not resolve",
        cause="A typo, a name that exists only in a private network, or a private endpoint without "
        "its DNS name.",
        fix=(
            at_source("Resolve the name from outside your network.", "nslookup <host>"),
            tool("update_clickpipe", "Use a public name, or the private endpoint's DNS name."),
            console("For private names add a custom DNS mapping to the private endpoint."),
        ),
        documentation=docs("networking"),
        severity=Severity.CRITICAL,
        patterns=(r"no such host", r"net\.DNSError", r"NXDOMAIN", r"name or service not known"),
        examples=(
            (
                "BAD_REQUEST: failed to establish connection: dial tcp: lookup db.example.com: no "
                "such host"
            ),
            "net.DNSError",
        ),
    ),
    Rule(
        id="network.timeout",
        title="The source does not answer: firewall, allow-list or wrong port",
        cause="Packets are dropped on the way. Most often the ClickPipes addresses of the right "
        "region are not allowed at the source.",
        fix=(
            EGRESS,
            at_source("Check security groups, network rules and the port."),
            console("For a source without public address set up a reverse private endpoint."),
        ),
        documentation=_STATIC_IPS,
        severity=Severity.CRITICAL,
        confidence=Confidence.MEDIUM,
        breadth=Breadth.BROAD,
        patterns=_TIMEOUTS,
        when=unless(endpoint_in("Ready")),
        examples=(
            "BAD_REQUEST: failed to establish connection: dial tcp 203.0.113.7:5432: i/o timeout",
            "failed to connect: context deadline exceeded",
        ),
    ),
    Rule(
        id="network.egress-region",
        title="The allow-list may hold the addresses of the wrong region",
        cause="A service older than its region's own addresses connects from the default region, "
        "so a laptop or a newer service may get through where it does not.",
        fix=(allow_list("Allow the addresses of the region named in the evidence."), START),
        documentation=_STATIC_IPS,
        severity=Severity.CRITICAL,
        confidence=Confidence.MEDIUM,
        patterns=_TIMEOUTS,
        when=keeps_default_region,
        examples=(
            Facts(
                errors=("dial tcp 203.0.113.7:9092: i/o timeout",),
                service=ServiceFacts(
                    provider="aws", region="eu-west-1", created_at=datetime(2025, 1, 1, tzinfo=UTC)
                ),
            ),
        ),
    ),
    Rule(
        id="network.refused",
        title="Nothing listens at the source's address",
        cause="The host answers but refuses the port: the server is down, or the port is wrong.",
        fix=(
            at_source("Check that the server is up and the port is the one it listens on."),
            tool("update_clickpipe", "Correct host or port, with the credentials."),
            START,
        ),
        documentation=CLICKPIPES,
        severity=Severity.CRITICAL,
        patterns=(r"connection refused", r"ECONNREFUSED", r"no brokers available"),
        examples=(
            "dial tcp 203.0.113.7:9092: connect: connection refused",
            "dial tcp: connection refused: no brokers available",
        ),
    ),
    Rule(
        id="network.unknown-ca",
        title="The source's certificate is signed by a private authority",
        cause="Self-signed or private authorities (Cloud SQL, ClickHouse Managed Postgres) are "
        "unknown until their certificate is given.",
        fix=(
            tool("update_clickpipe", "Give ca_certificate: the authority's certificate in PEM."),
            tool("update_clickpipe", "Last resort, unsafe: skip_cert_verification true."),
        ),
        documentation=docs("mysql/faq"),
        severity=Severity.CRITICAL,
        patterns=(
            r"certificate signed by unknown authority",
            r"self[- ]signed certificate",
            r"unable to get local issuer certificate",
        ),
        examples=(
            (
                "BAD_REQUEST: failed to establish connection: db: tls: failed to verify "
                "certificate: x509: certificate signed by unknown authority"
            ),
        ),
    ),
    Rule(
        id="network.certificate-name",
        title="The certificate is for another name than the host",
        cause="A private endpoint or tunnel has its own DNS name, which the source's certificate "
        "does not contain.",
        fix=(tool("update_clickpipe", "Set tls_host to a name in the certificate."),),
        documentation=docs("mysql/faq"),
        severity=Severity.CRITICAL,
        patterns=(
            r"certificate is (not valid for any names|valid for .{1,200}, not )",
            r"doesn't contain any IP SANs",
            r"certificate.{0,40}hostname mismatch",
        ),
        examples=(
            "x509: certificate is not valid for any names, but wanted to match vpce.example.com",
            "x509: certificate is valid for db.internal.example.com, not vpce.example.com",
        ),
    ),
    Rule(
        id="network.certificate-rejected",
        title="The TLS handshake with the source failed",
        cause="One side does not accept the other's certificate or version; an expired certificate "
        "is the most common reason.",
        fix=(
            at_source(
                "Look at the certificate and its dates.",
                "openssl s_client -connect <host>:<port> -servername <host>",
            ),
        ),
        documentation=docs("mysql/faq"),
        severity=Severity.CRITICAL,
        confidence=Confidence.MEDIUM,
        breadth=Breadth.BROAD,
        patterns=(
            r"\bx509:",
            r"tls: (failed to verify|handshake failure|bad certificate)",
            r"CertificateVerificationError",
        ),
        examples=("x509: certificate has expired or is not yet valid", "tls: handshake failure"),
    ),
    Rule(
        id="network.bad-pem",
        title="A certificate or key is not readable PEM",
        cause="The text is cut, lost its line breaks or is not PEM at all.",
        fix=(tool("update_clickpipe", "Give the whole PEM, from BEGIN to END, with line breaks."),),
        documentation=docs("kafka/best-practices"),
        patterns=(r"not in valid PEM format", r"failed to (decode|parse) (PEM|certificate)"),
        examples=("BAD_REQUEST: caCertificate is not in valid PEM format",),
    ),
    Rule(
        id="network.endpoint-pending",
        title="The private endpoint waits to be accepted",
        cause="The owner of the endpoint service has to accept the connection within a day, or the "
        "endpoint is removed.",
        fix=(
            console("Accept the connection request in the AWS console of the source's account."),
            iam("Or allow ClickPipes' AWS account beforehand.", "072088201116"),
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
            tool("update_clickpipe", "Point the pipe at the new endpoint."),
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
        id="network.endpoint-blocked",
        title="The private endpoint is ready but connections time out",
        cause="The load balancer applies security groups to private traffic, does not cross zones, "
        "or a broker or node has no endpoint.",
        fix=(
            at_source("Turn off inbound security-group rules for PrivateLink on the balancer."),
            at_source("Turn on cross-zone load balancing."),
            tool("create_private_endpoint", "Give each broker or node an endpoint."),
        ),
        documentation=_PRIVATE_LINK,
        severity=Severity.CRITICAL,
        confidence=Confidence.MEDIUM,
        patterns=_TIMEOUTS,
        when=endpoint_in("Ready"),
        examples=(
            Facts(
                errors=("dial tcp 10.0.0.4:9092: i/o timeout",),
                endpoints=(EndpointFacts("vpce-1", "Ready"),),
            ),
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
        cause="The bastion refuses the key or forwarding, or the connection is not kept alive.",
        fix=(
            at_source("Allow forwarding on the bastion.", "AllowTcpForwarding yes"),
            console("Check the tunnel's host, user and key; tunnels are set in the console only."),
        ),
        documentation=docs("postgres"),
        severity=Severity.CRITICAL,
        patterns=(r"\bssh\b.{0,60}(tunnel|handshake|open channel|unable)", r"\bTUNNEL_[A-Z_]+"),
        examples=(
            "NOTIFY_CONNECTIVITY TUNNEL_KEEPALIVE_FAILED",
            "ssh: handshake failed: ssh: unable to authenticate",
        ),
    ),
    Rule(
        id="network.reset",
        title="Connections to the source are dropped now and then",
        cause="Restarts, network equipment or scaling close connections; the pipe reconnects.",
        fix=(wait("Nothing, unless it persists for more than a quarter of an hour."),),
        documentation=engine_source("flow/alerting/classifier.go"),
        severity=Severity.WARNING,
        confidence=Confidence.MEDIUM,
        breadth=Breadth.BROAD,
        patterns=(r"connection reset by peer", r"use of closed network connection", r"broken pipe"),
        examples=("read tcp 10.0.0.1:40112->203.0.113.7:5432: read: connection reset by peer",),
    ),
)
