"""What Google Cloud says of service accounts, quotas and its own health, whatever was asked."""

from functools import partial

from clickpipes_mcp.diagnosis._links import docs
from clickpipes_mcp.diagnosis._rule import Breadth, Confidence, Rule, Severity, said_by
from clickpipes_mcp.diagnosis._steps import LOGIN, at_source, iam, tool, wait
from clickpipes_mcp.diagnosis.speakers import GOOGLES

_AUTH = docs("security/gcp-workload-identity")
_rule = partial(Rule, severity=Severity.CRITICAL, documentation=_AUTH)

_OF_GOOGLE: tuple[Rule, ...] = (
    _rule(
        id="google.key-rejected",
        title="Google rejects the service account key",
        cause="The key was deleted or disabled, its service account is gone, or the key file (JSON "
        "with a PEM private key) is cut or damaged.",
        fix=(
            iam(
                "Make a new key.",
                "gcloud iam service-accounts keys create key.json --iam-account <service account>",
            ),
            tool("update_clickpipe", "Give the whole new key file, in base64.", changes=LOGIN),
        ),
        patterns=(
            r"invalid_grant|invalid_client|unauthorized_client",
            r"Invalid JWT|JWT Signature",
            r"load PEM|deserialize key|private key.{0,60}(invalid|parse|malformed|damaged)",
            r"\b(UNAUTHENTICATED|Unauthenticated)\b",
            r"invalid authentication credentials",
            r"account (not found|has been deleted|disabled)",
            r"service account info .{0,60}(invalid|format|missing)",
            r"google: could not parse|cannot fetch token",
        ),
        examples=("('invalid_grant: Invalid JWT Signature.', {'error': 'invalid_grant'})",),
    ),
    _rule(
        id="google.api-disabled",
        title="The Google API is disabled in the project: enable it",
        cause="It has not been switched on in the project that the key or request belongs to.",
        fix=(
            iam("Enable it.", "gcloud services enable pubsub.googleapis.com --project <project>"),
            wait("It takes some minutes."),
        ),
        patterns=(
            r"has not been used in project",
            r"SERVICE_DISABLED|accessNotConfigured",
            r"API .{0,60}(is disabled|not enabled|it is disabled)",
        ),
        examples=(
            "Cloud Pub/Sub API has not been used in project 123456 before or it is disabled.",
        ),
    ),
    _rule(
        id="google.billing",
        title="Billing is not enabled for the Google project",
        cause="Without a billing account the project is a sandbox or closed.",
        fix=(at_source("Enable billing in the Google Cloud console."),),
        patterns=(
            r"billing.{0,40}(not|disabled|closed|enable)",
            r"BILLING_DISABLED|UserProject\w+|absent billing",
        ),
        examples=("403 Billing has not been enabled for this project.",),
    ),
    _rule(
        id="google.perimeter",
        title="A service perimeter of Google (VPC Service Controls) refuses the request",
        cause="Project or bucket lies in a perimeter whose policy lets nobody in from outside.",
        fix=(
            iam("Add an ingress rule for the pipe's identity and the ClickPipes addresses."),
            at_source("Otherwise, move what the pipe reads out of the perimeter."),
        ),
        patterns=(r"VPC Service Controls|vpcServiceControls|SERVICE_PERIMETER",),
        examples=("403: Request violates VPC Service Controls. Reason: NO_MATCHING_ACCESS_LEVEL",),
    ),
    _rule(
        id="google.quota",
        title="A quota of the Google project is used up",
        cause="Requests, bytes or throughput of the project or user are above their quota.",
        fix=(
            at_source("Raise the quota in IAM and admin, Quotas, or lower the load."),
            wait("Quotas by minute or day come back by themselves."),
        ),
        severity=Severity.ERROR,
        patterns=(
            r"quota (exceeded|metric|limit)|exceeded .{0,60}quota|quotaExceeded",
            r"RESOURCE_EXHAUSTED|ResourceExhausted|resourcesExceeded",
            r"rateLimitExceeded|RATE_LIMIT_EXCEEDED|rate limit exceeded",
        ),
        examples=("rpc error: code = ResourceExhausted desc = Quota exceeded for quota metric",),
    ),
    _rule(
        id="google.project-missing",
        title="The Google project does not exist, or the key belongs to another",
        cause="The project id is misspelt, or the project was deleted.",
        fix=(
            iam("See which the key may use.", "gcloud projects list"),
            tool("get_clickpipe", "Compare the project of the pipe."),
        ),
        patterns=(
            r"references? (a )?valid GCP project",
            r"project .{0,80}(not found|has been deleted|does not exist)",
            r"CONSUMER_INVALID|USER_PROJECT_DENIED",
            r"Invalid project ID",
        ),
        examples=("Project p is not found. Make sure it references valid GCP project",),
    ),
    _rule(
        id="google.unavailable",
        title="The Google service did not answer; the request is repeated",
        cause="Unavailable, internal or too slow for the moment.",
        fix=(wait("Let it retry."), at_source("Look at status.cloud.google.com if it lasts.")),
        severity=Severity.WARNING,
        confidence=Confidence.MEDIUM,
        breadth=Breadth.BROAD,
        patterns=(
            r"\b(UNAVAILABLE|Unavailable|DEADLINE_EXCEEDED|DeadlineExceeded)\b",
            r"backendError|internalError|\b503 .{0,40}(try again|unavailable)",
        ),
        examples=("rpc error: code = Unavailable desc = The service was unable to fulfill",),
    ),
)
RULES: tuple[Rule, ...] = said_by(_OF_GOOGLE, *GOOGLES)
