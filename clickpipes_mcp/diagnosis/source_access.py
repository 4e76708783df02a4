"""Being let in at the source: logins, roles, previews, and what the live check says of it."""

from clickpipes_mcp.diagnosis._facts import Facts, ServiceFacts
from clickpipes_mcp.diagnosis._links import CLI, docs, thread
from clickpipes_mcp.diagnosis._predicates import both, configured
from clickpipes_mcp.diagnosis._rule import Breadth, Confidence, Rule, Severity
from clickpipes_mcp.diagnosis._steps import EGRESS, LOGIN, at_source, iam, support, tool, wait

_PROVIDERS = ("gcp", "azure")

RULES: tuple[Rule, ...] = (
    Rule(
        id="source.role-needs-aws",
        title="IAM roles work only for services that run on AWS",
        cause="The service is hosted by another provider and has no AWS role of its own.",
        fix=(
            tool("update_clickpipe", "Use access keys: authentication IAM_USER.", changes=LOGIN),
            tool("list_services", "Otherwise, use a service on AWS."),
        ),
        documentation=docs("kafka/best-practices"),
        arms=("kafka", "kinesis", "objectStorage"),
        severity=Severity.CRITICAL,
        predicate=both(
            configured("source.authentication", "IAM_ROLE"),
            lambda facts: () if facts.service.provider in _PROVIDERS else None,
        ),
        examples=(
            Facts(
                arm="objectStorage",
                source_type="s3",
                source={"authentication": "IAM_ROLE"},
                service=ServiceFacts(provider="gcp"),
            ),
        ),
    ),
    Rule(
        id="source.role-not-assumable",
        title="The service may not assume the AWS role",
        cause="The trust policy does not name the service's own role, the role's name is not what "
        "ClickPipes expects, or it was created seconds ago.",
        fix=(
            iam(
                "Trust the service's iamRole in the role's trust policy.",
                '{"Effect": "Allow", "Principal": {"AWS": "<iamRole of the service>"}, '
                '"Action": "sts:AssumeRole"}',
            ),
            iam("For Kinesis the role's name must begin so.", "ClickHouseAccessRole-"),
            wait("A new role takes about ten seconds."),
        ),
        documentation=docs("kinesis/auth"),
        severity=Severity.CRITICAL,
        patterns=(r"AssumeRole",),
        examples=(
            (
                "AccessDenied: User is not authorized to perform: sts:AssumeRole on resource: "
                "arn:aws:iam::123456789012:role/reader"
            ),
        ),
    ),
    Rule(
        id="source.limited-preview",
        title="The organization is not enabled for this kind of source",
        cause="What is not released for everybody is switched on for an organization by support.",
        fix=(support("Ask support to enable it for the organization."),),
        documentation=docs("pubsub/overview"),
        patterns=(
            r"(feature|source|preview).{0,60}\bnot enabled\b",
            r"limited preview",
            r"private preview",
        ),
        examples=("BAD_REQUEST: feature pubsub is not enabled for this organization",),
    ),
    Rule(
        id="source.workload-identity-not-ready",
        title="The service's Google identity is still being created",
        cause="The principal of workload identity appears some time after it is first asked for.",
        fix=(
            tool("get_gcp_identity", "Ask again until it is ready."),
            iam("Then grant the principal the roles of the source."),
        ),
        documentation=docs("security/gcp-workload-identity"),
        severity=Severity.WARNING,
        patterns=(
            r"\"?ready\"?: ?false",
            r"(workload identity|principal).{0,60}(not ready|not yet|being created)",
        ),
        examples=('{"supported": true, "ready": false, "principal": ""}',),
    ),
    Rule(
        id="source.login-refused",
        title="The source refuses the login",
        cause="The live check reached the source, but name, password or key did not work there.",
        fix=(
            tool("update_clickpipe", "Give working credentials.", changes=LOGIN),
            tool(
                "get_source_guide", "Check how this source authenticates.", topic="authentication"
            ),
        ),
        documentation=thread(CLI, 446),
        severity=Severity.CRITICAL,
        breadth=Breadth.BROAD,
        patterns=(
            r"authentication failed (for|against)",
            r"invalid (username|user name|credentials)",
            r"\bP1000\b",
        ),
        examples=(
            "BAD_REQUEST: failed permissions validation: authentication failed for db.example.com",
        ),
    ),
    Rule(
        id="source.missing",
        title="What the pipe should read does not exist",
        cause="A topic, stream, bucket, queue or database is misspelt, or was never created.",
        fix=(
            at_source("Compare the name with the source; upper and lower case matter."),
            tool("get_clickpipe", "See what the pipe is set up to read."),
        ),
        documentation=thread(CLI, 446),
        severity=Severity.CRITICAL,
        breadth=Breadth.BROAD,
        patterns=(
            r"failed to access.{0,200} does not exist",
            r"\b(topic|stream|bucket|container|queue|database)\b.{0,100}(does not exist|not found)",
            r"NoSuch(Bucket|Key)",
            r"ResourceNotFoundException",
            r"UNKNOWN_TOPIC",
        ),
        examples=(
            "failed to access source: orders does not exist",
            "topic orders does not exist",
        ),
    ),
    Rule(
        id="source.connection-failed",
        title="The live check of the source failed",
        cause="Creating and updating a pipe connects to the source first; the text after the colon "
        "is what the source answered.",
        fix=(
            tool("get_source_guide", "Walk through the source's prerequisites."),
            EGRESS,
        ),
        documentation=thread(CLI, 446),
        confidence=Confidence.LOW,
        breadth=Breadth.LAST_RESORT,
        patterns=(
            r"failed to establish connection",
            r"failed permissions validation",
            r"failed to access",
            r"BAD_REQUEST: .{0,80}(Unable to access|not authorized|dial tcp)",
            r"BAD_REQUEST: .{0,80}does not (support|exist)",
        ),
        examples=(
            "BAD_REQUEST: failed to establish connection: unexpected answer",
            "BAD_REQUEST: failed permissions validation: 'grants' failed",
            "failed to access source: events is empty",
            "BAD_REQUEST: the caller is not authorized to do this",
            "BAD_REQUEST: the source does not support this",
        ),
    ),
)
