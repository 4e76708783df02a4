"""Troubles of Pub/Sub."""

from clickpipes_mcp.diagnosis._facts import Facts
from clickpipes_mcp.diagnosis._links import docs
from clickpipes_mcp.diagnosis._rule import Advice, Breadth, Rule, Severity, said_by
from clickpipes_mcp.diagnosis._scope import PUBSUB
from clickpipes_mcp.diagnosis._steps import clickhouse_sql, iam, tool
from clickpipes_mcp.diagnosis.speakers import Speaker

_AUTH = docs("pubsub/auth")
_OVERVIEW = docs("pubsub/overview")

_OF_PUBSUB: tuple[Rule, ...] = (
    Rule(
        id="pubsub.topic-missing",
        title="The topic or subscription does not exist",
        cause="The topic is misspelt, in another project, or was deleted; or the pipe's "
        "subscription (clickpipes-<pipe id>) was deleted by hand.",
        fix=(
            iam("See what there is.", "gcloud pubsub topics list --project <project>"),
            tool("create_pubsub_clickpipe", "Topic and project never change: recreate the pipe."),
        ),
        documentation=_OVERVIEW,
        arms=PUBSUB,
        severity=Severity.CRITICAL,
        speakers=(Speaker.PUBSUB, Speaker.GOOGLE),
        patterns=(
            r"Resource not found \(resource=",
            r"code = NotFound",
            r"_deleted-topic_",
            r"(topic|subscription) .{0,120}(not found|does not exist)",
            r"\b5 NOT_FOUND",
        ),
        examples=("rpc error: code = NotFound desc = Resource not found (resource=sensors).",),
    ),
    Rule(
        id="pubsub.permission-denied",
        title="The Google identity may not use the topic or create subscriptions",
        cause="Missing permissions are not retried: the pipe fails at once. Subscriber and viewer "
        "together are too little.",
        fix=(
            iam("Grant on the project, or at least on the topic:", "roles/pubsub.editor"),
            iam(
                "Otherwise, make a role of your own with:",
                "pubsub.topics.get, pubsub.topics.list, pubsub.topics.attachSubscription, "
                "pubsub.subscriptions.create, .get, .consume, .delete",
            ),
        ),
        documentation=_AUTH,
        arms=PUBSUB,
        severity=Severity.CRITICAL,
        speakers=(Speaker.PUBSUB, Speaker.GOOGLE),
        breadth=Breadth.BROAD,
        patterns=(
            r"\b(Permission_?Denied|PermissionDeniedError)\b",
            r"not authorized to perform this action",
            r"attachSubscription",
            r"pubsub\.\w+\.\w+.{0,40}denied",
        ),
        examples=(
            Facts(arm="pubsub", errors=("rpc error: code = PermissionDenied desc = denied",)),
            "User not authorized: pubsub.topics.attachSubscription",
        ),
    ),
    Rule(
        id="pubsub.filter-invalid",
        title="The filter of the subscription is not valid",
        cause="A filter compares attributes only, not the message's data, in Google's own syntax.",
        fix=(
            tool(
                "create_pubsub_clickpipe",
                "Recreate with a filter like this one.",
                source={"filter": 'attributes.kind = "order"'},
            ),
        ),
        documentation=_OVERVIEW,
        arms=PUBSUB,
        severity=Severity.CRITICAL,
        patterns=(r"invalid filter", r"filter (expression|syntax).{0,60}(invalid|error)"),
        examples=("InvalidArgument desc = Invalid filter expression: Syntax error",),
    ),
    Rule(
        id="pubsub.subscription-fixed",
        title="Filter and ordering of a subscription never change",
        cause="Google makes them properties of the subscription for its whole life.",
        fix=(tool("create_pubsub_clickpipe", "Create a second pipe, then delete this one."),),
        documentation=_OVERVIEW,
        arms=PUBSUB,
        patterns=(
            r"\b(filter|enableOrdering|ordering)\b.{0,60}(immutable|cannot be (changed|updated))",
        ),
        examples=("BAD_REQUEST: filter is immutable",),
    ),
)

RULES: tuple[Rule, ...] = said_by(_OF_PUBSUB, Speaker.PUBSUB)

ADVICE: tuple[Advice, ...] = (
    Advice(
        id="pubsub.redelivery",
        title="Pub/Sub delivers some messages again",
        cause="Delivery is at least once; a message that is not acknowledged in time comes back.",
        fix=(
            tool(
                "update_clickpipe",
                "Raise the deadline, at most 600 seconds.",
                source={"ack_deadline": 600},
            ),
            clickhouse_sql(
                "Deduplicate by message id.", "ENGINE = ReplacingMergeTree ORDER BY _message_id"
            ),
        ),
        documentation=_OVERVIEW,
        arms=PUBSUB,
        keywords=("duplicate", "redeliver", "twice", "ack"),
    ),
)
