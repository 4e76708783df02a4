"""Reaching Kafka brokers, and speaking TLS with the right listener."""

from functools import partial

from clickpipes_mcp.diagnosis._links import docs
from clickpipes_mcp.diagnosis._rule import Breadth, Confidence, Rule, Severity
from clickpipes_mcp.diagnosis._scope import KAFKA
from clickpipes_mcp.diagnosis._steps import EGRESS, at_source, hosted, tool, wait
from clickpipes_mcp.diagnosis.providers import Provider

_BEST = docs("kafka/best-practices")
_rule = partial(Rule, arms=KAFKA, severity=Severity.CRITICAL, documentation=_BEST)

RULES: tuple[Rule, ...] = (
    _rule(
        id="kafka.listener-protocol",
        title="Pipe and Kafka listener do not speak the same protocol: TLS or plaintext",
        cause="TLS reached a plaintext listener, or plain text one with TLS: the port belongs to "
        "another listener.",
        fix=(
            at_source("Take the port of the TLS listener.", "listeners, advertised.listeners"),
            tool("create_kafka_clickpipe", "Brokers never change in place: recreate the pipe."),
        ),
        patterns=(
            r"PLAINTEXT broker listener",
            r"Invalid receive \(size = \d+",
            r"wrong version number",
            r"first record does not look like a TLS",
            r"tls: oversized record",
            r"unknown protocol|Unrecognized SSL message",
            r"packet length too long|http request",
            r"OutOfMemoryError.{0,600}NetworkReceive",
        ),
        examples=("SSL handshake failed: connecting to a PLAINTEXT broker listener?",),
    ),
    _rule(
        id="kafka.tls-ended",
        title="The broker ended the TLS handshake",
        cause="The port is no TLS listener the client fits, or the brokers want a client "
        "certificate that was not given or is not trusted.",
        fix=(
            at_source("Take the port of the TLS listener.", "listener.security.protocol.map"),
            tool(
                "update_clickpipe",
                "Give the client certificate: MUTUAL_TLS, with its key.",
                changes=("credentials.private_key",),
            ),
        ),
        breadth=Breadth.BROAD,
        patterns=(
            r"close_notify during handshake",
            r"(closed|terminated) connection during handshake",
            r"peer shut down incorrectly",
            r"SSL handshake failed(?!.{0,200}certificate)",
            r"handshake failed: EOF|handshake: EOF",
            r"SslAuthenticationException",
            r"Local: SSL error",
            r"SSL syscall error",
        ),
        examples=("Kafka connection failed: Received close_notify during handshake",),
    ),
    _rule(
        id="kafka.unreachable",
        title="The Kafka brokers cannot be reached, or do not answer",
        cause="The firewall or allow-list does not admit ClickPipes, the port is another "
        "listener's, the brokers are down, or they advertise addresses nobody outside reaches.",
        fix=(
            EGRESS,
            at_source("Check host, port and advertised.listeners of every broker."),
            hosted(
                tool(
                    "create_private_endpoint",
                    "MSK: PrivateLink (MSK_MULTI_VPC) for a private cluster.",
                ),
                Provider.MSK,
            ),
            tool(
                "create_private_endpoint", "For private brokers set up a reverse private endpoint."
            ),
        ),
        confidence=Confidence.MEDIUM,
        breadth=Breadth.BROAD,
        patterns=(
            r"(all|\d{1,5}/\d{1,5}) brokers? (connections )?(are )?down",
            r"_ALL_BROKERS_DOWN|_TRANSPORT\b|Broker transport failure",
            r"(failed|unable) to connect to (seed )?broker",
            r"Bootstrap broker .{1,160} disconnected",
            r"No ?Brokers ?Available|no (more )?(available )?brokers",
            r"run out of available brokers(?!.{0,300}(EOF|tls|SASL|x509|certificate))",
            r"waiting for a node assignment",
            r"(fetching|update) (topic )?metadata|failed to update metadata",
            r"Connection to node -?\d+ .{0,120}could not be established",
            r"Broker may not be available",
            r"Connect to ipv[46]#\S+ failed",
            r"KafkaJS(Connection|NumberOfRetriesExceeded)",
            r"BROKER_NOT_AVAILABLE|NETWORK_EXCEPTION",
            r"kafka.{0,80}(connection|request) timed out",
            r"Timeout of \d+ ?ms expired|expired before the (position|last committed offset)",
            r"Timed out waiting for a node|Failed to (get|fetch) offsets by times",
        ),
        examples=(
            "[BrokerPool] Failed to connect to seed broker, trying another broker from the list",
            "kafka.errors.NoBrokersAvailable: NoBrokersAvailable",
        ),
    ),
    _rule(
        id="kafka.broker-changing",
        title="The brokers are changing leader or coordinator, or are still loading",
        cause="A restart, a rolling upgrade or a rebalance of the cluster: the client refreshes "
        "its metadata and retries.",
        fix=(wait("Let it retry."), at_source("If it lasts, look at the brokers' health.")),
        severity=Severity.WARNING,
        patterns=(
            r"coordinator is (not available|no longer)|coordinator load",
            r"COORDINATOR_(NOT_AVAILABLE|LOAD)|NOT_COORDINATOR",
            r"(not|no) (the )?leader|LEADER_NOT_AVAILABLE|NOT_LEADER|NotLeader|LeaderNotAvailable",
            r"FENCED_LEADER_EPOCH|UNKNOWN_LEADER_EPOCH|REPLICA_NOT_AVAILABLE",
            r"GroupCoordinatorNotFound|CoordinatorNotAvailable|NotCoordinator",
            r"OFFSET_NOT_AVAILABLE|KAFKA_STORAGE_ERROR|PREFERRED_LEADER",
        ),
        examples=("kafka server: The coordinator is not available",),
    ),
)
