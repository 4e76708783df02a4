"""Logging in to Kafka brokers: mechanisms, credentials, IAM of MSK, policies of Event Hubs."""

from functools import partial

from clickpipes_mcp.diagnosis._links import docs
from clickpipes_mcp.diagnosis._rule import Breadth, Rule, Severity
from clickpipes_mcp.diagnosis._scope import KAFKA
from clickpipes_mcp.diagnosis._steps import LOGIN, allow_list, at_source, hosted, iam, tool
from clickpipes_mcp.diagnosis.providers import Provider

_FAQ = docs("kafka/faq")
_BEST = docs("kafka/best-practices")
_rule = partial(Rule, arms=KAFKA, severity=Severity.CRITICAL, documentation=_FAQ)
_MECHANISM = tool(
    "get_source_guide",
    "Compare the mechanism with the matrix of this flavour.",
    topic="authentication",
)

RULES: tuple[Rule, ...] = (
    _rule(
        id="kafka.mechanism",
        title="The brokers do not offer the chosen SASL mechanism",
        cause="The listener is set up for other mechanisms (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, "
        "IAM), or for none on this port.",
        fix=(
            _MECHANISM,
            at_source("See what the listener offers.", "sasl.enabled.mechanisms"),
            tool(
                "update_clickpipe",
                "Choose an authentication the brokers offer, with credentials.",
                changes=LOGIN,
            ),
        ),
        patterns=(
            r"mechanism.{0,80}(not (enabled|supported)|unsupported|is not available)",
            r"(does not|doesn't) support the requested SASL mechanism",
            r"UNSUPPORTED_SASL_MECHANISM|UnsupportedSaslMechanism",
            r"enabled mechanisms are",
            r"(invalid|unsupported|unknown) SASL mechanism(?! or)",
            r"ILLEGAL_SASL_STATE|IllegalSaslState",
        ),
        examples=(
            (
                "Client SASL mechanism 'SCRAM-SHA-512' not enabled in the server, enabled "
                "mechanisms are [PLAIN]"
            ),
        ),
    ),
    _rule(
        id="kafka.login-expected",
        title="The listener expects a SASL login that did not come, or the other way round",
        cause="The port belongs to another listener: with SASL where the pipe sends none, without "
        "where it does, or with TLS where it speaks plain text.",
        fix=(
            at_source("Take the port of the listener that fits.", "listener.security.protocol.map"),
            tool(
                "update_clickpipe",
                "Set the authentication and credentials it expects.",
                changes=LOGIN,
            ),
        ),
        patterns=(
            r"Unexpected Kafka request of type",
            r"broker might require SASL",
            r"verify that security\.protocol is correctly configured",
            r"SASL (handshake|authentication) .{0,40}(required|expected)",
            r"during SASL handshake",
            r"is SASL missing|SASL is required but not provided",
        ),
        examples=("Unexpected Kafka request of type METADATA during SASL handshake.",),
    ),
    _rule(
        id="kafka.msk-iam",
        title="Amazon MSK refuses the IAM identity",
        cause="The role's or user's policy lacks the kafka-cluster actions for this cluster, its "
        "ARNs are wrong, or there are no AWS credentials.",
        fix=(
            iam("Allow on the cluster:", "kafka-cluster:Connect"),
            iam("On topic/<cluster>/*:", "kafka-cluster:DescribeTopic, kafka-cluster:ReadData"),
            iam("On group/<cluster>/*:", "kafka-cluster:AlterGroup, kafka-cluster:DescribeGroup"),
            at_source("IAM listens on its own port, 9098 (public 9198)."),
        ),
        documentation=_BEST,
        patterns=(
            r"SaslAuthentication\w{0,40}\)?:? \[[0-9a-f-]{6,40}\]:? Access denied",
            r"SASL Authentication failed:? \[?[^\]]{0,60}\]?:? ?Access denied",
            r"Access denied: SASL",
            r"AWS_MSK_IAM|MSK ?IAM|aws[-_]msk[-_]iam",
            r"Failed to find AWS IAM Credentials",
            r"amazonaws\.com:9[01]98.{0,120}(SASL|auth|denied)",
            r"kafka-cluster:\w+",
        ),
        examples=(
            (
                "org.apache.kafka.common.errors.SaslAuthenticationException: "
                "[d4c3dbd3-0000-4000-8000-000000000002]: Access denied"
            ),
        ),
    ),
    _rule(
        id="kafka.event-hubs-firewall",
        title="The firewall of the Event Hubs namespace refuses the address",
        cause="Network rules of the namespace admit chosen addresses only, and not ClickPipes'.",
        fix=(
            allow_list("Add the ClickPipes addresses to the namespace's network rules."),
            at_source("Namespace, Networking: selected networks, or public access."),
        ),
        patterns=(r"rejected by firewall", r"IP .{0,60}(not allowed|blocked).{0,60}servicebus"),
        examples=("SASL authentication error: The request was rejected by firewall checks.",),
    ),
    _rule(
        id="kafka.event-hubs-claim",
        title="The Event Hubs policy or connection string does not allow listening",
        cause="The shared access policy lacks the Listen claim, belongs to another hub, or its key "
        "was regenerated.",
        fix=(
            iam("Use a namespace policy with at least this claim.", "Listen"),
            tool(
                "update_clickpipe",
                "Give that policy's connection string as credentials.",
                changes=LOGIN,
            ),
        ),
        patterns=(
            r"'?Listen'? claim",
            r"claim\(s\) are required",
            r"servicebus\.windows\.net.{0,200}(Unauthorized|invalid cred|Authentication failed)",
            r"(InvalidSignature|ExpiredToken|MalformedToken).{0,120}servicebus",
            r"SharedAccessKey",
        ),
        examples=(
            "Unauthorized access. 'Listen' claim(s) are required to perform this operation.",
        ),
    ),
    _rule(
        id="kafka.oauth",
        title="The brokers do not accept the OAuth token",
        cause="OAUTHBEARER: the token is missing, expired, or of another issuer or scope; a pipe "
        "logs in with other mechanisms.",
        fix=(
            _MECHANISM,
            tool(
                "update_clickpipe",
                "Use a mechanism that a pipe supports, with credentials.",
                changes=LOGIN,
            ),
        ),
        patterns=(r"OAUTHBEARER(?!\])", r"\binvalid_token\b", r"OAuth.{0,60}(token|fail|expired)"),
        examples=("SASL OAUTHBEARER authentication failed for client: invalid_token",),
    ),
    _rule(
        id="kafka.sasl-failed",
        title="The brokers do not accept the login",
        cause="Name or password (API key or secret) is wrong, or the mechanism is not the one this "
        "kind of cluster uses.",
        fix=(
            _MECHANISM,
            tool(
                "update_clickpipe", "Give working credentials; they change in place.", changes=LOGIN
            ),
            hosted(
                at_source("Confluent: an API key of the cluster, not of the registry or cloud."),
                Provider.CONFLUENT,
            ),
            hosted(
                at_source("MSK: the secret must begin with AmazonMSK_ and be associated."),
                Provider.MSK,
            ),
        ),
        breadth=Breadth.BROAD,
        patterns=(
            r"\bSASL\b(?! conversation).{0,80}(fail|error|invalid|denied|unsupported|mismatch)",
            r"SASL_AUTHENTICATION_FAILED|SaslAuthentication\w{0,20}(Failed|Exception|Error)",
            r"(invalid|wrong) (SASL )?credentials",
            r"Authentication failed (during|due)",
            r"Local: Authentication failure",
        ),
        examples=(
            "SASL authentication failed: Invalid username or password",
            "kafka: SASL_AUTHENTICATION_FAILED",
        ),
    ),
)
