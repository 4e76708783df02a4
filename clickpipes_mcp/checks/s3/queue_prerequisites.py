"""What ClickPipes needs of the queue of a bucket, each prerequisite with its judge.

Source: ClickHouse docs, integrations/clickpipes/object-storage/amazon-s3/unordered-mode; references
of S3, event notifications, and of SQS, GetQueueAttributes.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias
from xml.etree.ElementTree import Element

from clickpipes_mcp.checks.aws.policies import send_statement, statement
from clickpipes_mcp.checks.checklist import text_of
from clickpipes_mcp.checks.files.listing import fixed_part
from clickpipes_mcp.checks.judging import Flaw, Judged, Unseen
from clickpipes_mcp.checks.names import listed
from clickpipes_mcp.checks.s3.addresses import queue_of
from clickpipes_mcp.checks.s3.facts import STORE, Facts, Queue

QUEUE_ACTIONS: Final = (
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ListQueues",
)
_MISSING: Final = ("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue")
_CREATED: Final = "s3:ObjectCreated:"
_ALL_CREATED: Final = f"{_CREATED}*"
_AWS_KEY: Final = "alias/aws/sqs"
_ROUNDABOUT: Final = {"EventBridgeConfiguration": "EventBridge", "TopicConfiguration": "SNS"}

Judge: TypeAlias = Callable[[Facts], Judged]
QueueJudge: TypeAlias = Callable[[Facts, Queue], Judged]


def _of_a_queue(judged: QueueJudge) -> Judge:
    """Of a queue that could be looked at."""

    def judge(facts: Facts) -> Judged:
        queue = facts.queue
        return judged(facts, queue) if queue and queue.answer.is_ok else None

    return judge


def _queue(facts: Facts) -> Judged:
    queue = facts.queue
    if queue is None:
        return _not_asked(facts)
    if queue.answer.is_ok:
        return f"The queue {queue.address.name} is there."
    if queue.answer.code in _MISSING:
        return Flaw(f"There is no queue {queue.address.name}.", "Correct queue_url.")
    if queue.answer.is_denied:
        return None
    return Unseen(f"SQS answered: {queue.answer.told}", "Look again in a while.")


def _not_asked(facts: Facts) -> Judged:
    if not facts.queue_url:
        return None
    address = queue_of(facts.queue_url)
    if address is None:
        return Unseen(
            "queue_url is not one of SQS. Nothing was sent there.",
            "Write https://sqs.REGION.amazonaws.com/ACCOUNT/QUEUE.",
        )
    return Unseen(
        "Without an access key the queue was not looked at.",
        f"Allow in a policy of the role: {statement(QUEUE_ACTIONS, address.arn)}",
    )


def _queue_right(facts: Facts) -> Judged:
    queue = facts.queue
    if queue is None or not (queue.answer.is_ok or queue.answer.is_denied):
        return None
    if queue.answer.is_ok:
        return "The key may see the queue."
    return Flaw(
        f"The key may not see the queue: {queue.answer.told}",
        f"Allow in a policy of the key's user: {statement(QUEUE_ACTIONS, queue.address.arn)}",
    )


def _queue_kind(facts: Facts, queue: Queue) -> Judged:  # noqa: ARG001 # as all judges
    if text_of(queue.attributes, "FifoQueue") == "true":
        return Flaw(
            "This is a FIFO queue, to which S3 sends no events.",
            "Create a standard queue for this pipe alone.",
        )
    if text_of(queue.attributes, "KmsMasterKeyId") == _AWS_KEY:
        return Flaw(
            "The queue is encrypted with Amazon's own key, which S3 may not use.",
            "Encrypt it with SQS's keys (SqsManagedSseEnabled), or with a key of yours that lets "
            "S3 use it.",
        )
    return "The queue is a standard one."


def _queue_policy(facts: Facts, queue: Queue) -> Judged:
    senders = queue.senders(facts.bucket.arn)
    if senders:
        return f"The queue's policy lets {listed(sorted(senders))} send."
    return Flaw(
        "The queue's policy lets neither the bucket nor EventBridge or SNS send.",
        f"Allow in the queue's policy: {send_statement(queue.address.arn, facts.bucket.arn)}",
    )


def _queue_events(facts: Facts, queue: Queue) -> Judged:
    told = queue.notifications
    if not told.is_ok:
        return None
    own = [one for one in told.xml.findall("QueueConfiguration") if _goes_to(one, queue)]
    if own:
        return _directly(facts, own)
    ways = [way for name, way in _ROUNDABOUT.items() if told.xml.find(name) is not None]
    if ways:
        return Unseen(
            f"The bucket tells {listed(ways)}. Whether that leads to the queue was not looked at.",
            "Look whether a rule or subscription sends new files there; SNS with raw delivery.",
        )
    return Flaw(
        "The bucket tells nobody of new files.",
        f"Add an event notification for {_ALL_CREATED} to {queue.address.arn} to the bucket.",
    )


def _goes_to(notification: Element, queue: Queue) -> bool:
    return notification.findtext("Queue", "") == queue.address.arn


def _directly(facts: Facts, notifications: list[Element]) -> Judged:
    events = {event.text or "" for one in notifications for event in one.findall("Event")}
    if _ALL_CREATED not in events:
        return Flaw(
            f"The bucket tells the queue of {listed(sorted(events))} only: files that are written "
            "in another way are never read.",
            f"Choose {_ALL_CREATED} in the bucket's event notification.",
        )
    if all(_drops(one, facts.bucket.pattern) for one in notifications):
        return Flaw(
            "The bucket's event notification has a filter that drops files of this path.",
            "Take the prefix and suffix out of it; the pattern in url chooses the files.",
        )
    if STORE not in _senders(facts):
        return Flaw(
            "The bucket tells the queue of new files, and the queue's policy does not let it.",
            "Let s3.amazonaws.com send in the queue's policy.",
        )
    return "The bucket tells the queue of new files."


def _senders(facts: Facts) -> frozenset[str]:
    """All of them where nobody may send: that is told of the policy itself."""
    found = facts.queue.senders(facts.bucket.arn) if facts.queue else frozenset()
    return found or frozenset({STORE})


def _drops(notification: Element, pattern: str) -> bool:
    for rule in notification.iter("FilterRule"):
        name, value = rule.findtext("Name", "").casefold(), rule.findtext("Value", "")
        if name == "prefix" and not fixed_part(pattern).startswith(value):
            return True
        if name == "suffix" and not pattern.endswith(value):
            return True
    return False


QUEUE_JUDGES: Final[Mapping[str, Judge]] = {
    "queue": _queue,
    "queue-right": _queue_right,
    "queue-kind": _of_a_queue(_queue_kind),
    "queue-policy": _of_a_queue(_queue_policy),
    "queue-events": _of_a_queue(_queue_events),
}
"""By the id of the prerequisite, in the order in which a person would look."""


def queue_notes(facts: Facts) -> Iterator[str]:
    """What is worth knowing of the queue, and what was not tried."""
    queue = facts.queue
    if queue is None or not queue.answer.is_ok:
        return
    yield (
        "No event was received, for that hides it from others: whether the key may receive and "
        "delete was not tried. Each pipe needs a queue of its own."
    )
    if not text_of(queue.attributes, "RedrivePolicy"):
        yield "The queue has no dead-letter queue; the documentation strongly recommends one."
    if not queue.notifications.is_ok:
        yield "The key may not see what the bucket tells of new files (s3:GetBucketNotification)."
