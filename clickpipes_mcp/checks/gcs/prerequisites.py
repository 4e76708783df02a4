"""What ClickPipes needs of a bucket and of its queue, each prerequisite with its judge.

Source: ClickHouse docs, integrations/clickpipes/object-storage/google-cloud-storage: overview and
unordered-mode; and the references of the Cloud Storage and Pub/Sub APIs.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from pydantic import JsonValue

from clickpipes_mcp.checks.checklist import part_of, text_of
from clickpipes_mcp.checks.gcs.facts import Facts, Queue
from clickpipes_mcp.checks.google import commands
from clickpipes_mcp.checks.google.fields import rows_of, words_of
from clickpipes_mcp.checks.judging import Flaw, Judged, Unseen
from clickpipes_mcp.checks.names import listed

QUEUE_RIGHTS: Final = ("pubsub.subscriptions.consume", "pubsub.subscriptions.get")
_VIEWER: Final = "roles/storage.objectViewer"
_NEW_FILE: Final = "OBJECT_FINALIZE"
_PUSHED: Final = ("pushConfig", "bigqueryConfig", "cloudStorageConfig")
_DELETED: Final = "_deleted-topic_"

_QUEUE_UNSEEN: Final = Unseen(
    "With an HMAC key nobody can look at a subscription.",
    "The documentation wants a service account for a queue: use SERVICE_ACCOUNT.",
)

Judge: TypeAlias = Callable[[Facts], Judged]
QueueJudge: TypeAlias = Callable[[Facts, Queue], Judged]


def _bucket(facts: Facts) -> Judged:
    if facts.page.is_missing:
        return Flaw(f"There is no bucket {facts.bucket}.", "Correct the bucket in url.")
    if facts.page.is_ok or facts.page.is_refused:
        return f"The bucket {facts.bucket} answers."
    return Unseen(f"Google answered: {facts.page.told}", "Look again in a while.")


def _list_right(facts: Facts) -> Judged:
    if facts.page.is_ok:
        return "The files can be listed."
    if not facts.page.is_refused:
        return None
    return Flaw(f"The files cannot be listed: {facts.page.told}", _grant(facts))


def _grant(facts: Facts) -> str:
    return commands.grant_on_bucket(facts.bucket, facts.member, _VIEWER)


def _read_right(facts: Facts) -> Judged:
    if facts.content is None:
        return None
    if facts.content.is_there:
        return "A file can be read."
    return Flaw(f"A file cannot be read: HTTP {facts.content.status}.", _grant(facts))


def _of_a_queue(judged: QueueJudge) -> Judge:
    """Of a subscription that is there."""

    def judge(facts: Facts) -> Judged:
        queue = facts.queue
        return judged(facts, queue) if queue and queue.answer.is_ok else None

    return judge


def _queue(facts: Facts) -> Judged:
    queue = facts.queue
    if queue is None:
        return _QUEUE_UNSEEN if facts.has_unseen_queue else None
    if queue.answer.is_ok:
        return f"The subscription {queue.name} is there."
    if queue.answer.is_missing:
        return Flaw(f"There is no subscription {queue.name}.", "Correct queue_url.")
    if queue.answer.is_refused:
        return Flaw(
            f"The account may not see {queue.name}: {queue.answer.told}", _grant_queue(facts, queue)
        )
    return Unseen(f"Google answered: {queue.answer.told}", "Look again in a while.")


def _grant_queue(facts: Facts, queue: Queue) -> str:
    _, project, _, name, *_ = [*queue.name.split("/"), "", "", "", ""]
    return (
        f"gcloud pubsub subscriptions add-iam-policy-binding {commands.word(name)} "
        f"--project={commands.word(project)} --member={facts.member} "
        "--role=roles/pubsub.subscriber and again with roles/pubsub.viewer."
    )


def _queue_right(facts: Facts, queue: Queue) -> Judged:
    if queue.rights is None:
        return Unseen(
            "Google does not tell what the account may do with the subscription.",
            "Look whether it has roles/pubsub.subscriber and roles/pubsub.viewer.",
        )
    missing = [one for one in QUEUE_RIGHTS if one not in queue.rights]
    if not missing:
        return "The account may read the subscription."
    return Flaw(f"The account lacks {listed(missing)}.", _grant_queue(facts, queue))


def _queue_kind(facts: Facts, queue: Queue) -> Judged:  # noqa: ARG001 # as all judges
    pushed = [name for name in _PUSHED if part_of(queue.answer.body, name)]
    if pushed:
        return Flaw(
            f"The subscription delivers by itself ({listed(pushed)}), and is not pulled.",
            "Create a pull subscription to the same topic for this pipe alone.",
        )
    if queue.topic == _DELETED or queue.answer.body.get("detached") is True:
        return Flaw(
            "The subscription is bound to no topic any longer.",
            "Create a new one to the topic that the bucket writes to.",
        )
    if text_of(queue.answer.body, "filter"):
        return Flaw(
            "The subscription has a filter: files whose events it drops are never read.",
            "Create one without a filter; the pattern in url chooses the files.",
        )
    return "The subscription is pulled."


def _queue_events(facts: Facts, queue: Queue) -> Judged:
    told = queue.notifications
    if not told.is_ok:
        return None
    if any(_tells(one, queue.topic) for one in rows_of(told.body, "items")):
        return "The bucket tells the subscription's topic of new files."
    topic = commands.word(queue.topic.rpartition("/")[2])
    return Flaw(
        "The bucket does not tell the subscription's topic of new files in JSON.",
        f"gcloud storage buckets notifications create gs://{commands.word(facts.bucket)} "
        f"--topic={topic} --event-types={_NEW_FILE} --payload-format=json",
    )


def _tells(notification: Mapping[str, JsonValue], topic: str) -> bool:
    events = words_of(notification, "event_types")
    return (
        text_of(notification, "topic").endswith(f"/{topic}")
        and (not events or _NEW_FILE in events)
        and text_of(notification, "payload_format") == "JSON_API_V1"
    )


JUDGES: Final[Mapping[str, Judge]] = {
    "bucket": _bucket,
    "list-right": _list_right,
    "read-right": _read_right,
    "queue": _queue,
    "queue-right": _of_a_queue(_queue_right),
    "queue-kind": _of_a_queue(_queue_kind),
    "queue-events": _of_a_queue(_queue_events),
}
"""By the id of the prerequisite, in the order in which a person would look."""
