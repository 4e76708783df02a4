"""Reaching the source: firewalls, allow-lists, ports, connections that break."""

from datetime import UTC, datetime

from clickpipes_mcp.diagnosis._egress import keeps_default_region
from clickpipes_mcp.diagnosis._facts import EndpointFacts, Facts, ServiceFacts
from clickpipes_mcp.diagnosis._links import CLICKPIPES, docs, engine_source
from clickpipes_mcp.diagnosis._predicates import endpoint_in, unless
from clickpipes_mcp.diagnosis._rule import Breadth, Confidence, Rule, Severity
from clickpipes_mcp.diagnosis._steps import (
    ADDRESS,
    EGRESS,
    START,
    allow_list,
    at_source,
    console,
    tool,
    wait,
)

_STATIC_IPS = docs("networking/static-ips")
_PRIVATE_LINK = docs("networking/aws-privatelink")
_TIMEOUTS = (
    r"(?<!:53: )i/o timeout",
    r"context deadline",
    r"connect(ion)?( attempt)? (has )?timed out",
    r"ETIMEDOUT|WSAETIMEDOUT|\(10060\)",
    r"connection timeout( expired)?|timeout expired",
    r"(did not|not) properly respond after a period",
    r"Timeout during connection attempt",
    r"Can't reach database server|\bP1001\b",
    r"Can't connect to .{0,20}MySQL server.{0,160}(timed out|\((110|60)\))",
    r"(connect|read|socket) ?timed? ?out",
    r"Connection reset by peer while connecting|operation timed out",
)

RULES: tuple[Rule, ...] = (
    Rule(
        id="network.timeout",
        title="The source does not answer: firewall, allow-list or wrong port",
        cause="Packets are dropped on the way, so it cannot be reached. Most often the ClickPipes "
        "addresses of the right region are not allowed at the source.",
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
        title="Nothing listens at the source's address: connection refused",
        cause="The host answers but refuses the port: the server is down, or the port is wrong.",
        fix=(
            at_source("Check that the server is up and the port is the one it listens on."),
            tool(
                "update_clickpipe", "Correct host or port, with the credentials.", changes=ADDRESS
            ),
            START,
        ),
        documentation=CLICKPIPES,
        severity=Severity.CRITICAL,
        patterns=(
            r"connection refused",
            r"ECONNREFUSED|WSAECONNREFUSED",
            r"actively refused",
            r"\((111|61|10061)\)",
            r"connection refused: no brokers available",
            r":econnrefused",
        ),
        examples=(
            "dial tcp 203.0.113.7:9092: connect: connection refused",
            "dial tcp: connection refused: no brokers available",
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
        id="network.reset",
        title="Connections to the source are dropped: reset or closed now and then",
        cause="Restarts, failovers, idle limits of firewalls or scaling close connections; the "
        "pipe reconnects.",
        fix=(wait("Nothing, unless it persists for more than a quarter of an hour."),),
        documentation=engine_source("flow/alerting/classifier.go"),
        severity=Severity.WARNING,
        confidence=Confidence.MEDIUM,
        breadth=Breadth.BROAD,
        patterns=(
            r"connection reset( by peer)?",
            r"ECONNRESET|EPIPE|ECONNABORTED|WSAECONN(RESET|ABORTED)|\((10053|10054)\)",
            r"use of closed network connection",
            r"broken pipe",
            r"forcibly closed",
            r"connection abort(ed)?",
            r"unexpected EOF|\bEOF\b",
        ),
        examples=("read tcp 10.0.0.1:40112->203.0.113.7:5432: read: connection reset by peer",),
    ),
)
