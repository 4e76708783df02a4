"""Rules of files in object stores: how they are found, queues of new ones, and access keys.

Each is written once and shown on the example of each store.
"""

from clickpipes_mcp.contract import Request, Rule
from clickpipes_mcp.rule_words import (
    ABSENT,
    RuleBook,
    avoids,
    either,
    equal,
    forbids,
    given,
    is_not_true,
    is_true,
    matches,
    missing,
    needs,
    reject,
    unlike,
)
from clickpipes_mcp.sources._aws import KEY_EXAMPLE
from clickpipes_mcp.sources._object_storage import DOCUMENTATION

DELIMITED = ("CSV", "CSVWithNames", "TabSeparated", "TabSeparatedWithNames")
_FAMILY = "object-storage."

PUBLIC: dict[str, object] = dict.fromkeys(
    ("authentication", "iam_role", "access_key", "service_account_key"), ABSENT
)
"""What an example leaves out to read a public bucket."""


def file_rules(of_source: RuleBook) -> tuple[Rule[Request], ...]:
    """The rules of files in any store; the example reads continuously, without a queue."""
    book = of_source.family(_FAMILY, DOCUMENTATION)
    return (
        book.rule(
            "one-shot",
            "Without is_continuous a pipe reads what is there once and is then Completed.",
            reject(
                missing("source.is_continuous"),
                "source.is_continuous",
                "Without is_continuous the files of today are read once, and new ones never.",
                "Set is_continuous to true to keep reading, or to false to read once.",
            ),
            broken={"is_continuous": ABSENT},
            kept={"is_continuous": False},
            effect="warn",
        ),
        book.rule(
            "delimiter",
            "A delimiter is for CSV and TabSeparated formats.",
            forbids("source.delimiter", when=unlike("source.format", *DELIMITED)),
            broken={"delimiter": ";"},
            kept={"format": "CSV", "delimiter": ";"},
            effect="warn",
        ),
    )


def glob_rule(of_source: RuleBook, field: str) -> Rule[Request]:
    """Braces are no globs here, whichever field holds the pattern."""
    book = of_source.family(_FAMILY, DOCUMENTATION)
    return book.rule(
        "no-braces",
        "Globs are ? * and **; braces are not expanded.",
        avoids(
            f"{book.at}{field}",
            r"[{}]",
            message="Braces are not expanded, so this reads nothing unless names hold braces.",
            fix="Use * or **, or one pipe for each alternative.",
        ),
        broken={field: "https://bucket.example.com/{a,b}/*.json"},
        effect="warn",
    )


def queue_rules(
    of_source: RuleBook, *, queue: str, shape: str, documentation: str
) -> tuple[Rule[Request], ...]:
    """The rules of event queues; the example authenticates, `queue` is a good queue_url."""
    book = of_source.family(_FAMILY, documentation)
    with_queue = {"is_continuous": True, "queue_url": queue}
    return (
        *_queue_access_rules(book, with_queue, shape=shape),
        *_initial_load_rules(book, with_queue),
    )


def _queue_access_rules(
    book: RuleBook, with_queue: dict[str, object], *, shape: str
) -> tuple[Rule[Request], ...]:
    return (
        book.rule(
            "queue-needs-continuous",
            "queue_url needs is_continuous.",
            forbids(
                "source.queue_url",
                when=is_not_true("source.is_continuous"),
                fix="Set is_continuous to true, or leave queue_url out.",
            ),
            broken=with_queue | {"is_continuous": False},
            kept=with_queue,
        ),
        book.rule(
            "queue-needs-authentication",
            "A queue cannot be read without authentication.",
            forbids(
                "source.queue_url",
                when=missing("source.authentication"),
                fix="Give authentication and its credentials, or leave queue_url out.",
            ),
            broken=with_queue | PUBLIC,
            kept=with_queue,
        ),
        book.rule(
            "queue-shape",
            "A queue is named in its provider's form.",
            matches(
                "source.queue_url",
                shape,
                message="This is not the documented form of a queue for this store.",
                fix=f"Write it like {with_queue['queue_url']}.",
            ),
            broken=with_queue | {"queue_url": "https://queue.example.com/q"},
            kept=with_queue,
            effect="warn",
        ),
    )


def _initial_load_rules(book: RuleBook, with_queue: dict[str, object]) -> tuple[Rule[Request], ...]:
    return (
        book.rule(
            "skip-needs-queue",
            "skip_initial_load needs queue_url.",
            needs("source.queue_url", when=is_true("source.skip_initial_load")),
            broken={"skip_initial_load": True},
            kept=with_queue | {"skip_initial_load": True},
        ),
        book.rule(
            "skip-or-start-after",
            "skip_initial_load and start_after exclude each other.",
            forbids("source.start_after", when=is_true("source.skip_initial_load")),
            broken=with_queue | {"skip_initial_load": True, "start_after": "events/2026-01-31/"},
            kept=with_queue | {"start_after": "events/2026-01-31/"},
        ),
    )


def access_key_rules(of_source: RuleBook) -> tuple[Rule[Request], ...]:
    """The rules of access keys; the example authenticates with something else."""
    book = of_source.family(_FAMILY)
    with_key = PUBLIC | {"authentication": "IAM_USER", "access_key": KEY_EXAMPLE}
    halves = ("source.access_key.access_key_id", "source.access_key.secret_key")
    return (
        book.rule(
            "access-key-needed",
            "IAM_USER needs both halves of access_key, and half a key is none.",
            needs(
                *halves,
                when=either(equal("source.authentication", "IAM_USER"), given("source.access_key")),
            ),
            broken=with_key | {"access_key": {"access_key_id": "example-access-key-id"}},
            kept=with_key,
        ),
        book.rule(
            "access-key-unused",
            "access_key is for IAM_USER.",
            forbids(
                "source.access_key",
                when=unlike("source.authentication", "IAM_USER"),
                fix="Set authentication to IAM_USER, or leave access_key out.",
            ),
            broken={"access_key": KEY_EXAMPLE},
            kept=with_key,
            effect="warn",
        ),
    )


FILE_UPDATE_RULES = (
    RuleBook("object-storage.update-", {}, DOCUMENTATION).rule(
        "skip-or-start-after",
        "skip_initial_load and start_after exclude each other.",
        forbids("start_after", when=is_true("skip_initial_load")),
        broken={"skip_initial_load": True, "start_after": "events/2026-01-31/"},
        kept={"start_after": "events/2026-01-31/"},
    ),
)
"""The rules of updates in any store."""
